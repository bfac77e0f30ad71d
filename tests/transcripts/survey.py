# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The survey of a host: the calls that the collection makes, and some that Windows has to refuse."""

from __future__ import annotations

import typing as t

from ...plugins.plugin_utils._policy.settings import DEVICE_MANAGEMENT, VALUE_NAMES
from .redaction import DOMAIN, HOST, ORGANIZATION, USER

if t.TYPE_CHECKING:
    from .transcript import Call

_CURRENT_VERSION = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_PARAMETERS = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
_COMPUTER_NAME = r"SYSTEM\CurrentControlSet\Control\ComputerName"
_WINLOGON = rf"{_CURRENT_VERSION}\Winlogon"
_LSA = VALUE_NAMES["use_machine_id"].key
_MSV1_0 = VALUE_NAMES["null_session_fallback"].key
_HKEY_LOCAL_MACHINE = "2147483650"

#: Nothing on any host has this name.
NOTHING = "WinsecLsaTranscript"

#: A value of each other type that Windows has, or has had since Windows 10, and values and keys that are not there.
_VALUES = (
    rf"{_CURRENT_VERSION}\CurrentBuildNumber",  # REG_SZ
    r"SYSTEM\CurrentControlSet\Control\Session Manager\SubSystems\Kmode",  # REG_EXPAND_SZ
    rf"{_LSA}\Bounds",  # REG_BINARY
    r"SYSTEM\CurrentControlSet\Control\ProductOptions\ProductSuite",  # REG_MULTI_SZ
    rf"{_CURRENT_VERSION}\InstallTime",  # REG_QWORD
    r"SYSTEM\CurrentControlSet\Control\Nls\Language\InstallLanguage",  # says in which language messages come
    rf"{_LSA}\{NOTHING}",
    rf"{_LSA}\{NOTHING}\{NOTHING}",
)

#: Where Windows keeps the names of itself, its domain and its users, and what takes their place. These answers are used
#: to find the names in the others, and go nowhere.
IDENTITY: dict[str, str] = {
    rf"{_COMPUTER_NAME}\ComputerName\ComputerName": HOST,
    rf"{_COMPUTER_NAME}\ActiveComputerName\ComputerName": HOST,
    rf"{_PARAMETERS}\Hostname": HOST,
    rf"{_PARAMETERS}\NV Hostname": HOST,
    rf"{_PARAMETERS}\Domain": DOMAIN,
    rf"{_PARAMETERS}\NV Domain": DOMAIN,
    rf"{_PARAMETERS}\DhcpDomain": DOMAIN,
    rf"{_WINLOGON}\DefaultDomainName": DOMAIN,
    rf"{_WINLOGON}\CachePrimaryDomain": DOMAIN,
    rf"{_WINLOGON}\DefaultUserName": USER,
    rf"{_WINLOGON}\LastUsedUsername": USER,
    rf"{_CURRENT_VERSION}\RegisteredOwner": USER,
    rf"{_CURRENT_VERSION}\RegisteredOrganization": ORGANIZATION,
    # When it was installed distinguishes a host from all others.
    rf"{_CURRENT_VERSION}\InstallTime": "1",
}


def calls(*, shell: bool, write: bool) -> list[Call]:
    """Return the questions over WS-Management or in a shell; with ``write``, both values are also written back."""
    asked: list[Call] = [{"facts": None}, *({"read": f"HKLM\\{name}"} for name in _VALUES)]
    asked += _commands() if shell else [*_wsman(), *_rsop()]
    names = VALUE_NAMES.values() if write else ()
    return asked + [{"restore": str(name)} for name in names]


def _wsman() -> t.Iterator[Call]:
    """Both namespaces, the lists of values, and every kind of thing that is missing."""
    for namespace in ("root/cimv2", "root/default"):
        for name in VALUE_NAMES.values():
            yield _invoke(f"{namespace}/StdRegProv/GetDWORDValue", name.key, sValueName=name.name)
    yield _invoke("root/cimv2/StdRegProv/GetDWORDValue", rf"{_LSA}\{NOTHING}", sValueName=NOTHING)
    yield _invoke("root/cimv2/StdRegProv/GetStringValue", _LSA, sValueName=NOTHING)
    for key in (_LSA, _MSV1_0, rf"{_LSA}\{NOTHING}"):
        yield _invoke("root/cimv2/StdRegProv/EnumValues", key)
    yield _invoke(f"root/cimv2/StdRegProv/{NOTHING}", _LSA)
    yield _invoke(f"root/cimv2/{NOTHING}/GetDWORDValue", _LSA)
    yield _invoke(f"root/{NOTHING}/StdRegProv/GetDWORDValue", _LSA)
    yield {"query": f"SELECT Version FROM {NOTHING}", "namespace": "root/cimv2"}
    yield {"query": "SELECT Version FROM Win32_OperatingSystem", "namespace": f"root/{NOTHING}"}


def _rsop() -> t.Iterator[Call]:
    """Who owns the two values, and what was not verified on a real host: each query by itself, and none for all."""
    yield {"policy": [str(name) for name in VALUE_NAMES.values()]}
    yield {"gpos": None}
    yield {"extensions": None}
    for wql in (
        *(f"SELECT * FROM RSOP_RegistryPolicySetting WHERE valueName = '{name.name}'" for name in VALUE_NAMES.values()),
        "SELECT Path, Type, Data, precedence FROM RSOP_RegistryValue",
    ):
        yield {"query": wql, "namespace": "root/rsop/computer"}
    yield _invoke("root/cimv2/StdRegProv/EnumValues", DEVICE_MANAGEMENT["use_machine_id"].key)
    yield {"read": r"HKLM\SOFTWARE\Policies\Microsoft\Windows\System\RSoPLogging"}


def _invoke(path: str, key: str, **parameters: str) -> Call:
    return {"invoke": path, "parameters": {"hDefKey": _HKEY_LOCAL_MACHINE, "sSubKeyName": key, **parameters}}


def _commands() -> t.Iterator[Call]:
    """One value alone and a key, present or not, with and without /reg:64."""
    for suffix in ("", " /reg:64"):
        for name in VALUE_NAMES.values():
            yield {"run": f'reg.exe query "HKLM\\{name.key}"{suffix}'}
            yield {"run": f'reg.exe query "HKLM\\{name.key}" /v {name.name}{suffix}'}
        yield {"run": f'reg.exe query "HKLM\\{_LSA}" /v {NOTHING}{suffix}'}
        yield {"run": f'reg.exe query "HKLM\\{_LSA}\\{NOTHING}"{suffix}'}
