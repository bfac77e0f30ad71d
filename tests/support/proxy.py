# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTP proxy on the loopback address that opens tunnels (RFC 9110, CONNECT) and remembers where to."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator


class Proxy(socketserver.ThreadingTCPServer):
    """Asks nobody for a login."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.targets: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Tunnel(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        _method, target, _version = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        t.cast("Proxy", self.server).targets.append(target)
        host, _colon, port = target.rpartition(":")
        with socket.create_connection((host, int(port))) as upstream:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(upstream, self.connection))
            back.start()
            _pass_on(self.connection, upstream)
            back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def running_proxy() -> Iterator[Proxy]:
    with Proxy() as proxy:
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
