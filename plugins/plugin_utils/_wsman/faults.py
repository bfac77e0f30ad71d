# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""WS-Management faults: what kind of refusal a fault is. Pure.

A fault has a SOAP subcode, a number, or both, and the number may be that of an inner fault: WinRM 2.0 gave numbers
where later ones give subcodes. So both are looked at, and never a text, which comes in the language of the host.

Sources: MS-WSMV 3.1.4.1 and 4.10, MS-WSTIM 3.1.4.2.1, the WinRM and WMI error constants at learn.microsoft.com, and
captured faults: WinRb/WinRM spec/stubs (soap_fault_v2.xml, wmi_error_v2.xml), jborean93/pypsrp tests/responses,
microsoft/omi tests.
"""

from __future__ import annotations

import re
import typing as t
from xml.etree.ElementTree import Element

from .xml import local_name, text_of

Kind: t.TypeAlias = t.Literal["denied", "missing", "quota", "busy", "timeout", "size", "other"]

#: The setting of each quota, and where it is (wsmerror.h; learn.microsoft.com, "Quota Management for Remote Shells",
#: for those of shells and operations; the WMI error constants for the last one).
_QUOTAS: t.Final[dict[int, str]] = {
    0x803381A5: "MaxShellsPerUser in winrm/config/winrs",
    0x803381A6: "MaxConcurrentOperationsPerUser in winrm/config/service",
    0x803381AB: "MaxConcurrentUsers in winrm/config/winrs",
    0x803381E4: "MaxShellsPerUser of the plug-in in winrm/config/plugin",
    0x803381E5: "MaxConcurrentUsers of the plug-in in winrm/config/plugin",
    0x803381E6: "MaxShells of the plug-in in winrm/config/plugin",
    0x803381E7: "MaxConcurrentOperations of the plug-in in winrm/config/plugin",
    0x803381E8: "MaxConcurrentOperationsPerUser of the plug-in in winrm/config/plugin",
    0x803381E9: "MaxConcurrentCommandsPerShell of the plug-in in winrm/config/plugin",
    0x8004106C: "the instance of __ProviderHostQuotaConfiguration in the WMI namespace root",
}

_CODES: t.Final[dict[Kind, frozenset[int]]] = {
    "denied": frozenset(
        {
            5,  # ERROR_ACCESS_DENIED
            0x80070005,  # E_ACCESSDENIED
            0x80041003,  # WBEM_E_ACCESS_DENIED
            0x80338104,  # ERROR_WSMAN_WMI_SVC_ACCESS_DENIED
            0x80338105,  # ERROR_WSMAN_WMI_PROVIDER_ACCESS_DENIED
            0x80338106,  # ERROR_WSMAN_WMI_CANNOT_CONNECT_ACCESS_DENIED
        }
    ),
    # ERROR_WSMAN_QUOTA_LIMIT, two quotas of requests in a time, one of memory.
    "quota": frozenset({*_QUOTAS, 0x8033803F, 0x803381A7, 0x803381A8, 0x803381EA}),
    "busy": frozenset({0x80041033}),  # WBEM_E_SHUTTING_DOWN
    "timeout": frozenset({0x80338029}),  # ERROR_WSMAN_OPERATION_TIMEDOUT
    "size": frozenset({0x80338047, 0x80338048, 0x80338049, 0x8033807E}),
    "missing": frozenset(
        {
            0x80041002,  # WBEM_E_NOT_FOUND
            0x8004100A,  # WBEM_E_CRITICAL_ERROR
            0x8004100E,  # WBEM_E_INVALID_NAMESPACE
            0x80041010,  # WBEM_E_INVALID_CLASS
            0x80041011,  # WBEM_E_PROVIDER_NOT_FOUND
            0x80041012,  # WBEM_E_INVALID_PROVIDER_REGISTRATION
            0x80041013,  # WBEM_E_PROVIDER_LOAD_FAILURE
            0x80041014,  # WBEM_E_INITIALIZATION_FAILURE
            0x8004102E,  # WBEM_E_INVALID_METHOD
            0x80041055,  # WBEM_E_METHOD_NOT_IMPLEMENTED
            0x80041056,  # WBEM_E_METHOD_DISABLED
            0x80040154,  # REGDB_E_CLASSNOTREG: the provider is not registered
            1058,  # ERROR_SERVICE_DISABLED: that of WMI
            0x80070422,  # the same as an HRESULT
            0x80338000,  # class, instance or object missing
            0x80338001,  # ERROR_WSMAN_INVALID_ACTIONURI: no such method
            0x8033801A,  # no such class in a WQL query
            0x8033803B,  # ERROR_WSMAN_INVALID_RESOURCE_URI
        }
    ),
}

_SUBCODES: t.Final[dict[str, Kind]] = {
    "AccessDenied": "denied",
    "QuotaLimit": "quota",
    "TimedOut": "timeout",
    "EncodingLimit": "size",
    "DestinationUnreachable": "missing",
    "ActionNotSupported": "missing",
    "CannotProcessFilter": "missing",
}

#: Far more than any host has sent: WinRM nests two.
_MAX_SUBCODES: t.Final = 8

# A person reads it.
_MAX_NAMES: t.Final = 6

#: That of XML (XML 1.0, 2.3): what else Python takes for white space is left to whoever shows the text.
_WHITE_SPACE: t.Final = re.compile(r"[ \t\r\n]+")


class Fault(Exception):
    """A SOAP fault: the local names of its subcodes, every number in it, and the host's own words (localized).

    Its texts are as the host sent them, of any length: whoever shows them cleans them.

    Nothing may be done because of a fault that is not related, by its RelatesTo, to the request: it can be told only.
    """

    def __init__(self, subcodes: tuple[str, ...], codes: frozenset[int], text: str, *, is_related: bool) -> None:
        super().__init__(text)
        self.subcodes = subcodes
        self.codes = codes
        self.text = text
        self.is_related = is_related

    @property
    def kind(self) -> Kind:
        """By number first, the more telling kinds before the others: an outer fault often only wraps an inner one."""
        for kind, codes in _CODES.items():
            if codes & self.codes:
                return kind
        return next((_SUBCODES[name] for name in reversed(self.subcodes) if name in _SUBCODES), "other")

    @property
    def quota(self) -> str:
        """The setting that raises the quota which is used up; empty where the fault names none."""
        return next((setting for code, setting in _QUOTAS.items() if code in self.codes), "")

    def __str__(self) -> str:
        names = [*self.subcodes, *(f"0x{code:08X}" for code in sorted(self.codes))]
        label = ", ".join(names[:_MAX_NAMES]) or "a fault without subcode and number"
        return f"{label}: {self.text}" if self.text else label


def fault_of(fault: Element, *, is_related: bool) -> Fault:
    """Read a SOAP 1.2 fault, in time that grows with its length only: it may come from anybody."""
    return Fault(tuple(_subcodes(fault)), frozenset(_codes(fault)), _words(fault), is_related=is_related)


def _subcodes(fault: Element) -> t.Iterator[str]:
    """From the outer to the inner one (SOAP 1.2 part 1, 5.4.1). The prefix before each is the server's own."""
    element = _child(fault, "Code")
    for _level in range(_MAX_SUBCODES):
        element = None if element is None else _child(element, "Subcode")
        value = None if element is None else _child(element, "Value")
        if value is not None and (name := _folded(value).rpartition(":")[2]):
            yield name


