# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readable form of a registry: the `registry:` of fleet.yml and the state files share it.

SYSTEM\\CurrentControlSet\\Control\\Lsa:
  UseMachineId: {type: REG_DWORD, data: 1}
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..fleet.options import OptionError, expect_mapping
from .interface import LOCAL_MACHINE, Data, RegistryType, RegistryValue, Win32Error, full_path
from .memory import MemoryRegistry


def apply(registry: MemoryRegistry, form: object, where: str) -> None:
    """Add what `form` describes; a null in place of a value or a key removes it."""
    for path, values in expect_mapping(form, where).items():
        if values is None:
            with suppress(Win32Error):
                registry.remove(full_path(str(path)))
            continue
        key = registry.created(full_path(str(path)))
        for name, value in expect_mapping(values, f"{where}: {path}").items():
            if value is None:
                key.values.pop(str(name).upper(), None)
            else:
                key.set(str(name), parse_value(value, f"{where}: {path}: {name}"))


def describe(registry: MemoryRegistry) -> dict[str, dict[str, dict[str, Any]]]:
    """The registry as plain data; a key without values is listed only where nothing below it is."""
    prefix = LOCAL_MACHINE + "\\"
    return {
        key.path.removeprefix(prefix): {name: describe_value(value) for name, value in key.values.values()}
        for key in registry
        if key.values or ("\\" in key.path and not key.children)
    }


def describe_value(value: RegistryValue) -> dict[str, Any]:
    data = list(value.data) if isinstance(value.data, (bytes, tuple)) else value.data
    return {"type": value.type.name, "data": data}


def parse_value(form: object, where: str) -> RegistryValue:
    given = expect_mapping(form, where)
    if set(given) != {"type", "data"} or given["type"] not in RegistryType.__members__:
        raise OptionError(f"{where}: expected {{type: {'|'.join(RegistryType.__members__)}, data: ...}}")
    kind = RegistryType[given["type"]]
    return RegistryValue(kind, _DATA[kind](given["data"], f"{where}: data"))


def _number(bits: int) -> Callable[[object, str], Data]:
    def parse(data: object, where: str) -> Data:
        if type(data) is not int or not 0 <= data < 1 << bits:
            raise OptionError(f"{where}: expected a whole number of {bits} bits, got {data!r}")
        return data

    return parse


def _text(data: object, where: str) -> Data:
    if not isinstance(data, str):
        raise OptionError(f"{where}: expected a text, got {data!r}")
    return data


def _texts(data: object, where: str) -> Data:
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        raise OptionError(f"{where}: expected a list of texts, got {data!r}")
    return tuple(data)


def _bytes(data: object, where: str) -> Data:
    if not isinstance(data, list) or not all(type(item) is int and 0 <= item < 256 for item in data):
        raise OptionError(f"{where}: expected a list of bytes as numbers, got {data!r}")
    return bytes(data)


_DATA: dict[RegistryType, Callable[[object, str], Data]] = {
    RegistryType.REG_NONE: _bytes,
    RegistryType.REG_SZ: _text,
    RegistryType.REG_EXPAND_SZ: _text,
    RegistryType.REG_BINARY: _bytes,
    RegistryType.REG_DWORD: _number(32),
    RegistryType.REG_MULTI_SZ: _texts,
    RegistryType.REG_QWORD: _number(64),
}
