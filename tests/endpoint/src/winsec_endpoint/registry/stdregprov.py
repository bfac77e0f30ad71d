# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""StdRegProv: the WMI class through which a registry is read and written.

Signatures: learn.microsoft.com, "StdRegProv class" and its method pages. The pages name no codes but 0.
The codes here are those on which public clients agree that were run against Windows (nx_system_tests,
a pywinrm subclass, SystemInfo's Registry.ps1): 1 absent value, 2 absent key, 5 denied, 6 unknown hive,
0x80041005 other type. All others are those of the registry. Assumed: the rights that a key is opened with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from .interface import (
    ENUMERATE_SUB_KEYS,
    FILE_NOT_FOUND,
    HIVES,
    QUERY_VALUE,
    SET_VALUE,
    Registry,
    RegistryType,
    RegistryValue,
    Win32Error,
    join_path,
)
from .value_text import from_texts, to_texts, unsigned


class Code(IntEnum):
    """ReturnValue: WinError.h or WbemErrorEnum."""

    SUCCESS = 0
    INVALID_HANDLE = 6
    TYPE_MISMATCH = 0x80041005


class Parameter(NamedTuple):
    name: str
    cim_type: str
    array: bool = False


class Outcome(NamedTuple):
    """Out-parameters by name, one tuple of texts each (absent: not set), and the return value."""

    code: int
    outputs: Mapping[str, Sequence[str]] = {}


Inputs = Mapping[str, Sequence[str]]


class Call(NamedTuple):
    """One invocation on a key."""

    registry: Registry
    path: str
    inputs: Inputs
    absent_value: int

    def text(self, name: str) -> str:
        return "".join(self.inputs.get(name, ()))


class Method(NamedTuple):
    inputs: tuple[str, ...]
    outputs: tuple[Parameter, ...]
    run: Callable[[Call], Outcome]
    writes: bool = False


def invoke(registry: Registry, name: str, inputs: Inputs, absent_value: int) -> Outcome:
    """hDefKey defaults to HKEY_LOCAL_MACHINE, as all signatures say."""
    hive = HIVES.get(unsigned("".join(inputs.get("hDefKey", ())) or "2147483650", 32))
    if hive is None:
        return Outcome(Code.INVALID_HANDLE)
    path = join_path(hive, "".join(inputs.get("sSubKeyName", ())))
    try:
        return METHODS[name].run(Call(registry, path, inputs, absent_value))
    except Win32Error as error:
        return Outcome(error.code, {"bGranted": ["false"]} if name == "CheckAccess" else {})


def _reader(kind: RegistryType) -> Callable[[Call], Outcome]:
    def read(call: Call) -> Outcome:
        with call.registry.open(call.path, QUERY_VALUE) as key:
            try:
                value = key.get(call.text("sValueName"))
            except Win32Error as error:
                return Outcome(call.absent_value if error.code == FILE_NOT_FOUND else error.code)
        if value.type is not kind:
            return Outcome(Code.TYPE_MISMATCH)
        return Outcome(Code.SUCCESS, {_VALUES[kind].name: to_texts(value)})

    return read


def _writer(kind: RegistryType) -> Callable[[Call], Outcome]:
    """Type and data are replaced whatever was there, as by Samba and Wine. Assumed: MOF defaults are not applied."""

    def write(call: Call) -> Outcome:
        data = from_texts(kind, call.inputs.get(_VALUES[kind].name, ()))
        with call.registry.open(call.path, SET_VALUE) as key:
            key.set(call.text("sValueName"), RegistryValue(kind, data))
        return Outcome(Code.SUCCESS)

    return write


def _delete_value(call: Call) -> Outcome:
    with call.registry.open(call.path, SET_VALUE) as key:
        key.delete(call.text("sValueName"))
    return Outcome(Code.SUCCESS)


def _enumerate_values(call: Call) -> Outcome:
    with call.registry.open(call.path, QUERY_VALUE) as key:
        found = key.types()
    names, types = [name for name, _ in found], [str(number) for _, number in found]
    return Outcome(Code.SUCCESS, {"sNames": names, "Types": types} if found else {})


def _enumerate_keys(call: Call) -> Outcome:
    with call.registry.open(call.path, ENUMERATE_SUB_KEYS) as key:
        names = key.subkeys()
    return Outcome(Code.SUCCESS, {"sNames": names} if names else {})


def _check_access(call: Call) -> Outcome:
    required = unsigned(call.text("uRequired") or str(QUERY_VALUE | SET_VALUE), 32)
    with call.registry.open(call.path, required):
        return Outcome(Code.SUCCESS, {"bGranted": ["true"]})


def _create_key(call: Call) -> Outcome:
    call.registry.create_key(call.path)
    return Outcome(Code.SUCCESS)


def _delete_key(call: Call) -> Outcome:
    call.registry.delete_key(call.path)
    return Outcome(Code.SUCCESS)


_VALUES = {
    RegistryType.REG_DWORD: Parameter("uValue", "UnsignedInt"),
    RegistryType.REG_QWORD: Parameter("uValue", "UnsignedLong"),
    RegistryType.REG_SZ: Parameter("sValue", "String"),
    RegistryType.REG_EXPAND_SZ: Parameter("sValue", "String"),
    RegistryType.REG_MULTI_SZ: Parameter("sValue", "String", array=True),
    RegistryType.REG_BINARY: Parameter("uValue", "UnsignedByte", array=True),
}
_METHOD_NAMES = {
    RegistryType.REG_DWORD: "DWORD",
    RegistryType.REG_QWORD: "QWORD",
    RegistryType.REG_SZ: "String",
    RegistryType.REG_EXPAND_SZ: "ExpandedString",
    RegistryType.REG_MULTI_SZ: "MultiString",
    RegistryType.REG_BINARY: "Binary",
}
_KEY = ("hDefKey", "sSubKeyName")
_VALUE = (*_KEY, "sValueName")
_NAMES = Parameter("sNames", "String", array=True)

METHODS: dict[str, Method] = {
    **{f"Get{name}Value": Method(_VALUE, (_VALUES[kind],), _reader(kind)) for kind, name in _METHOD_NAMES.items()},
    **{
        f"Set{name}Value": Method((*_VALUE, _VALUES[kind].name), (), _writer(kind), writes=True)
        for kind, name in _METHOD_NAMES.items()
    },
    "DeleteValue": Method(_VALUE, (), _delete_value, writes=True),
    "EnumValues": Method(_KEY, (_NAMES, Parameter("Types", "Int", array=True)), _enumerate_values),
    "EnumKey": Method(_KEY, (_NAMES,), _enumerate_keys),
    "CheckAccess": Method((*_KEY, "uRequired"), (Parameter("bGranted", "Boolean"),), _check_access),
    "CreateKey": Method(_KEY, (), _create_key, writes=True),
    "DeleteKey": Method(_KEY, (), _delete_key, writes=True),
}
