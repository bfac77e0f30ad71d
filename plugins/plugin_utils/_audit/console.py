# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""What an audit says of a fleet on a screen: totals, the reasons, and the hosts to look at first. Pure."""

from __future__ import annotations

import typing as t
from collections import Counter

from ...module_utils._texts import visible
from .attention import ATTENTION, Attention, rank
from .compare import shortened
from .document import NOT_READ, release_of
from .records import Record
from .verdicts import VERDICTS, Verdict

#: Reasons, and hosts for each of them, at most.
_REASONS: t.Final = 40
_HOSTS: t.Final = 20

_EFFECTIVE: t.Final = ("computer_identity", "anonymous", "unknown", "not_applicable", "not_read")


class Entry(t.NamedTuple):
    """A host in a summary: what is left of its record, so that 10,000 of them are not much."""

    host: str
    verdict: Verdict
    attention: Attention | None
    #: As whom Local System authenticates there; ``not_read`` where that is not known.
    effective: str
    release: str
    reason: str

    @classmethod
    def of(cls, record: Record) -> Entry:
        facts = record["use_machine_id"]
        return cls(
            record["host"],
            record["verdict"],
            record["attention"],
            "not_read" if facts is None else facts["effective"],
            release_of(record),
            record["reason"],
        )


def summary_of(entries: t.Sequence[Entry]) -> dict[str, t.Any]:
    """Hosts by verdict, reason for attention, effective behavior, and release."""
    verdicts = Counter(entry.verdict for entry in entries)
    attention = Counter(entry.attention for entry in entries)
    effective = Counter(entry.effective for entry in entries)
    releases = Counter(entry.release for entry in entries)
    named = sorted(releases, key=lambda release: (release == NOT_READ, -releases[release], release))
    return {
        "hosts": len(entries),
        "verdicts": {verdict: verdicts[verdict] for verdict in VERDICTS},
        "attention": {kind: attention[kind] for kind in ATTENTION},
        "effective": {behavior: effective[behavior] for behavior in _EFFECTIVE},
        "releases": {release: releases[release] for release in named},
    }


def worst_first(entries: t.Iterable[Entry]) -> list[Entry]:
    """The hosts that need attention."""
    needy = (entry for entry in entries if entry.attention)
    return sorted(needy, key=lambda entry: (rank(entry.attention), entry.host))


def lines_of(entries: t.Sequence[Entry]) -> list[str]:
    """The whole text: totals, and the hosts that need attention, those that share a reason together."""
    return [_totals(entries), *_findings(worst_first(entries))]


def _totals(entries: t.Sequence[Entry]) -> str:
    counts = Counter(entry.verdict for entry in entries)
    found = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"{len(entries):,} {'host' if len(entries) == 1 else 'hosts'}: {found}"


def _findings(needy: list[Entry]) -> t.Iterator[str]:
    """A line for each reason, with its host or the number of its hosts, and below that number the first of them."""
    shared: dict[tuple[t.Any, ...], list[str]] = {}
    for entry in needy:
        key = (rank(entry.attention), entry.verdict, entry.effective, entry.reason)
        shared.setdefault(key, []).append(visible(entry.host))
    ordered = sorted(shared.items(), key=lambda item: (item[0][0], -len(item[1]), item[1]))
    shown = ordered[:_REASONS]
    labels = [hosts[0] if len(hosts) == 1 else f"{len(hosts):,} hosts" for _key, hosts in shown]
    width = max(map(len, labels), default=0)
    for label, ((_rank, verdict, effective, reason), hosts) in zip(labels, shown, strict=True):
        yield f"{label:{width}}  {verdict:14}  {effective.replace('_', ' '):17}  {reason}"
        if len(hosts) > 1:
            yield f"{'':{width}}  {shortened(hosts, _HOSTS)}"
    if more := ordered[_REASONS:]:
        yield f"and {len(more):,} more reasons, on {sum(len(hosts) for _key, hosts in more):,} hosts"
