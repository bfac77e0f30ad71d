# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypted messages as they travel, with a session that has no secrets."""

from __future__ import annotations

import pytest

from winsec_endpoint.http.authentication import BadMessage
from winsec_endpoint.http.bodies import SOAP_TYPE, Body
from winsec_endpoint.http.encryption import Envelope, opened, sealed

SPNEGO = "application/HTTP-SPNEGO-session-encrypted"
CREDSSP = "application/HTTP-CredSSP-session-encrypted"
KILOBYTE = 1024


class Mirror:
    def seal(self, message: bytes) -> tuple[bytes, bytes]:
        return b"signature", message[::-1]

    def open(self, _signature: bytes, sealed: bytes) -> bytes:
        return sealed[::-1]


def sent(message: bytes, protocol: str = CREDSSP) -> Body:
    return sealed(Body(200, SOAP_TYPE, message), protocol, Mirror())


@pytest.mark.parametrize(
    ("protocol", "size", "form", "parts"),
    [
        (SPNEGO, 100 * KILOBYTE, "multipart/encrypted", 1),
        (CREDSSP, 1, "multipart/encrypted", 1),
        (CREDSSP, 16 * KILOBYTE, "multipart/encrypted", 1),
        (CREDSSP, 16 * KILOBYTE + 1, "multipart/x-multi-encrypted", 2),
        (CREDSSP, 100 * KILOBYTE, "multipart/x-multi-encrypted", 7),
    ],
)
def test_only_credssp_cuts_messages_and_only_long_ones(protocol: str, size: int, form: str, parts: int) -> None:
    message = bytes(number % 251 + 1 for number in range(size))
    body = sent(message, protocol)
    assert body.content_type == f'{form};protocol="{protocol}";boundary="Encrypted Boundary"'
    assert body.payload.count(b"\tOriginalContent: ") == parts
    assert opened(body.content_type, body.payload, Mirror()) == Envelope(message, protocol)


MESSAGE = b"x" * 20 * KILOBYTE
LONG = sent(MESSAGE)


@pytest.mark.parametrize(
    ("content_type", "payload"),
    [
        (LONG.content_type.replace("x-multi-encrypted", "encrypted"), LONG.payload),
        (LONG.content_type.replace(CREDSSP, SPNEGO), LONG.payload.replace(CREDSSP.encode(), SPNEGO.encode())),
        (LONG.content_type.replace(CREDSSP, SPNEGO), LONG.payload),
        (LONG.content_type, LONG.payload.replace(b"Length=4096", b"Length=4097")),
        (LONG.content_type, LONG.payload[: LONG.payload.rindex(b"--Encrypted")]),
        (LONG.content_type, LONG.payload + b"and more"),
        (LONG.content_type, b"--Encrypted Boundary--\r\n"),
        (LONG.content_type.replace("Boundary", "Border"), LONG.payload),
    ],
    ids=["form", "chunks of SPNEGO", "protocol", "length", "no end", "more", "no part", "boundary"],
)
def test_what_is_not_as_announced_is_refused(content_type: str, payload: bytes) -> None:
    assert opened(LONG.content_type, LONG.payload, Mirror()).message == MESSAGE
    with pytest.raises(BadMessage):
        opened(content_type, payload, Mirror())


@pytest.mark.parametrize("protocol", [SPNEGO, CREDSSP])
def test_headers_of_parts_need_no_tab(protocol: str) -> None:
    body = sent(b"message", protocol)
    without = body.payload.replace(b"\tContent", b"Content").replace(b"\tOriginal", b"Original")
    assert without != body.payload
    assert opened(body.content_type, without, Mirror()).message == b"message"


@pytest.mark.parametrize(
    ("sealed_bytes", "length"),
    [(b"egassem\0\0", 7), (b"\0\0egassem", 7), (b"\0\0egassem", 9)],
    ids=["behind the encrypted message", "in it, not counted", "in it, counted"],
)
def test_padding_of_nuls_is_taken_away(sealed_bytes: bytes, length: int) -> None:
    body = sent(b"message", SPNEGO)
    payload = body.payload.replace(b"egassem", sealed_bytes).replace(b"Length=7", b"Length=%d" % length)
    assert opened(body.content_type, payload, Mirror()).message == b"message"


def test_other_padding_is_refused() -> None:
    body = sent(b"message", SPNEGO)
    with pytest.raises(BadMessage):
        opened(body.content_type, body.payload.replace(b"egassem", b"egassem\0x"), Mirror())


def test_nobody_but_a_session_can_decrypt() -> None:
    with pytest.raises(BadMessage):
        opened(LONG.content_type, LONG.payload, None)


def test_answers_that_are_not_encrypted_as_they_should_be() -> None:
    body = Body(500, SOAP_TYPE, b"in the clear")
    assert sealed(body, SPNEGO, Mirror(), "dropped") == body
    claimed = sealed(body, SPNEGO, Mirror(), "claimed")
    assert claimed == body._replace(content_type=sealed(body, SPNEGO, Mirror()).content_type)
    damaged = sealed(body, SPNEGO, Mirror(), "damaged")
    assert opened(damaged.content_type, damaged.payload, Mirror()).message == b"\x68n the clear"
