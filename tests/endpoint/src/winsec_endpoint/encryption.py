# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WinRM message encryption: SOAP inside multipart/encrypted (MS-WSMV 2.2.9.1.1 and 2.2.9.1.2)."""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from .authentication import BadMessage, Session
from .bodies import SOAP_TYPE, Body

_PROTOCOLS = ("application/HTTP-SPNEGO-session-encrypted", "application/HTTP-Kerberos-session-encrypted")
_BOUNDARY = "Encrypted Boundary"
_HEADER = re.compile(rf'multipart/encrypted;\s*protocol="({"|".join(_PROTOCOLS)})";\s*boundary="{_BOUNDARY}"')
_CONTENT = re.compile(
    rf"--{_BOUNDARY}\r\n"
    r"\tContent-Type: (?P<protocol>[^\r\n]+)\r\n"
    r"\tOriginalContent: type=[^\r\n]+;Length=(?P<length>\d+)\r\n"
    rf"--{_BOUNDARY}\r\n"
    r"\tContent-Type: application/octet-stream\r\n"
    rf"(?P<sealed>.{{4,}})--{_BOUNDARY}--\r\n".encode(),
    re.DOTALL,
)


class Envelope(NamedTuple):
    """The message of a request, and the protocol of its encryption or none."""

    message: bytes
    protocol: str = ""


def opened(content_type: str, payload: bytes, session: Session | None) -> Envelope:
    """Raises BadMessage for an encrypted message that isn't one of this session."""
    if not content_type.lower().startswith("multipart/"):
        return Envelope(payload)
    header, content = _HEADER.fullmatch(content_type), _CONTENT.fullmatch(payload)
    if session is None or header is None or content is None or content["protocol"].decode("latin-1") != header[1]:
        raise BadMessage("no encrypted message")
    (size,) = struct.unpack_from("<I", content["sealed"])
    signature, sealed = content["sealed"][4 : 4 + size], content["sealed"][4 + size :]
    message = session.open(signature, sealed)
    if len(message) != int(content["length"]):
        raise BadMessage("another length than announced")
    return Envelope(message, header[1])


def sealed(body: Body, protocol: str, session: Session) -> Body:
    """The answer to an encrypted message. What is not SOAP comes from something that knows no keys."""
    if body.content_type != SOAP_TYPE:
        return body
    signature, message = session.seal(body.payload)
    head = (
        f"--{_BOUNDARY}\r\n"
        f"\tContent-Type: {protocol}\r\n"
        f"\tOriginalContent: type={SOAP_TYPE};Length={len(body.payload)}\r\n"
        f"--{_BOUNDARY}\r\n"
        "\tContent-Type: application/octet-stream\r\n"
    ).encode()
    payload = head + struct.pack("<I", len(signature)) + signature + message + f"--{_BOUNDARY}--\r\n".encode()
    return Body(body.status, f'multipart/encrypted;protocol="{protocol}";boundary="{_BOUNDARY}"', payload)
