# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are not WS-Man at all: what proxies, broken services and attackers send.

Statuses and empty bodies: MS-WSMV 3.1.4.1.20 (413), public client comments (404 empty for a refused
network profile, 500 empty where AllowUnencrypted is false). The rest is deliberate nonsense.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

SOAP_TYPE = "application/soap+xml;charset=UTF-8"

# cut: half of it is sent, and the connection closed. broken_tls: with other octets than those of TLS before that.
Ending: TypeAlias = Literal["whole", "cut", "broken_tls"]


class Body(NamedTuple):
    status: int
    content_type: str = ""
    payload: bytes = b""
    location: str = ""
    retry_after: str = ""
    ending: Ending = "whole"


def _page(status: int, title: str) -> Body:
    head = f"<!DOCTYPE html><html><head><title>{title}</title></head>"
    text = f"{head}<body><h1>{title}</h1><br>proxy.example</body></html>"  # <br> alone: HTML, no XML
    return Body(status, "text/html; charset=utf-8", text.encode())


def _hostile(doctype: str, entity: str) -> Body:
    envelope = (
        f'<?xml version="1.0"?><!DOCTYPE e [{doctype}]><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
        f"<s:Header/><s:Body><x>&{entity};</x></s:Body></s:Envelope>"
    )
    return Body(200, SOAP_TYPE, envelope.encode())


_LAUGHS = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

BODIES = {
    "html_200": _page(200, "Sign in to the network"),
    "html_403": _page(403, "Forbidden by policy"),
    "html_502": _page(502, "Bad gateway"),
    "empty_200": Body(200),
    "empty_404": Body(404),
    "empty_413": Body(413),
    "empty_429": Body(429),
    "empty_500": Body(500),
    "billion_laughs": _hostile(_LAUGHS, "l9"),
    "external_entity": _hostile('<!ENTITY x SYSTEM "file:///etc/passwd">', "x"),
    "garbage": Body(200, SOAP_TYPE, bytes(range(256))),
    "unavailable": Body(503, retry_after="1"),  # RFC 9110, 10.2.3
    "oversized": Body(200, SOAP_TYPE, b"<x>" + b" " * (1 << 20) + b"</x>"),  # larger than any MaxEnvelopeSize
    "not_utf8": Body(200, SOAP_TYPE, '<?xml version="1.0" encoding="UTF-8"?><x>Schl\u00fcssel</x>'.encode("latin-1")),
    "other_xml": Body(200, "text/xml", b'<feed xmlns="http://www.w3.org/2005/Atom"/>'),
}
