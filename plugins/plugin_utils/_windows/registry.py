# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Registry names, types and values. Pure: policy and transports share them."""

from __future__ import annotations

import typing as t

from ...module_utils._texts import Mask, shown, visible

#: The registry types that StdRegProv can name, by number.
#: Source: learn.microsoft.com/windows/win32/cimwin32prov/enumvalues-method-in-class-stdregprov;
#: 0 and the others: learn.microsoft.com/windows/win32/sysinfo/registry-value-types.
TYPE_NAMES: t.Final[dict[int, str]] = {
    0: "REG_NONE",
    1: "REG_SZ",
    2: "REG_EXPAND_SZ",
    3: "REG_BINARY",
    4: "REG_DWORD",
    5: "REG_DWORD_BIG_ENDIAN",
    6: "REG_LINK",
    7: "REG_MULTI_SZ",
    8: "REG_RESOURCE_LIST",
    9: "REG_FULL_RESOURCE_DESCRIPTOR",
    10: "REG_RESOURCE_REQUIREMENTS_LIST",
    11: "REG_QWORD",
}

_MAX_TEXT: t.Final = 80

#: Characters of a text, or entries of a list, that are kept: neither value of this policy has more than a number.
_MAX_DATA: t.Final = 1024

T = t.TypeVar("T")

Data: t.TypeAlias = "int | str | list[str] | list[int] | None"


class RegistryValue(t.NamedTuple):
    """One stored value.

    ``data`` is an int for REG_DWORD and REG_QWORD, a str for REG_SZ and REG_EXPAND_SZ, a list of str for
    REG_MULTI_SZ, a list of ints from 0 to 255 for REG_BINARY, and None where it has no readable form or is too long.
    """

    type: str
    data: Data

    def __str__(self) -> str:
        """Fit for a sentence."""
        if self == ("REG_DWORD", None):
            return "REG_DWORD whose data has not four bytes"
        return shown(self.type if self.data is None else f"{self.type} {_written(self.data)}", _MAX_TEXT)

    def cleaned(self, mask: Mask) -> RegistryValue:
        """The same without what a host could do harm with: secrets, characters that can't be seen, and endless data."""
        data = self.data
        parts = data if isinstance(data, list) else [data]
        if len(parts) > _MAX_DATA or sum(len(part) for part in parts if isinstance(part, str)) > _MAX_DATA:
            return self._replace(data=None)
        if isinstance(data, list):
            return self._replace(data=t.cast(Data, [_cleaned(part, mask) for part in data]))
        return self._replace(data=t.cast(Data, _cleaned(data, mask)))


def _cleaned(part: T, mask: Mask) -> T | str:
    return visible(mask(part)) if isinstance(part, str) else part


def _written(data: Data) -> str:
    """As Python writes it, but for a character that can't be seen: it is not for this place to name those twice."""
    if isinstance(data, list):
        return f"[{', '.join(map(_written, data))}]"
    return f"'{data}'" if isinstance(data, str) else str(data)


class ValueName(t.NamedTuple):
    """Where a value is below HKEY_LOCAL_MACHINE. Windows compares both parts without regard to case."""

    key: str
    name: str

    def __str__(self) -> str:
        return f"HKLM\\{self.key}\\{self.name}"


def dword(data: int) -> RegistryValue:
    """A REG_DWORD.

    Raises:
        ValueError: ``data`` is not an unsigned 32-bit number. It is refused here because a WS-Man server was
            seen to store 2**32 silently as 0 (Microsoft's OMI, commit d2c06c1).
    """
    if not 0 <= data <= 0xFFFFFFFF:
        raise ValueError(f"{data} does not fit a REG_DWORD")
    return RegistryValue("REG_DWORD", data)


def type_name(number: int) -> str:
    """The name of a registry type; a number that Windows does not document keeps its number."""
    return TYPE_NAMES.get(number, f"type {number}")
