# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The text that an audit shows on a screen: totals, the reasons, and the hosts to look at first. Pure."""

from __future__ import annotations

import itertools
import typing as t
from collections import Counter

from ...module_utils._texts import visible
from .attention import ATTENTION, Attention, rank
from .compare import shortened
from .document import by_group, largest, release_of
from .records import Record
from .verdicts import VERDICTS, Verdict

#: Releases with a line of their own.
_RELEASES: t.Final = 30

#: Lines for the hosts that need attention, and hosts named in one of them, at most.
_LINES: t.Final = 40
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
    return {
        "hosts": len(entries),
        "verdicts": {verdict: verdicts[verdict] for verdict in VERDICTS},
        "attention": {kind: attention[kind] for kind in ATTENTION},
        "effective": {behavior: effective[behavior] for behavior in _EFFECTIVE},
        "releases": by_group((entry.release, entry.verdict) for entry in entries),
    }


def worst_first(entries: t.Iterable[Entry]) -> list[Entry]:
    """The hosts that need attention."""
    needy = (entry for entry in entries if entry.attention)
    return sorted(needy, key=lambda entry: (rank(entry.attention), entry.host))


def lines_of(entries: t.Sequence[Entry]) -> list[str]:
    """The whole text: totals, those by release, and the hosts that need attention, with one reason together."""
    return [
        f"{_number(len(entries), 'host')}: {_counted(Counter(entry.verdict for entry in entries))}",
        *_by_release(entries),
        *_findings(worst_first(entries)),
    ]


def _counted(counts: t.Mapping[str, int]) -> str:
    return ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in VERDICTS if counts.get(verdict))


def _by_release(entries: t.Sequence[Entry]) -> t.Iterator[str]:
    """A line for each release, the most frequent first, if that is less than a line for each host."""
    releases = summary_of(entries)["releases"]
    if not 1 < len(releases) < len(entries):
        return
    shown = largest(releases, _RELEASES)
    labels = [f"{name}: {sum(counts.values()):,}" for name, counts in shown]
    for label, (_name, counts) in zip(labels, shown, strict=True):
        yield f"  {label:{max(map(len, labels))}}  {_counted(counts)}"


def _findings(needy: list[Entry]) -> t.Iterator[str]:
    """A line for each reason, with its host or the number of its hosts, and below that number the first of them.

    The last line stands for the reasons that are left.
    """
    shared: dict[tuple[t.Any, ...], list[str]] = {}
    for entry in needy:
        key = (rank(entry.attention), entry.verdict, entry.effective, entry.reason)
        shared.setdefault(key, []).append(visible(entry.host))
    ordered = sorted(shared.items(), key=lambda item: (item[0][0], -len(item[1]), item[1]))
    ends = [*itertools.accumulate(1 if len(hosts) == 1 else 2 for _key, hosts in ordered)]
    shown = ordered if ends[-1:] <= [_LINES] else ordered[: sum(1 for end in ends if end < _LINES)]
    labels = [hosts[0] if len(hosts) == 1 else f"{len(hosts):,} hosts" for _key, hosts in shown]
    width = max(map(len, labels), default=0)
    for label, ((_rank, verdict, effective, reason), hosts) in zip(labels, shown, strict=True):
        yield f"{label:{width}}  {verdict:14}  {effective.replace('_', ' '):17}  {reason}"
        if len(hosts) > 1:
            yield f"{'':{width}}  {shortened(hosts, _HOSTS)}"
    if more := ordered[len(shown) :]:
        yield f"and {_number(len(more), 'more reason')}, on {_number(sum(len(hosts) for _key, hosts in more), 'host')}"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
