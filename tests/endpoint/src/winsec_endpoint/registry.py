# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows registry in memory: keys and typed values, names case-insensitive, stored spelling kept.

Case rules: learn.microsoft.com "Registry Element Size Limits" and "Structure of the Registry".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple


class RegistryType(IntEnum):
    """Types as EnumValues numbers them (learn.microsoft.com, EnumValues method of StdRegProv).

    REG_NONE is not in that list. Assumed: it is reported by its WinNT.h number.
    """

    REG_NONE = 0
    REG_SZ = 1
    REG_EXPAND_SZ = 2
    REG_BINARY = 3
    REG_DWORD = 4
    REG_MULTI_SZ = 7
    REG_QWORD = 11


Data = int | str | bytes | tuple[str, ...]


class RegistryValue(NamedTuple):
    """int for REG_DWORD and REG_QWORD, bytes for REG_BINARY and REG_NONE, a tuple for REG_MULTI_SZ, else str."""

    type: RegistryType
    data: Data


HIVES = {
    0x80000000: "HKEY_CLASSES_ROOT",
    0x80000001: "HKEY_CURRENT_USER",
    0x80000002: "HKEY_LOCAL_MACHINE",
    0x80000003: "HKEY_USERS",
    0x80000005: "HKEY_CURRENT_CONFIG",
}
LOCAL_MACHINE = HIVES[0x80000002]
_HIVE_NAMES = {name: name for name in HIVES.values()} | {
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKCU": "HKEY_CURRENT_USER",
    "HKLM": LOCAL_MACHINE,
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}


def full_path(path: str) -> str:
    """A key as people write it -> hive and key; without a hive it is below HKEY_LOCAL_MACHINE."""
    first, _, rest = path.strip("\\").partition("\\")
    hive = _HIVE_NAMES.get(first.upper())
    return join_path(hive, rest) if hive else join_path(LOCAL_MACHINE, path)


def join_path(hive: str, path: str) -> str:
    """Hive and key as StdRegProv receives them -> full path."""
    return "\\".join([hive, *(part for part in path.split("\\") if part)])


@dataclass
class Key:
    """One key: its path as stored, its values by folded name."""

    path: str
    values: dict[str, tuple[str, RegistryValue]] = field(default_factory=dict)

    def get(self, name: str) -> RegistryValue | None:
        found = self.values.get(name.upper())
        return found[1] if found else None

    def set(self, name: str, value: RegistryValue) -> None:
        """A value that exists keeps the spelling it was created with."""
        stored = self.values.get(name.upper(), (name, value))[0]
        self.values[name.upper()] = (stored, value)

    def delete(self, name: str) -> bool:
        return self.values.pop(name.upper(), None) is not None


class Registry:
    """All hives of one host, addressed by full paths."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {hive: Key(hive) for hive in HIVES.values()}

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def key(self, path: str) -> Key | None:
        return self._keys.get(path.upper())

    def create_key(self, path: str) -> Key:
        """The key, made with every missing ancestor."""
        parts = path.split("\\")
        for depth in range(2, len(parts) + 1):
            ancestor = "\\".join(parts[:depth])
            self._keys.setdefault(ancestor.upper(), Key(ancestor))
        return self._keys[path.upper()]

    def delete_key(self, path: str) -> None:
        """The key with everything below it."""
        folded = path.upper()
        for known in [known for known in self._keys if known == folded or known.startswith(folded + "\\")]:
            del self._keys[known]

    def subkeys(self, path: str) -> list[str]:
        """Names of the direct children, in the order they were created."""
        prefix = path.upper() + "\\"
        children = (key.path for known, key in self._keys.items() if known.startswith(prefix))
        return [child[len(prefix) :] for child in children if "\\" not in child[len(prefix) :]]
