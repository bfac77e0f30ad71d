# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request on one host, from payload to answer, with whatever the host is told to get wrong."""

from __future__ import annotations

import asyncio
import uuid
from typing import NamedTuple

from . import fault_xml, faults
from .bodies import BODIES, SOAP_TYPE, Body
from .envelope import Request, message_id, parse_envelope, read_request
from .faults import NAMED_FAULTS, Fault, FaultKind
from .fleet import Host
from .message import envelope
from .misbehaviour import Conduct, Misbehaviour
from .registry import Registry
from .service import Operation, Service, operation_of
from .state import State
from .stdregprov import METHODS


class Served(NamedTuple):
    """No body: the connection is to be closed without an answer."""

    body: Body | None
    operation: Operation


class Endpoint:
    """One host of the fleet with everything it remembers."""

    def __init__(self, host: Host, registry: Registry, state: State) -> None:
        self.host = host
        self._registry = registry
        self._state = state
        self._service = Service(host, registry)
        self._conduct = Conduct(host.misbehave)

    async def serve(self, payload: bytes) -> Served:
        relates_to = ""
        operation = Operation("", "")
        try:
            root = parse_envelope(payload)
            relates_to = message_id(root)
            request = read_request(root, self.host.answers.language)
            operation = operation_of(request)
            conduct = self._conduct.on(operation.name)
            return Served(await self._answer(request, operation, conduct), operation)
        except Fault as fault:
            return Served(self._fault(fault.kind, relates_to), operation)

    async def _answer(self, request: Request, operation: Operation, conduct: Misbehaviour) -> Body | None:
        if conduct.delay:
            await asyncio.sleep(conduct.delay)
        if conduct.close_connection:
            return None
        if conduct.body in BODIES:
            return BODIES[conduct.body]
        if conduct.fault:
            return self._fault(NAMED_FAULTS[conduct.fault], _relates_to(request, conduct))
        try:
            reply = await self._service.answer(request, conduct)
        except Fault as fault:
            return self._fault(fault.kind, _relates_to(request, conduct))
        finally:
            self._remember(operation)
        return self._finish(envelope(reply, _relates_to(request, conduct), self.host.answers), request, conduct)

    def _finish(self, payload: bytes, request: Request, conduct: Misbehaviour) -> Body:
        """MaxEnvelopeSize is the client's wish or the server's limit, whichever is less (MS-WSMV 3.1.4.1)."""
        limit = self.host.release.max_envelope_size
        if len(payload) > min(limit, request.max_envelope_size or limit):
            return self._fault(faults.RESPONSE_TOO_LARGE, request.message_id)
        return Body(200, SOAP_TYPE, payload[: len(payload) // 2] if conduct.body == "truncated" else payload)

    def _remember(self, operation: Operation) -> None:
        method = METHODS.get(operation.name)
        if method and method.writes:
            self._state.save(self.host, self._registry)

    def _fault(self, kind: FaultKind, relates_to: str) -> Body:
        """WinRM answers every fault with 500, also those of the sender (recorded by pypsrp and WinRb)."""
        reply = fault_xml.reply(kind, self.host.answers, self.host.name)
        return Body(500, SOAP_TYPE, envelope(reply, relates_to, self.host.answers))


def _relates_to(request: Request, conduct: Misbehaviour) -> str:
    if conduct.relates_to == "right":
        return request.message_id
    return f"uuid:{str(uuid.uuid4()).upper()}" if conduct.relates_to == "wrong" else ""
