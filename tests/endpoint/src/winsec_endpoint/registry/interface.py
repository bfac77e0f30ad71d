# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows registry: hives, typed values, and the calls that StdRegProv makes.

The calls are those of the Win32 functions RegOpenKeyEx, RegQueryValueEx and so on, and of MS-RRP 3.1.5. One that can't
be carried out raises Win32Error. `memory_registry` implements them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from enum import IntEnum
from typing import NamedTuple, Protocol


class RegistryType(IntEnum):
    """Types as EnumValues numbers them (learn.microsoft.com, EnumValues method of StdRegProv), and REG_NONE.

    That is not in the list. Samba 4.17 enumerates it by its number in WinNT.h.
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


# Access rights (learn.microsoft.com, "Registry Key Security and Access Rights").
QUERY_VALUE, SET_VALUE, CREATE_SUB_KEY, ENUMERATE_SUB_KEYS, DELETE = 0x1, 0x2, 0x4, 0x8, 0x10000
_WRITE_DAC, _WRITE_OWNER = 0x40000, 0x80000
WRITE_RIGHTS = SET_VALUE | CREATE_SUB_KEY | DELETE | _WRITE_DAC | _WRITE_OWNER

# Codes of WinError.h.
FILE_NOT_FOUND, ACCESS_DENIED = 2, 5


class Win32Error(Exception):
    """A call was not carried out; the code is one of WinError.h."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Win32 error {code}")
        self.code = code


class Key(Protocol):
    """An open key."""

    def get(self, name: str) -> RegistryValue: ...

    def set(self, name: str, value: RegistryValue) -> None:
        """Make the value, or replace its type and data."""

    def delete(self, name: str) -> None: ...

    def types(self) -> list[tuple[str, int]]:
        """Name and type of every value."""

    def subkeys(self) -> list[str]:
        """Names of the direct children."""


class Registry(Protocol):
    """All hives of one host, addressed by full paths: HKEY_LOCAL_MACHINE\\SYSTEM and so on."""

    def open(self, path: str, rights: int) -> AbstractContextManager[Key]: ...

    def create_key(self, path: str) -> None:
        """Make a key with every missing ancestor; one that exists stays as it is."""

    def delete_key(self, path: str) -> None:
        """Delete a key, which must have no subkeys."""


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
