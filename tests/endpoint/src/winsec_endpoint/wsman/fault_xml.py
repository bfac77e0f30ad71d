# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults as XML: WinRb soap_fault_v2.xml (WSManFault, ProviderFault) and wmi_error_v2.xml (MSFT_WmiError)."""

from __future__ import annotations

from xml.etree.ElementTree import Element, QName, SubElement

from ..fleet.answers import Answers
from . import xmlns
from .faults import FaultKind
from .message import Reply, text_element

_SOAP = f"{{{xmlns.SOAP}}}"
_WSMAN_FAULT = f"{{{xmlns.WSMAN_FAULT}}}"
# wsmerror.h: "An error was encountered inside the plugin", the outer number of the nested style.
_PROVIDER_FAILURE = 0x80338003
# MI_Result of OMI's MI.h, by subcode.
_MI_FAILED = 1
_MI_RESULTS = {"AccessDenied": 2, "DestinationUnreachable": 6, "ActionNotSupported": 7, "CannotProcessFilter": 15}


def reply(kind: FaultKind, answers: Answers, machine: str) -> Reply:
    fault = Element(f"{_SOAP}Fault")
    fault.append(_code(kind, answers))
    bare = answers.fault_style == "bare"
    text = "" if bare else kind.german if answers.language == "de-DE" and kind.text else kind.text
    reason = SubElement(SubElement(fault, f"{_SOAP}Reason"), f"{_SOAP}Text", {f"{{{xmlns.XML}}}lang": answers.language})
    reason.text = text
    if not bare:
        fault.append(_detail(kind, answers, machine, text))
    return Reply(kind.action, fault)


def _code(kind: FaultKind, answers: Answers) -> Element:
    code = Element(f"{_SOAP}Code")
    SubElement(code, f"{_SOAP}Value").text = _qname(xmlns.SOAP, kind.code)
    if kind.subcode and answers.fault_style != "number":
        subcode = SubElement(code, f"{_SOAP}Subcode")
        SubElement(subcode, f"{_SOAP}Value").text = _qname(*kind.subcode)
    return code


def _detail(kind: FaultKind, answers: Answers, machine: str, text: str) -> Element:
    detail = Element(f"{_SOAP}Detail")
    if answers.fault_style == "omi":
        detail.append(_omi_error(kind, text))
        return detail
    if kind.detail and answers.fault_style != "number":
        SubElement(detail, f"{{{xmlns.WSMAN}}}FaultDetail").text = f"{xmlns.FAULT_DETAIL}/{kind.detail}"
    if kind.number is None or answers.fault_style == "subcode":
        return detail
    if kind.shape == "wmi_error":
        detail.append(_wmi_error(kind.number, text))
    elif kind.provider_text or answers.fault_style == "nested":
        detail.append(_nested(kind, kind.number, answers, machine))
    else:
        detail.append(_wsman_fault(kind.number, machine, text))
    return detail


def _wsman_fault(number: int, machine: str, text: str | None = None) -> Element:
    fault = Element(f"{_WSMAN_FAULT}WSManFault", {"Code": str(number), "Machine": machine})
    SubElement(fault, f"{_WSMAN_FAULT}Message").text = text
    return fault


def _nested(kind: FaultKind, number: int, answers: Answers, machine: str) -> Element:
    """The provider's own fault inside the message of the service's."""
    outer_number = _PROVIDER_FAILURE if answers.fault_style == "nested" else number
    outer = _wsman_fault(outer_number, machine)
    attributes = {"path": r"%systemroot%\system32\WsmWmiPl.dll", "provider": "WMI Provider"}
    provider = SubElement(outer[0], f"{_WSMAN_FAULT}ProviderFault", attributes)
    provider.append(_wsman_fault(number, machine, kind.provider_text or kind.text))
    return outer


def _wmi_error(number: int, text: str) -> Element:
    """The elements a client may want; the capture has more, all nil or 0."""
    namespace = f"{{{xmlns.WMI_ERROR}}}"
    error = Element(f"{namespace}MSFT_WmiError", {f"{{{xmlns.CIM_BINDING}}}IsCIM_Error": "true"})
    texts = {
        "CIMStatusCode": "27",
        "Message": text,
        "MessageID": f"HRESULT 0x{number:08x}",
        "error_Category": "30",
        "error_Code": str(number),
        "error_Type": "HRESULT",
        "error_WindowsErrorMessage": text,
    }
    error.extend([text_element(namespace + name, value) for name, value in texts.items()])
    return error


def _omi_error(kind: FaultKind, text: str) -> Element:
    """As OMI sends it; it has more elements, all nil or always the same."""
    namespace = f"{{{xmlns.OMI_ERROR}}}"
    result = str(_MI_RESULTS.get(kind.subcode[1], _MI_FAILED) if kind.subcode else _MI_FAILED)
    error = Element(f"{namespace}OMI_Error", {f"{{{xmlns.CIM_BINDING}}}IsCIM_Error": "true"})
    texts = {
        "OwningEntity": "OMI:CIMOM",
        "MessageID": f"OMI:MI_Result:{result}",
        "Message": text,
        "CIMStatusCode": result,
        "OMI_Code": result,
        "OMI_Type": "MI",
    }
    error.extend([text_element(namespace + name, value) for name, value in texts.items()])
    return error


def _qname(namespace: str, name: str) -> str:
    return QName(namespace, name)  # type: ignore[return-value]  # prefixed.py resolves QName texts
