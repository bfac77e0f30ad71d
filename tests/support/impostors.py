# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that are not the host that was asked, at its address. They know no password, and keep what they are sent."""

from __future__ import annotations

import base64
import contextlib
import http.server
import ssl
import struct
import threading
import types
import typing as t

import trustme

if t.TYPE_CHECKING:
    from pathlib import Path

#: NTLM's CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2) of nobody in particular: with the flags of Windows and no target.
_FLAGS = 0xE2898235
CHALLENGE = struct.pack(
    "<8sIHHIIQQHHIQ", b"NTLMSSP\0", 2, 0, 0, 56, _FLAGS, 1, 0, 4, 4, 56, 0x0F000000004F7C0A
) + bytes(4)

SOAP = "application/soap+xml;charset=UTF-8"


class Answer(t.NamedTuple):
    """An HTTP response."""

    status: int
    headers: t.Mapping[str, str] = types.MappingProxyType({})
    body: bytes = b""


class Impostor:
    """An HTTP server on the loopback interface that ends with its context. One login is as good to it as another."""

    def __init__(self, says: Answer) -> None:
        """``says`` answers each message; what a login needs is answered by ``answer_to_login``."""
        self.says = says
        #: The bodies that it was sent; empty ones are those of a login.
        self.bodies: list[bytes] = []
        #: The Authorization headers that it was sent.
        self.logins: list[str] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def messages(self) -> list[bytes]:
        return [body for body in self.bodies if body]

    def __enter__(self) -> t.Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, authorization: str, body: bytes) -> Answer:
        self.bodies.append(body)
        if authorization:
            self.logins.append(authorization)
        return self.says if body else self.answer_to_login(authorization)

    def answer_to_login(self, _authorization: str) -> Answer:
        return self.says


class NtlmImpostor(Impostor):
    """Challenges, and is content with any answer."""

    def answer_to_login(self, authorization: str) -> Answer:
        token = base64.b64decode(authorization.partition(" ")[2])
        if not token:
            return Answer(401, {"WWW-Authenticate": "Negotiate"})
        if token[8] == 1:
            return Answer(401, {"WWW-Authenticate": f"Negotiate {base64.b64encode(CHALLENGE).decode()}"})
        return Answer(200)


class CredSspImpostor(Impostor):
    """Ends the TLS inside the login, and then the login, before it would have to prove that it knows the password."""

    def __init__(self, says: Answer, folder: Path) -> None:
        super().__init__(says)
        rsa = trustme.KeyType.RSA  # pyspnego can't write the key of another kind as CredSSP has it
        certificate = trustme.CA(key_type=rsa).issue_cert("127.0.0.1", key_type=rsa)
        file = folder / "impostor.pem"
        certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        self._received, self._sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._received, self._sent, server_side=True)

    def answer_to_login(self, authorization: str) -> Answer:
        self._received.write(base64.b64decode(authorization.partition(" ")[2]))
        if self._reads():
            return Answer(200)
        token = base64.b64encode(self._sent.read()).decode()
        return Answer(401, {"WWW-Authenticate": f"CredSSP {token}" if token else "CredSSP"})

    def _reads(self) -> bytes:
        """The first part of the login inside TLS, once that is established."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
            return self._tls.read()
        return b""


def _handler(impostor: Impostor) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = impostor.answer(self.headers.get("Authorization") or "", body)
            self.send_response(answer.status)
            for name, content in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, content)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_arguments: t.Any) -> None:
            """Be quiet."""

    return Handler
