# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""StdRegProv: the WMI class through which a registry is read and written.

Signatures: learn.microsoft.com, "StdRegProv class" and its method pages. The pages name no codes but 0.
The codes here are those on which public clients agree that were run against Windows (nx_system_tests,
a pywinrm subclass, SystemInfo's Registry.ps1): 1 absent value, 2 absent key, 5 denied, 6 unknown hive,
0x80041005 other type. Assumed: 2 for a write to an absent key and for the deletion of an absent value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from .registry import HIVES, Key, Registry, RegistryType, RegistryValue, join_path
from .value_text import from_texts, to_texts, unsigned


class Code(IntEnum):
    """ReturnValue: WinError.h or WbemErrorEnum."""

    SUCCESS = 0
    INVALID_FUNCTION = 1
    FILE_NOT_FOUND = 2
    ACCESS_DENIED = 5
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
    """One invocation with the key it is about already resolved."""

    registry: Registry
    path: str
    key: Key | None
    inputs: Inputs
    absent_value: int

    def text(self, name: str) -> str:
        return "".join(self.inputs.get(name, ()))


class Method(NamedTuple):
    inputs: tuple[str, ...]
    outputs: tuple[Parameter, ...]
    run: Callable[[Call], Outcome]
    writes: bool = False


def resolve(registry: Registry, inputs: Inputs, absent_value: int) -> Call | Outcome:
    """The key of a call. hDefKey defaults to HKEY_LOCAL_MACHINE, as all signatures say."""
    hive = HIVES.get(unsigned("".join(inputs.get("hDefKey", ())) or "2147483650", 32))
    if hive is None:
        return Outcome(Code.INVALID_HANDLE)
    path = join_path(hive, "".join(inputs.get("sSubKeyName", ())))
    return Call(registry, path, registry.key(path), inputs, absent_value)


def _reader(kind: RegistryType) -> Callable[[Call], Outcome]:
    def read(call: Call) -> Outcome:
        if call.key is None:
            return Outcome(Code.FILE_NOT_FOUND)
        value = call.key.get(call.text("sValueName"))
        if value is None:
            return Outcome(call.absent_value)
        if value.type is not kind:
            return Outcome(Code.TYPE_MISMATCH)
        return Outcome(Code.SUCCESS, {_VALUES[kind].name: to_texts(value)})

    return read


def _writer(kind: RegistryType) -> Callable[[Call], Outcome]:
    """Assumed: type and data are replaced whatever was there (RegSetValueEx); MOF defaults are not applied."""

    def write(call: Call) -> Outcome:
        data = from_texts(kind, call.inputs.get(_VALUES[kind].name, ()))
        if call.key is None:
            return Outcome(Code.FILE_NOT_FOUND)
        call.key.set(call.text("sValueName"), RegistryValue(kind, data))
        return Outcome(Code.SUCCESS)

    return write


def _delete_value(call: Call) -> Outcome:
    deleted = call.key is not None and call.key.delete(call.text("sValueName"))
    return Outcome(Code.SUCCESS if deleted else Code.FILE_NOT_FOUND)


def _enumerate_values(call: Call) -> Outcome:
    if call.key is None:
        return Outcome(Code.FILE_NOT_FOUND)
    stored = list(call.key.values.values())
    types = [str(int(value.type)) for _, value in stored]
    return Outcome(Code.SUCCESS, {"sNames": [name for name, _ in stored], "Types": types} if stored else {})


def _enumerate_keys(call: Call) -> Outcome:
    if call.key is None:
        return Outcome(Code.FILE_NOT_FOUND)
    names = call.registry.subkeys(call.path)
    return Outcome(Code.SUCCESS, {"sNames": names} if names else {})


def _check_access(call: Call) -> Outcome:
    if call.key is None:
        return Outcome(Code.FILE_NOT_FOUND, {"bGranted": ["false"]})
    return Outcome(Code.SUCCESS, {"bGranted": ["true"]})


def _create_key(call: Call) -> Outcome:
    call.registry.create_key(call.path)
    return Outcome(Code.SUCCESS)


def _delete_key(call: Call) -> Outcome:
    """RegDeleteKey refuses a key that has subkeys (learn.microsoft.com). Assumed: with code 5."""
    if call.key is None:
        return Outcome(Code.FILE_NOT_FOUND)
    if call.registry.subkeys(call.path):
        return Outcome(Code.ACCESS_DENIED)
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
