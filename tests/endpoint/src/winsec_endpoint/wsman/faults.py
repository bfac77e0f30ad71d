# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of a WinRM service: subcode, WSManFault number, FaultDetail and text of each.

Numbers, subcodes and English texts follow wsmerror.h of the Windows SDK and learn.microsoft.com
"WinRM error codes"; which situation brings which fault is cited at the fault.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from . import xmlns

_REQUEST = "The WS-Management service cannot process the request"


@dataclass(frozen=True)
class FaultKind:
    """One row of the fault table. Subcode is (namespace, local name)."""

    subcode: tuple[str, str] | None
    number: int | None
    text: str
    german: str = "Die Anforderung kann vom WS-Verwaltungsdienst nicht verarbeitet werden. "
    detail: str = ""
    code: Literal["Sender", "Receiver", "MustUnderstand"] = "Sender"
    shape: Literal["wsman", "wmi_error", "provider_only"] = "wsman"
    provider_text: str = ""

    @property
    def action(self) -> str:
        """Action URI of the fault message: DSP0226 clause 14, WinRb soap_fault_v2.xml for enumeration."""
        namespace = self.subcode[0] if self.subcode else xmlns.ADDRESSING
        return f"{xmlns.WSMAN_ACTIONS if namespace == xmlns.WSMAN else namespace}/fault"


class Fault(Exception):
    """Raised where a request cannot be answered."""

    def __init__(self, kind: FaultKind) -> None:
        super().__init__(kind.text)
        self.kind = kind


def _wsman(name: str) -> tuple[str, str]:
    return xmlns.WSMAN, name


def _addressing(name: str) -> tuple[str, str]:
    return xmlns.ADDRESSING, name


