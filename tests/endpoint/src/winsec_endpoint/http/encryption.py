# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WinRM message encryption: SOAP inside multipart/encrypted (MS-WSMV 2.2.9.1.1 to 2.2.9.1.3)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Literal, NamedTuple

from .authentication import BadMessage, Session
from .bodies import SOAP_TYPE, Body

_CREDSSP = "application/HTTP-CredSSP-session-encrypted"
_PROTOCOLS = (
    "application/HTTP-SPNEGO-session-encrypted",
    "application/HTTP-Kerberos-session-encrypted",
    _CREDSSP,
)
_CHUNK = 16 * 1024  # octets of a message that CredSSP encrypts at once
_WHOLE, _CHUNKS = "multipart/encrypted", "multipart/x-multi-encrypted"
_BOUNDARY = "Encrypted Boundary"
_END = f"--{_BOUNDARY}--\r\n".encode()
_HEADER = re.compile(rf'({_WHOLE}|{_CHUNKS});\s*protocol="({"|".join(_PROTOCOLS)})";\s*boundary="{_BOUNDARY}"')
# Windows writes a TAB before the headers of a part; OMI's client and WinRb write none.
_PART = re.compile(
    rf"--{_BOUNDARY}\r\n"
    r"\t?Content-Type: (?P<protocol>[^\r\n]+)\r\n"
    r"\t?OriginalContent: type=[^\r\n]+;Length=(?P<length>\d+)\r\n"
    rf"--{_BOUNDARY}\r\n"
    r"\t?Content-Type: application/octet-stream\r\n"
    rf"(?P<sealed>.{{4,}}?)(?=--{_BOUNDARY}(?:--)?\r\n)".encode(),
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
    header = _HEADER.fullmatch(content_type)
    if session is None or header is None:
        raise BadMessage("no encrypted message")
    form, protocol = header.groups()
    chunks = [_opened_part(part, protocol, session) for part in _parts(payload)]
    if len(chunks) > 1 and (form, protocol) != (_CHUNKS, _CREDSSP):
        raise BadMessage("more than one part")
    return Envelope(b"".join(chunks).rstrip(b"\0"), protocol)  # SOAP ends with no NUL: what does is padding


def _parts(payload: bytes) -> Iterator[re.Match[bytes]]:
    position = 0
    while part := _PART.match(payload, position):
        yield part
        position = part.end()
    if position == 0 or payload[position:] != _END:
        raise BadMessage("no encrypted message")


def _opened_part(part: re.Match[bytes], protocol: str, session: Session) -> bytes:
    """NULs are padding, before the encryption and behind it, whether Length counts them or not."""
    if part["protocol"].decode("latin-1") != protocol:
        raise BadMessage("another protocol than announced")
    (size,) = struct.unpack_from("<I", part["sealed"])
    length = int(part["length"])
    signature, message = part["sealed"][4 : 4 + size], part["sealed"][4 + size :]
    chunk = _unpadded(session.open(signature, _unpadded(message, length)), length)
    if len(chunk) != length:
        raise BadMessage("another length than announced")
    return chunk


def _unpadded(data: bytes, length: int) -> bytes:
    return data if data[length:].strip(b"\0") else data[:length]


Treatment = Literal["kept", "dropped", "claimed", "damaged"]


def sealed(body: Body, protocol: str, session: Session, treatment: Treatment = "kept") -> Body:
    """The answer to an encrypted message. What is not SOAP comes from something that knows no keys."""
    if body.content_type != SOAP_TYPE or treatment == "dropped":
        return body
    if treatment == "claimed":
        return body._replace(content_type=f'{_WHOLE};protocol="{protocol}";boundary="{_BOUNDARY}"')
    size = _CHUNK if protocol == _CREDSSP else len(body.payload)
    chunks = [body.payload[start : start + size] for start in range(0, len(body.payload), size)]
    parts = b"".join(_sealed_part(chunk, protocol, session) for chunk in chunks)
    if treatment == "damaged":
        parts = parts[:-1] + bytes([parts[-1] ^ 1])
    payload = parts + _END
    form = _WHOLE if len(chunks) == 1 else _CHUNKS
    return body._replace(content_type=f'{form};protocol="{protocol}";boundary="{_BOUNDARY}"', payload=payload)


def _sealed_part(chunk: bytes, protocol: str, session: Session) -> bytes:
    signature, message = session.seal(chunk)
    head = (
        f"--{_BOUNDARY}\r\n"
        f"\tContent-Type: {protocol}\r\n"
        f"\tOriginalContent: type={SOAP_TYPE};Length={len(chunk)}\r\n"
        f"--{_BOUNDARY}\r\n"
        "\tContent-Type: application/octet-stream\r\n"
    ).encode()
    return head + struct.pack("<I", len(signature)) + signature + message
