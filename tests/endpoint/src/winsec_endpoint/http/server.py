# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP: one listening socket on 127.0.0.1 for each host, all in one event loop."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from weakref import WeakKeyDictionary

from aiohttp import web

from ..fleet.journal import Entry, Journal
from ..wsman.exchange import Endpoint
from ..wsman.service import Operation
from .authentication import BadMessage, Login, Verdict
from .bodies import Body
from .encryption import opened, sealed
from .listener import Listener
from .tls import ADDRESS

_PATH = "/wsman"

# A record of TLS (RFC 8446, 5.2) that nobody can decrypt.
_FORGED_RECORD = b"\x17\x03\x03\x00\x20" + bytes(32)


class Activity:
    """When anybody last asked anything."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def touch(self) -> None:
        self._last = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        return time.monotonic() - self._last


class Answer(NamedTuple):
    """No body: the connection is to be closed without an answer."""

    body: Body | None
    operation: Operation = Operation("", "")
    encrypted: bool = False
    restart: float = 0


class HostServer:
    """The listener of one host."""

    def __init__(self, endpoint: Endpoint, listener: Listener, journal: Journal, activity: Activity) -> None:
        self.endpoint = endpoint
        self.listener = listener
        self._journal = journal
        self._activity = activity
        self._logins: WeakKeyDictionary[asyncio.BaseTransport, Login] = WeakKeyDictionary()
        self._http = web.Server(self._handle, access_log=None, keepalive_timeout=listener.host.keep_alive)
        self._listener: asyncio.Server | None = None
        self._restart: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> None:
        loop = asyncio.get_running_loop()
        tls = self.listener.tls.context if self.listener.tls else None
        self._listener = await loop.create_server(self._http, ADDRESS, port, ssl=tls, backlog=256)

    @property
    def port(self) -> int:
        assert self._listener is not None
        return int(self._listener.sockets[0].getsockname()[1])

    def restart(self, seconds: float) -> None:
        """Stop listening at once, and begin again later, at the same port unless another program has taken it."""
        assert self._listener is not None
        port = self.port
        self._listener.close()
        self._restart = asyncio.create_task(self._start_after(seconds, port))

    async def _start_after(self, seconds: float, port: int) -> None:
        await self._http.shutdown(timeout=0.1)
        await asyncio.sleep(seconds)
        await self.start(port)

    async def stop(self) -> None:
        if self._restart:
            self._restart.cancel()
        if self._listener:
            self._listener.close()
        await self._http.shutdown(timeout=0.1)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._activity.touch()
        verdict = self._login(request).check(request.headers)
        payload = await self._payload(request)
        answer = await self._answer(request, payload, verdict)
        if answer.body and answer.body.status == 401 and verdict.accepted:
            verdict = self._revoked(request, verdict)
        self._journal.add(self._entry(request, payload, answer, verdict))
        if answer.body is None:
            if request.transport:
                request.transport.abort()
            return web.Response(status=400)  # never sent: the connection is gone
        response = _response(answer.body, verdict)
        if answer.restart:
            self.restart(answer.restart)
            return await _last(response, answer.body.payload, request)
        if answer.body.ending == "whole":
            return response
        forged = _FORGED_RECORD if answer.body.ending == "broken_tls" else b""
        return await _last(response, answer.body.payload[: len(answer.body.payload) // 2], request, forged)

    async def _payload(self, request: web.BaseRequest) -> bytes:
        payload = b""
        while len(payload) <= self._limit and (chunk := await request.content.read(self._limit + 1)):
            payload += chunk
        return payload

    async def _answer(self, request: web.BaseRequest, payload: bytes, verdict: Verdict) -> Answer:
        """Paths and 413: MS-WSMV 2.1 and 3.1.4.1.20. Assumed: 404 and 405 for everything that is not WS-Man."""
        refusal = Body(413) if len(payload) > self._limit else _refusal(request, verdict)
        if refusal:
            return Answer(refusal)
        try:
            message, protocol = opened(request.headers.get("Content-Type", ""), payload, verdict.session)
        except BadMessage:
            return Answer(Body(400))  # as ansible-core met it (winrm.py, where a command is cleaned up)
        if verdict.session and not message:  # sent only to log in, because a message can't be encrypted before that
            return Answer(Body(200))
        if not (protocol or _is_soap(request)):
            return Answer(Body(415))  # SOAP 1.2 part 2, 7.5.2.2; OMI refuses text/plain with 400
        if not protocol and not self.listener.host.allows_unencrypted:
            return Answer(Body(500))  # as the public client nx_system_tests met it
        body, operation, misbehavior = await self.endpoint.serve(message)
        if body and protocol and verdict.session:
            body = sealed(body, protocol, verdict.session, misbehavior.encryption)
        return Answer(body, operation, bool(protocol), misbehavior.restart)

    @property
    def _limit(self) -> int:
        return self.listener.host.release.max_envelope_size

    def _login(self, request: web.BaseRequest) -> Login:
        transport = request.transport
        login = self._logins.get(transport) if transport else None
        if login is None:
            login = self.listener.login(transport)
            if transport:  # otherwise the peer hung up
                self._logins[transport] = login
        return login

    def _revoked(self, request: web.BaseRequest, verdict: Verdict) -> Verdict:
        """Of a login that was in order until the request: nothing is left of it."""
        login = self._login(request)
        if request.transport:
            del self._logins[request.transport]
        return Verdict(False, verdict.mechanism, "refused" if verdict.login else "", login.offers)

    def _entry(self, request: web.BaseRequest, payload: bytes, answer: Answer, verdict: Verdict) -> Entry:
        headers: Sequence[tuple[bytes, bytes]] = request.raw_headers
        request_line = len(f"{request.method} {request.raw_path} HTTP/1.1\r\n")
        body = answer.body or Body(0)
        return Entry(
            time=datetime.now(UTC).isoformat(timespec="milliseconds"),
            host=self.listener.host.name,
            method=request.method,
            path=request.path,
            scheme=self.listener.host.scheme,
            authenticated=verdict.accepted,
            mechanism=verdict.mechanism,
            login=verdict.login,
            encrypted=answer.encrypted,
            action=answer.operation.name,
            resource=answer.operation.resource,
            request_header_bytes=request_line + sum(len(name) + len(value) + 4 for name, value in headers) + 2,
            request_bytes=len(payload),
            status=body.status,
            response_bytes=len(body.payload),
        )


def _refusal(request: web.BaseRequest, verdict: Verdict) -> Body | None:
    if request.path.rstrip("/").lower() != _PATH:
        return Body(404)
    if request.method != "POST":
        return Body(405)
    return None if verdict.accepted else Body(401)


def _is_soap(request: web.BaseRequest) -> bool:
    """Without the header it is up to the receiver: RFC 9110 8.3. OMI takes text/xml as well."""
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return media_type in ("", "application/soap+xml", "text/xml")


async def _last(whole: web.Response, sent: bytes, request: web.BaseRequest, below: bytes = b"") -> web.StreamResponse:
    """Announce all of an answer, send this of it, and ``below`` in the clear below TLS, and hang up."""
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = whole.content_length
    await response.prepare(request)
    await response.write(sent)
    if request.transport:
        if below:
            os.write(request.transport.get_extra_info("socket").fileno(), below)
            request.transport.abort()  # the client's alert would be left to other connections (OpenSSL's error queue)
        request.transport.close()
    return response


def _response(body: Body, verdict: Verdict) -> web.Response:
    response = web.Response(status=body.status, body=body.payload)
    response.headers["Server"] = "Microsoft-HTTPAPI/2.0"
    if body.retry_after:
        response.headers["Retry-After"] = body.retry_after
    if body.location:
        response.headers["Location"] = body.location
    if body.content_type:
        response.headers["Content-Type"] = body.content_type
    if body.status == 401 or verdict.accepted:  # the last token of a login goes with the answer
        for reply in verdict.replies:
            response.headers.add("WWW-Authenticate", reply)
    return response
