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
from .document import NOT_READ, release_of
from .records import Record
from .verdicts import VERDICTS, Verdict

#: Lines for reasons, and for hosts, at most.
_REASONS: t.Final = 20
_HOSTS: t.Final = 40

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
    """The whole text: totals, and where a host needs attention, the reasons and the first hosts."""
    needy = worst_first(entries)
    return [_totals(entries), *_reasons(needy), *_hosts(needy)]


def _totals(entries: t.Sequence[Entry]) -> str:
    counts = Counter(entry.verdict for entry in entries)
    found = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"{len(entries):,} {'host' if len(entries) == 1 else 'hosts'}: {found}"


def _reasons(needy: list[Entry]) -> t.Iterator[str]:
    """How many hosts there are for each reason, which begins with the release where that is known.

    None if each host has a reason of its own and all of them follow: their lines say the same.
    """
    counts = Counter((rank(entry.attention), entry.reason) for entry in needy)
    if len(counts) == len(needy) <= _HOSTS:
        return
    ordered = sorted(counts, key=lambda key: (key[0], -counts[key], key[1]))
    width = max((len(f"{count:,}") for count in counts.values()), default=0)
    for key in ordered[:_REASONS]:
        yield f"{counts[key]:>{width},}  {key[1]}"
    if (more := len(ordered) - _REASONS) > 0:
        yield f"and {more:,} more reasons"


def _hosts(needy: list[Entry]) -> t.Iterator[str]:
    shown = needy[:_HOSTS]
    names = [visible(entry.host) for entry in shown]
    width = max(map(len, names), default=0)
    for name, entry in zip(names, shown, strict=True):
        effective = entry.effective.replace("_", " ")
        yield f"{name:{width}}  {entry.verdict:14}  {effective:17}  {entry.reason}"
    if len(needy) > _HOSTS:
        yield f"and {len(needy) - _HOSTS:,} more hosts that need attention"