# MS-WSMV 3.1.4.1 (header rules), DSP0226 5.4 and 14.6.
HEADER_REQUIRED = FaultKind(
    _addressing("MessageInformationHeaderRequired"),
    0x80338011,
    f"{_REQUEST}. The request does not have all the expected SOAP headers. ",
)
REPLY_TO_UNSUPPORTED = FaultKind(
    _wsman("UnsupportedFeature"),
    0x80338042,
    "The WS-Management service does not support the specified feature. ",
    detail="AddressingMode",
)
LOCALE_UNSUPPORTED = FaultKind(
    _wsman("UnsupportedFeature"),
    0x80338042,
    "The WS-Management service does not support the specified feature. ",
    detail="Locale",
)
# DSP0226 8.7 and 14.6: this service enumerates objects only.
ENUMERATION_MODE_UNSUPPORTED = replace(LOCALE_UNSUPPORTED, detail="EnumerationMode")
NOT_UNDERSTOOD = FaultKind(
    None,
    0x80338010,
    f"{_REQUEST}: a SOAP header marked as mustUnderstand is not known. ",
    code="MustUnderstand",
)
# MS-WSMV 3.1.4.1 on MaxEnvelopeSize: below 8192.
ENVELOPE_LIMIT_TOO_SMALL = FaultKind(
    _wsman("EncodingLimit"),
    2150858878,
    f"{_REQUEST}. The MaxEnvelopeSize in the request is below the minimum. ",
    detail="MinimumEnvelopeLimit",
)
RESPONSE_TOO_LARGE = FaultKind(
    _wsman("EncodingLimit"),
    0x80338048,
    "The response that the WS-Management service computed exceeds the maximum envelope size in the request. ",
    detail="MaxEnvelopeSizeExceeded",
    code="Receiver",
)
# Assumed: for a body that is no envelope. DSP0226 14.6 has the subcode, wsmerror.h the number.
MALFORMED = FaultKind(
    _wsman("SchemaValidationError"),
    0x80338041,
    "The SOAP XML in the message does not match the XML schema. ",
)
# MS-WSMV 4.10; for a missing instance a Windows 2012 R2 answer kept in OMI's tests.
NOT_FOUND = FaultKind(
    _addressing("DestinationUnreachable"),
    0x80338000,
    f"{_REQUEST}. The service cannot find the resource identified by the resource URI and selectors. ",
    "Die Anforderung kann vom WS-Verwaltungsdienst nicht verarbeitet werden. Die Ressource wurde nicht gefunden. ",
    detail="InvalidResourceURI",
)
BAD_URI = FaultKind(
    _addressing("DestinationUnreachable"),
    0x8033803B,
    f"{_REQUEST}. The resource URI is missing or it has an incorrect format. ",
    detail="InvalidResourceURI",
)
ACTION_NOT_SUPPORTED = FaultKind(
    _addressing("ActionNotSupported"),
    0x80338001,
    f"{_REQUEST}. The WS-Addressing action URI is invalid. ",
)
# pypsrp's recorded answers.
INVALID_SELECTORS = FaultKind(
    _wsman("InvalidSelectors"),
    0x8033805B,
    f"{_REQUEST} because the request contained invalid selectors. ",
    detail="UnexpectedSelectors",
)
MISSING_SELECTORS = FaultKind(
    _wsman("InvalidSelectors"),
    0x8033805A,
    f"{_REQUEST} because the request did not contain all required selectors. ",
    detail="InsufficientSelectors",
)
# For a command, pypsrp's test_winrs_bad_cmd_id.yml; Assumed for a shell.
COMMAND_NOT_FOUND = replace(
    INVALID_SELECTORS,
    text="The Windows Remote Shell received a request to perform an operation on a command identifier that does not "
    "exist. Either the command has completed execution or the client specified an invalid command identifier. ",
)
SHELL_NOT_FOUND = replace(INVALID_SELECTORS, text=f"{_REQUEST} because the shell was not found on the server. ")
# Parameter names are case-sensitive: learn.microsoft.com winrm/resource-uris. Assumed: that this fault follows.
INVALID_PARAMETER_NAME = FaultKind(
    _wsman("InvalidParameter"),
    0x80338055,
    f"{_REQUEST}. A parameter name is invalid. ",
    detail="InvalidName",
)
# Assumed: for text that is not of the parameter's type; number and text from wsmerror.h.
PARAMETER_TYPE = FaultKind(
    _wsman("InvalidParameter"),
    0x80338054,
    f"{_REQUEST}. A parameter that is required for the operation is not the correct type. ",
    detail="TypeMismatch",
)
# WinRb soap_fault_v1.xml and soap_fault_v2.xml (class of a query missing).
CANNOT_PROCESS_FILTER = FaultKind(
    (xmlns.ENUMERATION, "CannotProcessFilter"),
    0x8033801A,
    "The data source could not process the filter. The filter might be missing or it might be invalid. "
    "Change the filter and try the request again.  ",
    "Der Filter konnte von der Datenquelle nicht verarbeitet werden. ",
)
CLASS_OF_QUERY_MISSING = replace(
    CANNOT_PROCESS_FILTER, provider_text="The specified class does not exist in the given namespace. "
)
FILTER_DIALECT = FaultKind(
    (xmlns.ENUMERATION, "FilterDialectRequestedUnavailable"),
    0x80338019,
    "The filter dialect (the type associated with the filter) was not supported for this resource. ",
)
INVALID_CONTEXT = FaultKind(
    (xmlns.ENUMERATION, "InvalidEnumerationContext"),
    0x8033801B,
    "The WS-Enumeration context in the enumeration is not valid. ",
    code="Receiver",
)
# WinRM refuses the caller: pywinrm issue 275, WinRb issue 194, MS-WSTIM 3.1.4.2.1.
ACCESS_DENIED = FaultKind(_wsman("AccessDenied"), 5, "Access is denied. ", "Zugriff verweigert ")
# The WMI service, or one of its providers, refuses the caller: learn.microsoft.com, wsmerror.h.
WMI_ACCESS_DENIED = FaultKind(
    _wsman("AccessDenied"),
    0x80338104,
    f"{_REQUEST}. The WMI service returned an 'access denied' error. ",
    'Der WMI-Dienst hat den Fehler "Zugriff verweigert" gemeldet. ',
)
PROVIDER_ACCESS_DENIED = FaultKind(
    _wsman("AccessDenied"),
    0x80338105,
    f"{_REQUEST}. The WMI provider returned an 'access denied' error. ",
    'Der WMI-Anbieter hat den Fehler "Zugriff verweigert" gemeldet. ',
)
# WinRb wmi_error_v2.xml: MSFT_WmiError and no WSManFault.
QUOTA_SHELLS = FaultKind(
    _wsman("QuotaLimit"),
    0x803381A5,
    f"{_REQUEST}. The maximum number of concurrent shells for this user has been "
    "exceeded. Close existing shells or raise the quota for this user. ",
    shape="wmi_error",
)
# ansible-core 2.18 and later knows this number.
QUOTA_OPERATIONS = FaultKind(
    _wsman("QuotaLimit"),
    0x803381A6,
    f"{_REQUEST}. The maximum number of concurrent operations for this user has been "
    "exceeded. Close existing operations for this user, or raise the quota for this user. ",
)
# pypsrp's recorded answers.
OPERATION_TIMEOUT = FaultKind(
    _wsman("TimedOut"),
    0x80338029,
    "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ",
    code="Receiver",
    detail="OperationTimeout",
)
# A Windows answer kept in OMI's tests: empty Reason, the text in ProviderFault only.
INTERNAL_ERROR = FaultKind(
    _wsman("InternalError"),
    0x80070005,
    "",
    code="Receiver",
    shape="provider_only",
    provider_text="Access is denied. ",
)
# Assumed: that WMI's own number comes alone, as in other faults of the WMI provider; numbers from wbemcli.h.
NO_NAMESPACE = FaultKind(_wsman("InternalError"), 0x8004100E, "Invalid namespace. ", code="Receiver")
SHUTTING_DOWN = FaultKind(_wsman("InternalError"), 0x80041033, "Shutting down. ", code="Receiver")
# Assumed: a stack nobody has met, with neither number nor known subcode.
UNKNOWN = FaultKind((xmlns.VENDOR, "Unwilling"), None, "The dog ate the request. ", code="Receiver")
NO_SHELL = FaultKind(
    _wsman("UnsupportedFeature"),
    0x80338042,
    "This is winsec-endpoint, not Windows: no PowerShell and no shell runs here. Set 'gather_facts: false'; "
    "only winsec.lsa tasks work on this host. ",
    "Dies ist winsec-endpoint, nicht Windows: hier laufen weder PowerShell noch eine Shell. 'gather_facts: false' "
    "setzen; nur winsec.lsa-Tasks funktionieren auf diesem Host. ",
)

NAMED_FAULTS = {
    "access_denied": ACCESS_DENIED,
    "wmi_access_denied": WMI_ACCESS_DENIED,
    "provider_access_denied": PROVIDER_ACCESS_DENIED,
    "quota_shells": QUOTA_SHELLS,
    "quota_operations": QUOTA_OPERATIONS,
    "operation_timeout": OPERATION_TIMEOUT,
    "internal_error": INTERNAL_ERROR,
    "not_found": NOT_FOUND,
    "unknown": UNKNOWN,
    "no_class": CLASS_OF_QUERY_MISSING,
    "no_method": ACTION_NOT_SUPPORTED,
    "no_namespace": NO_NAMESPACE,
    "shutting_down": SHUTTING_DOWN,
}
