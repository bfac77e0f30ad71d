# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The output of ``reg.exe query``. Only the lines with a key and the columns ``name TYPE data`` are read.

Every other text comes in the language and the code page of the host. Source of the format: learn.microsoft.com "reg
query", public listings of Windows, and what Wine's reg.exe prints: a blank line, the name of the key if it has values,
the values, a blank line, the full names of the keys below it.

Names and data are written as they are. So whoever may write any value or key beside the one asked for can have any line
written, in the list of a key: of a list no line alone is believed.
"""

from __future__ import annotations

import re
import typing as t

from .registry import TYPE_NAMES, RegistryValue

# Four blanks, and a tab from the reg.exe 3.0 of XP and Server 2003. A name and data may hold blanks as well.
_GAP: t.Final = r"(?: {4}|\t)"
_COLUMNS: t.Final = rf"{_GAP}(?P<type>REG_[A-Z_]{{1,40}})(?:{_GAP}(?P<data>.*))?"

_TEXTS: t.Final = ("REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ")

_MAX_DWORD: t.Final = 0xFFFFFFFF


class Output:
    """The output of one or more queries, one after the other."""

    def __init__(self, stdout: bytes) -> None:
        # What is trusted is ASCII; the rest may be of any code page.
        self.lines = stdout.decode("ascii", "replace").replace("\r", "").split("\n")

    def alone(self, key: str, name: str) -> RegistryValue | None:
        """The value that was asked for alone: it comes first below its key, whatever its data look like."""
        starts = self._below(key)
        return self._value_at(starts[0], name) if starts else None

    def stated_twice(self, key: str, name: str) -> RegistryValue | None:
        """The value in the list of a key and then alone; None where anything else looks like it, or it is not shown.

        Where both queries succeeded, each has its line, so that every other line that looks like it is a third one.
        """
        places = [place for place, line in enumerate(self.lines) if value_of(line, name)]
        starts = self._below(key)
        if len(places) != 2 or self.lines[places[0]] != self.lines[places[1]] or starts[-1:] != places[1:]:
            return None
        return self._value_at(places[1], name)

    def _below(self, key: str) -> list[int]:
        """The numbers of the lines that follow one with the name of this key."""
        return [number for number, line in enumerate(self.lines[:-1], start=1) if _is_name(line, key)]

    def _value_at(self, number: int, name: str) -> RegistryValue | None:
        """The value on a line after which nothing follows but more of it: a text of several lines is not readable."""
        value = value_of(self.lines[number], name)
        if value and value.type in _TEXTS and any(line.strip() for line in self.lines[number + 1 :]):
            return RegistryValue(value.type, None)
        return value

    def names(self, key: str) -> bool:
        """Tell whether the full name of the key is a line, above its values or among the keys of its parent."""
        return any(_is_name(line, key) for line in self.lines)

    def names_below(self, key: str) -> bool:
        """Whether the full name of any key below this one is a line."""
        return any(line.casefold().startswith(f"{_full(key)}\\") for line in self.lines)

    def shows(self, name: str) -> bool:
        """Tell whether a line is surely this value. Another name may begin with it and go on like columns."""
        found = (_match(line, name) for line in self.lines)
        return any(match and not re.search(f"{_GAP}REG_", match["data"] or "") for match in found)

    def values(self, name: str) -> list[RegistryValue]:
        """Every line that may be the value ``name``."""
        return [value for value in (value_of(line, name) for line in self.lines) if value]


def value_of(line: str, name: str) -> RegistryValue | None:
    """The value ``name`` where the line is one: another value, whose name begins so, may look alike."""
    found = _match(line, name)
    return _value(found["type"].upper(), found["data"] or "") if found else None


def _match(line: str, name: str) -> re.Match[str] | None:
    return re.fullmatch(f" {{4}}{re.escape(name)}{_COLUMNS}", line, re.IGNORECASE)


def _full(key: str) -> str:
    return f"HKEY_LOCAL_MACHINE\\{key}".casefold()


def _is_name(line: str, key: str) -> bool:
    return line.strip().casefold() == _full(key)


def _value(type_: str, data: str) -> RegistryValue:
    if type_ not in TYPE_NAMES.values():
        return RegistryValue(type_, None)
    if type_ in ("REG_DWORD", "REG_QWORD"):
        return RegistryValue(type_, _number(data.strip(), type_))
    if type_ == "REG_BINARY":
        octets = re.fullmatch(r"(?:[0-9a-f]{2})*", data.strip(), re.IGNORECASE)
        return RegistryValue(type_, list(bytes.fromhex(data.strip())) if octets else None)
    if type_ == "REG_MULTI_SZ":
        return RegistryValue(type_, data.removesuffix("\\0").split("\\0") if data else [])
    return RegistryValue(type_, data if type_ in ("REG_SZ", "REG_EXPAND_SZ") else None)


def _number(text: str, type_: str) -> int | None:
    """A number as reg.exe shows it; None where a value of the wrong size is shown as something else."""
    if not re.fullmatch(r"0x[0-9a-f]{1,16}", text, re.IGNORECASE):
        return None
    number = int(text, 16)
    return None if type_ == "REG_DWORD" and number > _MAX_DWORD else number
