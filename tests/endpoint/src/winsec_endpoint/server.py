# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP: one listening socket on 127.0.0.1 for each host, all in one event loop."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from aiohttp import web

from .authentication import Authentication, BasicAuthentication, Verdict
from .bodies import Body
from .exchange import Endpoint, Served
from .journal import Entry, Journal
from .service import Operation

ADDRESS = "127.0.0.1"
_PATH = "/wsman"
_NOTHING = Operation("", "")


class Activity:
    """When anybody last asked anything."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def touch(self) -> None:
        self._last = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        return time.monotonic() - self._last


class HostServer:
    """The listener of one host."""

    def __init__(self, endpoint: Endpoint, journal: Journal, activity: Activity) -> None:
        self.endpoint = endpoint
        self._journal = journal
        self._activity = activity
        self._authentications: WeakKeyDictionary[asyncio.BaseTransport, Authentication] = WeakKeyDictionary()
        self._http = web.Server(self._handle, access_log=None)
        self._listener: asyncio.Server | None = None

    async def start(self, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        secure = tls if self.endpoint.host.scheme == "https" else None
        self._listener = await loop.create_server(self._http, ADDRESS, 0, ssl=secure, backlog=256)

    @property
    def port(self) -> int:
        assert self._listener is not None
        return int(self._listener.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._listener:
            self._listener.close()
        await self._http.shutdown(timeout=0.1)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._activity.touch()
        verdict = self._authentication(request).check(request.headers)
        size, served = await self._serve(request, verdict)
        body = served.body
        self._journal.add(self._entry(request, size, served, verdict))
        if body is None:
            if request.transport:
                request.transport.abort()
            body = Body(400)  # never sent: the connection is gone
        return _response(body, verdict)

    async def _serve(self, request: web.BaseRequest, verdict: Verdict) -> tuple[int, Served]:
        """Paths and 413: MS-WSMV 2.1 and 3.1.4.1.20. Assumed: 404 and 405 for everything that is not WS-Man."""
        limit = self.endpoint.host.release.max_envelope_size
        payload = b""
        while len(payload) <= limit and (chunk := await request.content.read(limit + 1)):
            payload += chunk
        if len(payload) > limit:
            return len(payload), Served(Body(413), _NOTHING)
        refusal = _refusal(request, verdict)
        return len(payload), Served(refusal, _NOTHING) if refusal else await self.endpoint.serve(payload)

    def _authentication(self, request: web.BaseRequest) -> Authentication:
        transport = request.transport
        host = self.endpoint.host
        if transport is None:  # the peer hung up
            return BasicAuthentication(host.username, host.password)
        return self._authentications.setdefault(transport, BasicAuthentication(host.username, host.password))

    def _entry(self, request: web.BaseRequest, size: int, served: Served, verdict: Verdict) -> Entry:
        headers: Sequence[tuple[bytes, bytes]] = request.raw_headers
        request_line = len(f"{request.method} {request.raw_path} HTTP/1.1\r\n")
        body = served.body or Body(0)
        return Entry(
            time=datetime.now(UTC).isoformat(timespec="milliseconds"),
            host=self.endpoint.host.name,
            method=request.method,
            path=request.path,
            scheme=self.endpoint.host.scheme,
            authenticated=verdict.accepted,
            action=served.operation.name,
            resource=served.operation.resource,
            request_header_bytes=request_line + sum(len(name) + len(value) + 4 for name, value in headers) + 2,
            request_bytes=size,
            status=body.status,
            response_bytes=len(body.payload),
        )


def _refusal(request: web.BaseRequest, verdict: Verdict) -> Body | None:
    if request.path.rstrip("/").lower() != _PATH:
        return Body(404)
    if request.method != "POST":
        return Body(405)
    return None if verdict.accepted else Body(401)


def _response(body: Body, verdict: Verdict) -> web.Response:
    response = web.Response(status=body.status, body=body.payload)
    response.headers["Server"] = "Microsoft-HTTPAPI/2.0"
    if body.content_type:
        response.headers["Content-Type"] = body.content_type
    if body.status == 401:
        for challenge in verdict.challenges:
            response.headers.add("WWW-Authenticate", challenge)
    return response
