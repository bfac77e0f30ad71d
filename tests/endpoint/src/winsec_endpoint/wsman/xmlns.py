# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every XML namespace and fixed URI on the wire, by the name used in MS-WSMV 2.2.1 and DMTF DSP0226 annex A."""

from __future__ import annotations

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
MICROSOFT_WSMAN = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
WSMAN_FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
POWERSHELL = "http://schemas.microsoft.com/powershell"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
CIM_BINDING = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
CIM_COMMON = "http://schemas.dmtf.org/wbem/wscim/1/common"
WMI_ERROR = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"
OMI_ERROR = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/OMI_Error"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"
# Elements and a subcode that no client can know.
VENDOR = "urn:example:vendor"

ANONYMOUS = f"{ADDRESSING}/role/anonymous"
WSMAN_ACTIONS = "http://schemas.dmtf.org/wbem/wsman/1/wsman"
FAULT_DETAIL = f"{WSMAN_ACTIONS}/faultDetail"

GET = f"{TRANSFER}/Get"
CREATE = f"{TRANSFER}/Create"
DELETE = f"{TRANSFER}/Delete"
ENUMERATE = f"{ENUMERATION}/Enumerate"
PULL = f"{ENUMERATION}/Pull"
RELEASE = f"{ENUMERATION}/Release"
COMMAND = f"{SHELL}/Command"
SEND = f"{SHELL}/Send"
RECEIVE = f"{SHELL}/Receive"
SIGNAL = f"{SHELL}/Signal"
WQL_DIALECT = "http://schemas.microsoft.com/wbem/wsman/1/WQL"

WMI_RESOURCES = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
CIM_RESOURCES = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
SHELL_RESOURCES = (SHELL, f"{POWERSHELL}/")


def local_name(tag: str) -> str:
    """`{namespace}Name` -> `Name`."""
    return tag.rpartition("}")[2]


def namespace_of(tag: str) -> str:
    """`{namespace}Name` -> `namespace`."""
    return tag[1:].rpartition("}")[0] if tag.startswith("{") else ""
