# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The comparison of two documents. Pure."""

from __future__ import annotations

import typing as t

from ...module_utils._texts import visible
from .attention import ADVICE, Attention, rank
from .document import Document

Step: t.TypeAlias = "dict[str, str | None]"

#: What can have happened to a host that both documents have, with the words for it.
_STEPS: t.Final[dict[str, tuple[str, str]]] = {
    "new_findings": ("new finding", "new findings"),
    "newly_unreachable": ("host can't be looked at any more", "hosts can't be looked at any more"),
    "fixed": ("host fixed", "hosts fixed"),
    "eased": ("finding is less serious than before", "findings are less serious than before"),
    "reached_again": ("host reached again, without a finding", "hosts reached again, without a finding"),
}
_MEMBERS: t.Final[dict[str, tuple[str, str]]] = {
    "appeared": ("host appeared", "hosts appeared"),
    "gone": ("host gone", "hosts gone"),
}
_SHOWN: t.Final = 20


def compare(previous: Document, current: Document) -> dict[str, t.Any]:
    """The value ``comparison`` of the current document. A finding is any reason for attention but not having looked."""
    before, after = _attention(previous), _attention(current)
    steps: dict[str, list[Step]] = {kind: [] for kind in _STEPS}
    for host in after.keys() & before.keys():
        if kind := _kind(before[host], after[host]):
            steps[kind].append({"host": host, "from": before[host], "to": after[host]})
    meta = previous["meta"]
    return {
        "previous": {"started": meta["started"], "finished": meta["finished"], "hosts": len(before)},
        **{kind: sorted(found, key=_worst_first) for kind, found in steps.items()},
        "appeared": sorted(after.keys() - before.keys()),
        "gone": sorted(before.keys() - after.keys()),
    }


def _attention(document: Document) -> dict[str, Attention | None]:
    return {record["host"]: record["attention"] for record in document["hosts"]}


def _worst_first(step: Step) -> tuple[int, str]:
    return rank(step["to"]), str(step["host"])


def _kind(before: Attention | None, after: Attention | None) -> str | None:
    if before == after:
        return None
    if after == "could_not_look":
        return "newly_unreachable"
    if after is None:
        return "reached_again" if before == "could_not_look" else "fixed"
    worse = before == "could_not_look" or rank(after) < rank(before)
    return "new_findings" if worse else "eased"


class Event(t.NamedTuple):
    """A kind of change, as ``3 new findings``, and the hosts, each as ``srv01 (none -> anonymous)``."""

    kind: str
    words: str
    hosts: list[str]


def events(comparison: t.Mapping[str, t.Any]) -> list[Event]:
    """All that happened, what matters most first."""
    found = {kind: [_moved(step) for step in comparison[kind]] for kind in _STEPS}
    found |= {kind: [visible(host) for host in comparison[kind]] for kind in _MEMBERS}
    return [Event(kind, f"{len(hosts):,} {_words(kind, len(hosts))}", hosts) for kind, hosts in found.items() if hosts]


def _words(kind: str, count: int) -> str:
    one, several = {**_STEPS, **_MEMBERS}[kind]
    return one if count == 1 else several


def sentences(comparison: t.Mapping[str, t.Any]) -> list[str]:
    """One line for each thing that happened, with the first hosts; one line if nothing did."""
    lines = (f"{event.words}: {shortened(event.hosts, _SHOWN)}" for event in events(comparison))
    return [*lines] or ["Nothing has changed."]


def shortened(hosts: t.Sequence[str], most: int) -> str:
    """The first hosts of a list, and how many there are beside."""
    more = f", and {len(hosts) - most:,} more" if len(hosts) > most else ""
    return f"{', '.join(hosts[:most])}{more}"


def _moved(step: Step) -> str:
    return f"{visible(str(step['host']))} ({_title(step['from'])} -> {_title(step['to'])})"


def _title(attention: str | None) -> str:
    return ADVICE[t.cast(Attention, attention)].title.lower() if attention else "none"
