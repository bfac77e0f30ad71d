# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A runspace pool of MS-PSRP, in which the plugin psrp runs each command."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from pypsrp.complex_objects import PSInvocationState, RunspacePoolState
from pypsrp.messages import MessageType

from ..fleet.releases import Release
from . import powershell, psrp, wire
from .command import Command
from .output import Output
from .reg_exe import Completed, RegExe


class RunspacePool:
    def __init__(self, reg_exe: RegExe, pool_id: str, release: Release, output: Output) -> None:
        self._reg_exe = reg_exe
        self._version = _protocol_version(release)
        self._output = output
        self._reader = psrp.Reader()
        self._writer = psrp.Writer(pool_id)

    def start(self, command: Command, line: Element) -> None:
        """The first fragment of CREATE_PIPELINE comes as an argument of an empty command, the others by Send."""
        self.feed(command, wire.decoded("".join(wire.texts(line, "Arguments"))))

    def feed(self, command: Command | None, data: bytes) -> None:
        for message in self._reader.read(data):
            if message.message_type == MessageType.INIT_RUNSPACEPOOL:
                self._open()
            elif message.message_type == MessageType.CREATE_PIPELINE and command:
                command.run(self._run(psrp.script(message.data), command))

    def _open(self) -> None:
        for message in (*psrp.greeting(self._version), psrp.pool_state(RunspacePoolState.OPENED)):
            for fragment in self._writer.write(message):
                self._output.write("stdout", fragment)

    async def _run(self, script: str, command: Command) -> None:
        try:
            outcome = await powershell.run(powershell.read_script(script), self._reg_exe)
        except powershell.NotRun as error:
            record = psrp.error_record(str(error), "CommandNotFoundException", error.term)
            self._end(command, psrp.pipeline_state(PSInvocationState.FAILED, record))
            return
        for completed in outcome.completed:
            self._show(command, completed)
        if outcome.exit_status is not None:
            self._say(command, psrp.set_should_exit(outcome.exit_status))
        self._end(command, psrp.pipeline_state(PSInvocationState.COMPLETED))

    def _show(self, command: Command, completed: Completed) -> None:
        """PowerShell makes a string of each line that a program writes, and error records of what is on stderr."""
        for line in completed.stdout.splitlines():
            self._say(command, psrp.OutputText(line.decode("utf-8", "replace")))
        for line in completed.stderr.splitlines():
            self._say(command, psrp.error_record(line.decode("utf-8", "replace"), "NativeCommandError", "reg.exe"))

    def _end(self, command: Command, state: Any) -> None:
        self._say(command, state)
        command.output.end()

    def _say(self, command: Command, message: Any) -> None:
        for fragment in self._writer.write(message, command.id):
            command.output.write("stdout", fragment)


def _protocol_version(release: Release) -> str:
    """Of the PowerShell that the release came with: 2, then 3 or 4, and 5 from Windows 10 on.

    Which goes with which: pypsrp, complex_objects.py.
    """
    if release.numbers >= (10, 0):
        return "2.3"
    return "2.2" if release.numbers >= (6, 2) else "2.1"
