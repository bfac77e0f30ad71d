# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""WS-Management requests: Invoke, and Enumerate and Pull of a WQL query. Pure: bytes out, nothing sent.

Sources: MS-WSMV 4.1.4 (Invoke of a WMI method) and 3.1.4.1 (headers), DMTF DSP0226 (enumeration), learn.microsoft.com
"Resource URIs" (WMI classes). The bodies agree with what Microsoft's own client for Linux sends (microsoft/omi).
"""

from __future__ import annotations

import typing as t
import uuid
from xml.sax.saxutils import escape, quoteattr

WMI: t.Final = "http://schemas.microsoft.com/wbem/wsman/1/wmi"
_ENUMERATION: t.Final = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"

#: WinRM answers at most so many items a message; it need not give that many (MS-WSMV note on MaxBatchItems).
_MAX_ELEMENTS: t.Final = 32000

_ENVELOPE: t.Final = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">'
    "<s:Header>"
    "<a:To>{to}</a:To>"
    '<w:ResourceURI s:mustUnderstand="true">{resource}</w:ResourceURI>'
    '<a:ReplyTo><a:Address s:mustUnderstand="true">'
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>"
    '<a:Action s:mustUnderstand="true">{action}</a:Action>'
    '<w:MaxEnvelopeSize s:mustUnderstand="true">{max_envelope_size}</w:MaxEnvelopeSize>'
    "<a:MessageID>{message_id}</a:MessageID>"
    '<w:Locale xml:lang="en-US" s:mustUnderstand="false"/>'
    "<w:OperationTimeout>PT{operation_timeout}S</w:OperationTimeout>"
    "</s:Header><s:Body>{body}</s:Body></s:Envelope>"
)


class RequestOptions(t.NamedTuple):
    """The limits for the service: seconds for one operation, bytes for one answer, and the address it uses."""

    to: str
    operation_timeout: int = 20
    max_envelope_size: int = 153600


class Request(t.NamedTuple):
    """An envelope ready to be sent, and the id that its answer has to relate to."""

    message_id: str
    envelope: bytes


def invoke(options: RequestOptions, resource: str, method: str, parameters: t.Mapping[str, str | int]) -> Request:
    """Call a static method of a WMI class (MS-WSMV 4.1.4).

    Parameter names are case-sensitive; numbers go as unsigned decimal text. No SelectorSet is sent: the methods of
    StdRegProv belong to no instance, and an empty set is refused by Microsoft's OMI.
    """
    inner = "".join(f"<r:{name}>{escape(str(value))}</r:{name}>" for name, value in parameters.items())
    body = f"<r:{method}_INPUT xmlns:r={quoteattr(resource)}>{inner}</r:{method}_INPUT>"
    return _request(options, resource, f"{resource}/{method}", body)


def enumerate_wql(options: RequestOptions, namespace: str, query: str) -> Request:
    """Begin a WQL query over all classes of a WMI namespace, with the first items in the same answer.

    Source: DSP0226 (OptimizeEnumeration); resource ``namespace/*``: learn.microsoft.com "Resource URIs".
    """
    body = (
        f'<n:Enumerate xmlns:n="{_ENUMERATION}"><w:OptimizeEnumeration/>'
        f"<w:MaxElements>{_MAX_ELEMENTS}</w:MaxElements>"
        f'<w:Filter Dialect="http://schemas.microsoft.com/wbem/wsman/1/WQL">{escape(query)}</w:Filter></n:Enumerate>'
    )
    return _request(options, f"{WMI}/{namespace}/*", f"{_ENUMERATION}/Enumerate", body)


def pull(options: RequestOptions, namespace: str, context: str) -> Request:
    """Ask for the next items of an enumeration that an earlier answer left open."""
    body = (
        f'<n:Pull xmlns:n="{_ENUMERATION}"><n:EnumerationContext>{escape(context)}</n:EnumerationContext>'
        f"<n:MaxElements>{_MAX_ELEMENTS}</n:MaxElements></n:Pull>"
    )
    return _request(options, f"{WMI}/{namespace}/*", f"{_ENUMERATION}/Pull", body)


def _request(options: RequestOptions, resource: str, action: str, body: str) -> Request:
    message_id = f"uuid:{str(uuid.uuid4()).upper()}"
    envelope = _ENVELOPE.format(
        to=escape(options.to),
        resource=escape(resource),
        action=escape(action),
        max_envelope_size=options.max_envelope_size,
        message_id=message_id,
        operation_timeout=options.operation_timeout,
        body=body,
    )
    return Request(message_id, envelope.encode())
