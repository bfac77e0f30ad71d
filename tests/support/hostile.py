# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers on the loopback interface that take time and memory of whoever asks them, below any HTTP library."""

from __future__ import annotations

import contextlib
import gzip
import re
import socket
import threading
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds between two octets, and until a server stops by itself: far more than any deadline of a test.
_PAUSE = 0.05
_END = 300

_CHUNK = 65536
_SOAP = b"Content-Type: application/soap+xml;charset=UTF-8\r\n"
_MESSAGE_ID = re.compile(rb"MessageID>([^<]+)<")

Sender: t.TypeAlias = "t.Callable[[Peer], Iterator[bytes]]"


class Peer:
    """Who asks: its last request, and whether anybody still listens."""

    def __init__(self, connection: socket.socket, over: threading.Event) -> None:
        self.connection = connection
        self.over = over
        self.request = b""
        self.requests = 0

    def read_request(self) -> bool:
        """Read a request to its end; false where there is none."""
        data = b""
        while b"\r\n\r\n" not in data:
            if not (more := self.connection.recv(_CHUNK)):
                return False
            data += more
        head, _end, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        while length and len(body) < int(length[1]):
            body += self.connection.recv(_CHUNK)
        self.request = head + b"\r\n\r\n" + body
        self.requests += 1
        return True


def slowly(octets: bytes, peer: Peer) -> Iterator[bytes]:
    """An octet at a time, and the last one for ever."""
    for place in range(10**9):
        yield octets[min(place, len(octets) - 1) :][:1]
        if peer.over.wait(_PAUSE):
            return


def _head(status: int, *headers: bytes, length: int | None = None) -> bytes:
    size = b"" if length is None else b"Content-Length: %d\r\n" % length
    return b"HTTP/1.1 %d Said\r\n" % status + _SOAP + b"".join(headers) + size + b"\r\n"


def _slow_body(peer: Peer) -> Iterator[bytes]:
    yield _head(200, length=10**6)
    yield from slowly(b"<", peer)


def _slow_header(peer: Peer) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 Said\r\nX-More: "
    yield from slowly(b"x", peer)


def _slow_continue(peer: Peer) -> Iterator[bytes]:
    while not peer.over.wait(_PAUSE):
        yield b"HTTP/1.1 100 Continue\r\n\r\n"


def _endless_continue(_peer: Peer) -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 1000


def _slow_login(peer: Peer) -> Iterator[bytes]:
    yield _head(401, b"WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic\r\n", length=10**6)
    yield from slowly(b"x", peer)


def _silence(peer: Peer) -> Iterator[bytes]:
    peer.over.wait(_END)
    yield b""


def _large(status: int) -> Sender:
    def send(_peer: Peer) -> Iterator[bytes]:
        yield _head(status, length=100 * 2**20)
        for _part in range(100 * 2**20 // _CHUNK):
            yield b" " * _CHUNK

    return send


def _large_in_chunks(_peer: Peer) -> Iterator[bytes]:
    yield _head(200, b"Transfer-Encoding: chunked\r\n")
    for _part in range(100 * 2**20 // _CHUNK):
        yield b"%x\r\n" % _CHUNK + b" " * _CHUNK + b"\r\n"
    yield b"0\r\n\r\n"


def _endless_header(_peer: Peer) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 Said\r\n"
    while True:
        yield b"".join(b"X-%d: %b\r\n" % (number, b"x" * 60000) for number in range(10))


def _compressed(_peer: Peer) -> Iterator[bytes]:
    """Some hundred octets that become 200 MB, as the issue that led to this has them."""
    yield _head(200, b"Content-Encoding: gzip, gzip, gzip\r\n", length=len(_BOMB)) + _BOMB


def _pages(peer: Peer) -> Iterator[bytes]:
    """An enumeration that never ends, each page in time."""
    found = _MESSAGE_ID.search(peer.request)
    body = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"><s:Header>'
        f"<a:RelatesTo>{found[1].decode() if found else ''}</a:RelatesTo></s:Header><s:Body>"
        f"<n:{'Pull' if peer.requests > 1 else 'Enumerate'}Response>"
        f"<n:EnumerationContext>{peer.requests}</n:EnumerationContext><n:Items/>"
        f"</n:{'Pull' if peer.requests > 1 else 'Enumerate'}Response></s:Body></s:Envelope>"
    ).encode()
    peer.over.wait(_PAUSE)
    yield _head(200, length=len(body)) + body


def _nested_bomb() -> bytes:
    packed = b" " * (200 * 2**20)
    for _time in range(3):
        packed = gzip.compress(packed)
    return packed


#: In a function it would take its second each time.
_BOMB = _nested_bomb()

#: What a server sends once it has read a request.
HTTP: dict[str, Sender] = {
    "slowbody": _slow_body,
    "slowheader": _slow_header,
    "slowcontinue": _slow_continue,
    "endlesscontinue": _endless_continue,
    "slowlogin": _slow_login,
    "silence": _silence,
    "large": _large(200),
    "largeerror": _large(500),
    "largelogin": _large(401),
    "largechunked": _large_in_chunks,
    "endlessheader": _endless_header,
    "compressed": _compressed,
    "pages": _pages,
}


def _slow_handshake(peer: Peer) -> Iterator[bytes]:
    """A handshake record (RFC 8446, 5.1) of 16 KB that never comes to its end."""
    yield b"\x16\x03\x03\x40\x00"
    yield from slowly(b"\x02", peer)


#: What a server sends at once, before any request.
TLS: dict[str, Sender] = {"silenthandshake": _silence, "slowhandshake": _slow_handshake}


class HostileServer:
    """One server, until its context ends."""

    def __init__(self, name: str) -> None:
        self._send = {**HTTP, **TLS}[name]
        self._speaks_first = name in TLS
        self._over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        #: Those that were accepted.
        self.connections = 0

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def __enter__(self) -> t.Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._listening.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(_END)
        peer = Peer(connection, self._over)
        with contextlib.suppress(OSError), connection:
            while self._speaks_first or peer.read_request():
                for part in self._send(peer):
                    connection.sendall(part)
                if self._speaks_first:
                    return
