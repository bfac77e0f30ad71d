# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The runs of a journal, each with its changes. Pure."""

from __future__ import annotations

import typing as t

from .entries import Begin, Change, End, JournalError

#: Runs that an error names.
_NAMED: t.Final = 5


class Run(t.NamedTuple):
    """One run of Ansible, with its changes in their order."""

    id: str
    changes: tuple[Change, ...]

    @property
    def reverts(self) -> str | None:
        return self.changes[0].begin.reverts

    def of(self, host: str) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.begin.host == host)

    def hosts(self) -> list[str]:
        return [*self._last()]

    def interrupted(self) -> list[str]:
        """The hosts of which it is not known what the run has left."""
        return [host for host, change in self._last().items() if change.after is None]

    def _last(self) -> dict[str, Change]:
        return {change.begin.host: change for change in self.changes}


def runs_of(entries: t.Iterable[Begin | End | None]) -> list[Run]:
    """The runs in the order in which they began. None, a line that was cut short, says nothing.

    Raises:
        JournalError: a change has an end and no beginning.
    """
    begun: dict[str, Begin] = {}
    ended: dict[str, End] = {}
    for entry in entries:
        if isinstance(entry, Begin):
            begun[entry.change] = entry
        elif entry is not None:
            ended[entry.change] = entry
    for change, end in ended.items():
        if change not in begun:
            raise JournalError(
                f"The journal has the end of a change of {end.host} in the run {end.run}, but not its beginning. "
                "Restore the beginning that was cut off."
            )
    changes: dict[str, list[Change]] = {}
    for begin in begun.values():
        end_or_none = ended.get(begin.change)
        changes.setdefault(begin.run, []).append(Change(begin, end_or_none.after if end_or_none else None))
    return [Run(name, tuple(made)) for name, made in changes.items()]


def last_change(runs: t.Sequence[Run]) -> Run | None:
    """The last run that did not put back another."""
    return next((run for run in reversed(runs) if run.reverts is None), None)


def chosen(runs: t.Sequence[Run], name: str | None) -> Run:
    """The run of a name; without one, the last run that did not put back another.

    Raises:
        JournalError: there is none.
    """
    if name is None and (last := last_change(runs)):
        return last
    if found := [run for run in runs if run.id == name]:
        return found[-1]
    if not runs:
        raise JournalError("The journal has no run: nothing was changed yet. Name the journal of the run to put back.")
    known = ", ".join(run.id for run in runs[-_NAMED:])
    problem = (
        f"The journal has no run {name!a}" if name is not None else "Each run of the journal puts back another one"
    )
    raise JournalError(f"{problem}. Name one of its runs; the last ones are {known}.")
