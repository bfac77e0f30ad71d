# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request on one host, from payload to answer, with whatever the host is told to get wrong."""

from __future__ import annotations

import asyncio
import uuid
from typing import NamedTuple

from ..fleet.hosts import Host
from ..fleet.misbehavior import GOOD, Misbehavior, MisbehaviorRules
from ..fleet.state import State
from ..http.bodies import BODIES, SOAP_TYPE, Body, Ending
from ..registry.interface import LOCAL_MACHINE, SET_VALUE, Registry, RegistryType, RegistryValue
from ..registry.stdregprov import METHODS
from . import fault_xml, faults
from .envelope import Request, message_id, parse_envelope, read_request
from .faults import NAMED_FAULTS, Fault, FaultKind
from .message import envelope
from .service import Operation, Service, operation_of

_LSA = rf"{LOCAL_MACHINE}\SYSTEM\CurrentControlSet\Control\Lsa"


class Served(NamedTuple):
    """No body: the connection is to be closed without an answer."""

    body: Body | None
    operation: Operation
    misbehavior: Misbehavior = GOOD


class Endpoint:
    """One host of the fleet with everything it remembers."""

    def __init__(self, host: Host, registry: Registry, state: State) -> None:
        self.host = host
        self._registry = registry
        self._state = state
        self._service = Service(host, registry)
        self._misbehavior = MisbehaviorRules(host.misbehave)

    async def serve(self, payload: bytes) -> Served:
        relates_to = ""
        operation = Operation("", "")
        try:
            root = parse_envelope(payload)
            relates_to = message_id(root)
            request = read_request(root, self.host.answers.language)
            operation = operation_of(request)
            misbehavior = self._misbehavior.on(operation.name)
            return Served(await self._answer(request, operation, misbehavior), operation, misbehavior)
        except Fault as fault:
            return Served(self._fault(fault.kind, relates_to), operation)

    async def _answer(self, request: Request, operation: Operation, misbehavior: Misbehavior) -> Body | None:
        if misbehavior.delay:
            await asyncio.sleep(misbehavior.delay)
        if misbehavior.meddle is not None:
            with self._registry.open(_LSA, SET_VALUE) as key:
                key.set("UseMachineId", RegistryValue(RegistryType.REG_DWORD, misbehavior.meddle))
            self._state.save(self.host, self._registry)
        if misbehavior.close_connection:
            return None
        if misbehavior.refuse_login:
            return Body(401)
        if misbehavior.redirect:
            return Body(307, location=misbehavior.redirect)
        if misbehavior.body in BODIES:
            return BODIES[misbehavior.body]
        if misbehavior.fault:
            return self._fault(NAMED_FAULTS[misbehavior.fault], _relates_to(request, misbehavior))
        try:
            reply = await self._service.answer(request, misbehavior)
        except Fault as fault:
            return self._fault(fault.kind, _relates_to(request, misbehavior))
        finally:
            self._remember(operation)
        if misbehavior.body == "lost":
            return None
        return self._finish(envelope(reply, _relates_to(request, misbehavior), self.host.answers), request, misbehavior)

    def _finish(self, payload: bytes, request: Request, misbehavior: Misbehavior) -> Body:
        """MaxEnvelopeSize is the client's wish or the server's limit, whichever is less (MS-WSMV 3.1.4.1)."""
        limit = self.host.release.max_envelope_size
        if len(payload) > min(limit, request.max_envelope_size or limit):
            return self._fault(faults.RESPONSE_TOO_LARGE, request.message_id)
        if misbehavior.body == "truncated":
            payload = payload[: len(payload) // 2]
        ending: Ending = "cut" if misbehavior.body == "cut" else "whole"
        if misbehavior.body == "broken_tls":
            ending = "broken_tls"
        return Body(200, SOAP_TYPE, payload, ending=ending)

    def _remember(self, operation: Operation) -> None:
        method = METHODS.get(operation.name)
        if method and method.writes:
            self._state.save(self.host, self._registry)

    def _fault(self, kind: FaultKind, relates_to: str) -> Body:
        reply = fault_xml.reply(kind, self.host.answers, self.host.name)
        return Body(self.host.answers.fault_status, SOAP_TYPE, envelope(reply, relates_to, self.host.answers))


def _relates_to(request: Request, misbehavior: Misbehavior) -> str:
    others = {"wrong": f"uuid:{str(uuid.uuid4()).upper()}", "nil": f"uuid:{uuid.UUID(int=0)}", "missing": ""}
    return others.get(misbehavior.relates_to, request.message_id)
