# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The entries of a journal: what a host had before a change, and what became of it. Pure.

meta/journal.schema.json describes a line. Two lines make a change; one that was interrupted has the first one only.
"""

from __future__ import annotations

import json
import typing as t

from .._policy.settings import SETTINGS, Setting
from .._schema.json_schema import JsonSchema
from .._windows.registry import RegistryValue

FORMAT: t.Final = "winsec.lsa.journal"
VERSION: t.Final = 1

#: What every line begins with. What does not is no journal, and nothing is ever written to it.
START: t.Final = f'{{"format":"{FORMAT}"'.encode()

_SCHEMA: t.Final = JsonSchema("journal.schema.json")

#: Both settings as they are stored; None where no value is.
Values: t.TypeAlias = t.Mapping[Setting, RegistryValue | None]


class JournalError(Exception):
    """Something that the user has to know about a journal: what, and what to do next."""


class Begin(t.NamedTuple):
    """The first line of a change, on the disk before anything is written to the host. The schema has each key."""

    change: str
    run: str
    time: str
    reverts: str | None
    user: str | None
    controller: str | None
    host: str
    before: Values
    wanted: Values


class End(t.NamedTuple):
    """The second line. ``after`` is None where what the host has now is not known."""

    change: str
    run: str
    time: str
    host: str
    after: Values | None


class Change(t.NamedTuple):
    """One change of one host. ``after`` is None where what became of it is not known: it was interrupted, or lost."""

    begin: Begin
    after: Values | None

    @property
    def left(self) -> tuple[Values, ...]:
        """Each of these may be what the change has left, for each setting by itself."""
        return (self.after,) if self.after else (self.begin.before, self.begin.wanted)


def line_of(entry: Begin | End) -> bytes:
    """The entry as a line, with its line break."""
    form = {"format": FORMAT, "version": VERSION, "entry": _kind(entry), **entry._asdict()}
    for name in ("before", "wanted", "after"):
        if form.get(name):
            form[name] = {setting: value and value._asdict() for setting, value in form[name].items()}
    return json.dumps(form, separators=(",", ":")).encode() + b"\n"


def _kind(entry: Begin | End) -> str:
    return "begin" if isinstance(entry, Begin) else "end"


def entry_of(line: bytes, where: str) -> Begin | End | None:
    """The entry in a line, or None where the line was cut short; ``where`` names its place in an error.

    Only the last thing that somebody wrote before being stopped is cut short. If that was the beginning of a change,
    nothing was written to the host.

    Raises:
        JournalError: it is no line of a journal.
    """
    try:
        form = json.loads(line)
    except (ValueError, RecursionError) as exc:
        if line.startswith(START) or START.startswith(line):
            return None
        raise _no_entry(where, "it") from exc
    kind = form.get("entry") if isinstance(form, dict) else None
    definition = "end" if kind == "end" else "begin"
    if place := _SCHEMA.check(form, definition):
        raise _no_entry(where, place)
    values = {name: _values(form[name]) for name in ("before", "wanted", "after") if form.get(name)}
    if definition == "end":
        return End(**{**{name: form[name] for name in End._fields}, **values})
    return Begin(**{**{name: form[name] for name in Begin._fields}, **values})


def _values(form: dict[str, t.Any]) -> Values:
    return {
        setting: None if form[setting] is None else RegistryValue(form[setting]["type"], form[setting]["data"])
        for setting in SETTINGS
    }


def _no_entry(where: str, place: str) -> JournalError:
    return JournalError(
        f"{where} is not an entry of a journal: {place} is missing or wrong. Name a journal that this collection has "
        "written, and do not edit it."
    )