def _child(parent: Element, name: str) -> Element | None:
    return next((element for element in parent if local_name(element) == name), None)


def _codes(fault: Element) -> t.Iterator[int]:
    """Numbers are in WSManFault/@Code at any depth, or in the elements of MSFT_WmiError and __ExtendedStatus."""
    for element in fault.iter():
        name = local_name(element)
        is_hresult = name in ("error_Code", "StatusCode")
        # Its own text, for it has no elements: the texts of all inside it would be read again for each of those.
        text = element.text or "" if is_hresult else element.get("Code", "") if name == "WSManFault" else ""
        digits = text.strip().removeprefix("-")
        if digits.isascii() and digits.isdecimal() and len(digits) <= 10:
            code = int(text) & 0xFFFFFFFF
            # A small number there is an MI_Result, not a Windows error: 5 does not mean access denied.
            if code >= 0x80000000 or not is_hresult:
                yield code


def _words(fault: Element) -> str:
    """Return the text for a person: the words of the WMI provider, else those of WinRM, else the reason."""
    for path in (("ProviderFault", "Message"), ("ProviderFault",), ("Message",), ("Reason",)):
        text = _text_below(fault, *path)
        if text:
            return text
    return ""


def _text_below(root: Element, *path: str) -> str | None:
    """The text of the first element found by following local names, each at any depth, with its white space folded."""
    element: Element | None = root
    for name in path:
        element = next((e for e in element.iter() if local_name(e) == name), None) if element is not None else None
    return None if element is None else _folded(element)


def _folded(element: Element) -> str:
    return _WHITE_SPACE.sub(" ", text_of(element)).strip(" ")
