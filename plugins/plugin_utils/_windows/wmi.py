# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A Windows host reached through WS-Management calls to the WMI class StdRegProv. Nothing is started on the host.

Sources: learn.microsoft.com/windows/win32/cimwin32prov/stdregprov and its methods; learn.microsoft.com
"Win32_OperatingSystem class". What the return values mean is not documented beyond "0 is success, else see WinError.h
or WbemErrorEnum"; the meanings below are those on which three independent clients agree (networkoptix/nx_system_tests
os_access/_windows_registry.py, which runs against real hosts, among them).
"""

from __future__ import annotations

import typing as t

from ...module_utils._texts import Mask, shown
from .._wsman.faults import Fault
from .._wsman.responses import Output, unsigned
from .._wsman.session import Channel, Session
from .host import AccessDenied, NotServed, Observation, Refused
from .registry import Data, RegistryValue, ValueName, dword, type_name
from .releases import ProductType, WindowsVersion, product_of
from .rsop import Rsop
from .wmi_errors import as_host_error

_HKEY_LOCAL_MACHINE: t.Final = 2147483650

#: root/cimv2 since Vista, root/default before and beside it (learn.microsoft.com, StdRegProv).
_CLASS_PATHS: t.Final = ("root/cimv2/StdRegProv", "root/default/StdRegProv")

_OK: t.Final = 0
_ABSENT: t.Final = (1, 2)  # ERROR_INVALID_FUNCTION: no such value; ERROR_FILE_NOT_FOUND: no such key or value
_KEY_MISSING: t.Final = 2
_TYPE_MISMATCH: t.Final = 0x80041005  # WBEM_E_TYPE_MISMATCH: there is such a value, but of another type
_PRESENT: t.Final = (_OK, _TYPE_MISMATCH)
_DENIED: t.Final = (5, 0x80070005, 0x80041003)  # ERROR_ACCESS_DENIED, E_ACCESSDENIED, WBEM_E_ACCESS_DENIED
_NO_MORE_ITEMS: t.Final = 259  # ERROR_NO_MORE_ITEMS: a key without values, as Wine's StdRegProv answers

_REG_DWORD: t.Final = 4

#: Which method reads which type, and the parameter that holds the data.
_READERS: t.Final[dict[str, tuple[str, str]]] = {
    "REG_SZ": ("GetStringValue", "sValue"),
    "REG_EXPAND_SZ": ("GetExpandedStringValue", "sValue"),
    "REG_BINARY": ("GetBinaryValue", "uValue"),
    "REG_MULTI_SZ": ("GetMultiStringValue", "sValue"),
    "REG_QWORD": ("GetQWORDValue", "uValue"),
}

#: All properties, because WMI refuses a query that names one that the class lacks, and OperatingSystemSKU begins with
#: Vista. Hosts answered this very query in public captures (zenoss/txwinrm test data: 2003, 2008 R2, 2012;
#: microsoft/omi issue 710: 2016). "Invalid query" for a missing property: nicoriff/ORMi issue 16.
_WQL: t.Final = "SELECT * FROM Win32_OperatingSystem"

#: Win32_OperatingSystem.ProductType.
_PRODUCT_TYPES: t.Final[dict[str, ProductType]] = {"1": "workstation", "2": "domain_controller", "3": "server"}


class WmiHost:
    """WindowsHost over StdRegProv and Win32_OperatingSystem."""

    def __init__(self, channel: Channel, mask: Mask = str) -> None:
        """``mask`` takes the secrets out of a text of the host; there are none by default."""
        self._mask = mask
        self._session = Session(channel)
        self._class_paths: tuple[str, ...] = _CLASS_PATHS

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        """One round trip for the version, and one for each value that is absent or a REG_DWORD."""
        return Observation(self._version(), tuple(self.read(name) for name in names))

    def read(self, name: ValueName) -> RegistryValue | None:
        with as_host_error(f"reading {name}", self._mask):
            output = self._call("GetDWORDValue", name.key, sValueName=name.name)
            code, data = output.number("ReturnValue"), output.number("uValue")
            if code == _OK and data is not None:
                return dword(data)
            if code in _ABSENT:
                return None
            if code in _DENIED:
                raise _denied(f"reading {name}")
            return self._read_by_type(name, code)

    def policy_log(self) -> Rsop:
        return Rsop(self._session, self._names_below, self._mask)

    def write(self, name: ValueName, data: int) -> None:
        with as_host_error(f"writing {name}", self._mask):
            output = self._call("SetDWORDValue", name.key, writes=True, sValueName=name.name, uValue=data)
            _check(output.number("ReturnValue"), f"writing {name}")

    def delete(self, name: ValueName) -> None:
        with as_host_error(f"removing {name}", self._mask):
            code = self._call("DeleteValue", name.key, writes=True, sValueName=name.name).number("ReturnValue")
            if code not in _ABSENT:
                _check(code, f"removing {name}")

    def _version(self) -> WindowsVersion:
        with as_host_error("reading the Windows version", self._mask):
            versions = [_version_of(item) for item in self._session.query("root/cimv2", _WQL)]
        for version in versions:
            if version is not None:
                return version
        raise NotServed(
            "The host answered the query for Win32_OperatingSystem without a version",
            "Check that it is a Windows host and that its WMI repository is consistent (winmgmt /verifyrepository).",
        )

    def _read_by_type(self, name: ValueName, code: int | None) -> RegistryValue | None:
        """Ask EnumValues, which is more reliable, whether the value is there and of which type."""
        types = self._types(name.key, code)
        number = types.get(name.name.casefold())
        if number is None or number == _REG_DWORD:
            if name.name.casefold() in types or code in _PRESENT:
                raise _not_understood(f"reading {name}", code)
            return None
        return RegistryValue(type_name(number), self._data(name, type_name(number))).cleaned(self._mask)

    def _names_below(self, key: str) -> frozenset[str]:
        with as_host_error(f"listing the values of HKLM\\{key}", self._mask):
            return frozenset(self._types(key, None, absent=(_NO_MORE_ITEMS, _KEY_MISSING)))

    def _types(
        self, key: str, code_before: int | None, absent: tuple[int, ...] = (_NO_MORE_ITEMS,)
    ) -> dict[str, int | None]:
        """The values of a key, by name in lower case, with their type numbers; None for one that has none."""
        output = self._call("EnumValues", key)
        code = output.number("ReturnValue")
        if code in _DENIED:
            raise _denied(f"listing the values of HKLM\\{key}")
        if code in absent:
            return {}
        names, types = output.array("sNames"), output.array("Types")
        if len(names) != len(types):
            names, types = [n for n in names if n is not None], [n for n in types if n is not None]
        if code != _OK or len(names) != len(types):
            raise _not_understood(f"listing the values of HKLM\\{key}", code_before if code == _OK else code)
        return {
            name.casefold(): None if number is None else unsigned(number)
            for name, number in zip(names, types, strict=True)
            # The names asked for are ASCII. Others can become equal to one: the Kelvin sign is a k in lower case.
            if name is not None and name.isascii()
        }

    def _data(self, name: ValueName, type_: str) -> Data:
        """The data of a value that is not a REG_DWORD; None where its type has no reader or the reader gave none."""
        if type_ not in _READERS:
            return None
        method, parameter = _READERS[type_]
        try:
            output = self._call(method, name.key, sValueName=name.name)
        except NotServed:  # a release that has the type but not the method
            return None
        except Fault as fault:
            if fault.kind not in ("size", "other") or not fault.is_related:
                raise
            return None
        code = output.number("ReturnValue")
        if code in _DENIED:
            raise _denied(f"reading {name}")
        return _decoded(output, type_, parameter) if code == _OK else None

    def _call(self, method: str, key: str, *, writes: bool = False, **parameters: str | int) -> Output:
        """Call a method of StdRegProv where it is served: the first namespace that has it is kept."""
        missing: list[str] = []
        for path in self._class_paths:
            try:
                arguments = {"hDefKey": _HKEY_LOCAL_MACHINE, "sSubKeyName": key, **parameters}
                output = self._session.invoke(path, method, arguments, writes=writes)
            except Fault as fault:
                if fault.kind != "missing" or not fault.is_related:
                    raise
                missing.append(f"{path}: {fault}")
            else:
                self._class_paths = (path,)
                return output
        raise NotServed(
            f"The host does not have the method {method} of the WMI class StdRegProv "
            f"({'; '.join(shown(self._mask(fault)) for fault in missing)})",
            "Check that it is a Windows host and that its WMI repository is consistent (winmgmt /verifyrepository).",
        )


def _version_of(item: t.Mapping[str, str | None]) -> WindowsVersion | None:
    """Read an instance of Win32_OperatingSystem, whose Version is "major.minor.build"; None if it has none."""
    parts = (item.get("Version") or "").strip().split(".")
    numbers = [unsigned(part) if part.isdigit() else None for part in parts]
    major, minor, build = (*numbers, None, None, None)[:3]
    if build is None:
        build = unsigned(item.get("BuildNumber") or "")
    if major is None or minor is None or build is None:
        return None
    product_type = _PRODUCT_TYPES.get((item.get("ProductType") or "").strip(), "unknown")
    return WindowsVersion(major, minor, build, product_type, product_of(unsigned(item.get("OperatingSystemSKU") or "")))


def _decoded(output: Output, type_: str, parameter: str) -> Data:
    if type_ == "REG_QWORD":
        return output.number(parameter, bits=64)
    if type_ == "REG_MULTI_SZ":
        return [text for text in output.array(parameter) if text is not None]
    if type_ == "REG_BINARY":
        octets = [unsigned(text, bits=8) for text in output.array(parameter) if text is not None]
        return [octet for octet in octets if octet is not None]
    return output.text(parameter) or ""


def _check(code: int | None, what: str) -> None:
    """Fail where the host says that it did not do it. Where it says nothing, the read that follows decides."""
    if code in _DENIED:
        raise _denied(what)
    if code == _KEY_MISSING:
        raise Refused(f"The host has no such key: {what} failed", "This collection never creates keys: check the host.")
    if code is not None and code != _OK:
        raise Refused(
            f"When {what}, the host returned the error {code} (0x{code:08X})",
            "Look the number up among the Windows error codes, and try again.",
        )


def _denied(what: str) -> AccessDenied:
    return AccessDenied(
        f"When {what}, the registry of the host denied access to this user",
        "Connect as a member of its Administrators group, and check the permissions of the key.",
    )


def _not_understood(what: str, code: int | None) -> NotServed:
    answer = "the host sent no return value" if code is None else f"the host returned {code} (0x{code:08X})"
    return NotServed(
        f"When {what}, {answer}, which says neither what is stored nor that nothing is",
        "Look the number up among the Windows error codes, and try again.",
    )
