# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Envelopes as hosts send them, for the tests of what reads them."""

from __future__ import annotations

import typing as t
from xml.sax.saxutils import escape

STDREGPROV = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/StdRegProv"
MESSAGE_ID = "uuid:9A989269-283B-4624-BAC5-BC291F72E854"

_NAMESPACES = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" '
    'xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)

#: A parameter of a method's output: its name and its text, None for a nil element.
Parameter: t.TypeAlias = "tuple[str, str | None]"


def envelope(body: str, relates_to: str | None = MESSAGE_ID) -> bytes:
    relation = "" if relates_to is None else f"<a:RelatesTo>{relates_to}</a:RelatesTo>"
    header = f"<s:Header><a:Action>any</a:Action>{relation}</s:Header>"
    return f"<s:Envelope {_NAMESPACES}>{header}<s:Body>{body}</s:Body></s:Envelope>".encode()


def output(method: str, *parameters: Parameter, namespace: str = STDREGPROV) -> str:
    """The body of a method's answer, in the shape of MS-WSMV 4.1.4 and of the EnumKey capture of Openwsman."""
    inner = "".join(
        f'<p:{name} xsi:nil="true"/>' if text is None else f"<p:{name}>{escape(text)}</p:{name}>"
        for name, text in parameters
    )
    return f'<p:{method}_OUTPUT xmlns:p="{namespace}">{inner}</p:{method}_OUTPUT>'


def fault(subcode: str, detail: str = "", text: str = "Something went wrong.") -> str:
    return (
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{text}</s:Text></s:Reason><s:Detail>{detail}</s:Detail></s:Fault>'
    )


def wsman_fault(code: int | str, message: str = "") -> str:
    return (
        f'<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{code}" Machine="host">'
        f"<f:Message>{message}</f:Message></f:WSManFault>"
    )
