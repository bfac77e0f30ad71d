# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shells of one host: Create, Command, Send, Receive, Signal, Delete (MS-WSMV 3.1.4, 4.3).

A host without `reg_exe` has none. With `shell: opened` its cmd shells open and close, since Ansible's winrm
connection opens one before anything else, and a client that goes that way could not reach the registry otherwise.
"""

from __future__ import annotations

import uuid
from typing import NamedTuple

from ..fleet.hosts import Host
from ..fleet.misbehavior import Misbehavior
from ..wsman import xmlns
from ..wsman.envelope import Request
from ..wsman.faults import ACTION_NOT_SUPPORTED, COMMAND_NOT_FOUND, NO_SHELL, SHELL_NOT_FOUND, Fault
from ..wsman.message import Reply
from . import wire
from .cmd import CmdShell
from .command import Command, Interpreter
from .output import Output
from .reg_exe import RegExe


class Shell(NamedTuple):
    """No interpreter: nothing can be started."""

    interpreter: Interpreter | None
    output: Output
    commands: dict[str, Command]

    def command(self, command_id: str) -> Command:
        try:
            return self.commands[command_id.upper()]
        except KeyError:
            raise Fault(COMMAND_NOT_FOUND) from None


class Shells:
    def __init__(self, host: Host) -> None:
        self._host = host
        self._reg_exe = RegExe(host.reg_exe) if host.reg_exe else None
        self._open: dict[str, Shell] = {}

    async def answer(self, request: Request, misbehavior: Misbehavior) -> Reply:
        if request.action == xmlns.CREATE:
            shell_id = self._create(request)
            return wire.created(request.resource_uri, None if misbehavior.shell_id == "missing" else shell_id)
        shell = self._find(request)
        match request.action:
            case xmlns.DELETE:
                return self._delete(request)
            case xmlns.COMMAND:
                return _start(shell, request)
            case xmlns.SEND:
                return _send(shell, request)
            case xmlns.RECEIVE:
                return await _receive(shell, request)
            case xmlns.SIGNAL:
                return _signal(shell, request)
        raise Fault(ACTION_NOT_SUPPORTED)

    def _find(self, request: Request) -> Shell:
        try:
            return self._open[_shell_id(request)]
        except KeyError:
            raise Fault(SHELL_NOT_FOUND if self._reg_exe else NO_SHELL) from None

    def _create(self, request: Request) -> str:
        """The client of MS-PSRP names its shell (recorded by pypsrp)."""
        given = request.body.get("ShellId", "") if request.body is not None else ""
        shell_id = (given or str(uuid.uuid4())).upper()
        output = Output()
        self._open[shell_id] = Shell(self._interpreter(request, shell_id, output), output, {})
        return shell_id

    def _interpreter(self, request: Request, shell_id: str, output: Output) -> Interpreter | None:
        is_cmd = request.resource_uri.lower() == f"{xmlns.SHELL}/cmd"
        if self._reg_exe is None:
            if not is_cmd or self._host.answers.shell != "opened":
                raise Fault(NO_SHELL)
            return None
        if is_cmd:
            return CmdShell(self._reg_exe)
        from .runspace_pool import RunspacePool  # only who reaches hosts by psrp needs pypsrp

        pool = RunspacePool(self._reg_exe, shell_id, self._host.release, output)
        pool.feed(None, wire.creation(request.body))
        return pool

    def _delete(self, request: Request) -> Reply:
        for command in self._open.pop(_shell_id(request)).commands.values():
            command.stop()
        return wire.deleted()


def _shell_id(request: Request) -> str:
    return request.selectors.get("shellid", "").upper()


def _start(shell: Shell, request: Request) -> Reply:
    if shell.interpreter is None:
        raise Fault(NO_SHELL)
    line = wire.read(request.body, "CommandLine")
    command = Command(line.get("CommandId", str(uuid.uuid4())).upper())
    shell.interpreter.start(command, line)
    shell.commands[command.id] = command
    return wire.started(command.id)


def _send(shell: Shell, request: Request) -> Reply:
    stream = wire.read(request.body, "Send", "Stream")
    command_id = stream.get("CommandId")
    command = shell.command(command_id) if command_id else None
    if shell.interpreter:
        shell.interpreter.feed(command, wire.decoded(stream.text))
    return wire.done(xmlns.SEND)


async def _receive(shell: Shell, request: Request) -> Reply:
    command_id = wire.read(request.body, "Receive", "DesiredStream").get("CommandId", "")
    output = shell.command(command_id).output if command_id else shell.output
    return wire.received(command_id, await output.receive(request.operation_timeout))


def _signal(shell: Shell, request: Request) -> Reply:
    """Whatever the signal: the command ends and is forgotten."""
    command = shell.command(wire.read(request.body, "Signal").get("CommandId", ""))
    command.stop()
    del shell.commands[command.id]
    return wire.done(xmlns.SIGNAL)
