# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cmd shell of WinRS, in which the plugin winrm starts PowerShell for each command."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from . import powershell, wire
from .command import Command
from .output import Output
from .reg_exe import RegExe


class CmdShell:
    def __init__(self, reg_exe: RegExe) -> None:
        self._reg_exe = reg_exe

    def start(self, command: Command, line: Element) -> None:
        """Command and arguments are joined by blanks, as ansible-core says in its plugin winrm and expects."""
        words = wire.texts(line, "Command", "Arguments")
        command.run(self._run(" ".join(words), command.output))

    def feed(self, command: Command | None, data: bytes) -> None:
        """reg.exe reads nothing."""

    async def _run(self, line: str, output: Output) -> None:
        try:
            outcome = await powershell.run(powershell.read_command_line(line), self._reg_exe)
        except powershell.NotRun as error:
            output.write("stderr", f"{error}\r\n".encode())
            output.end(1)
            return
        for completed in outcome.completed:
            output.write("stdout", completed.stdout)
            output.write("stderr", completed.stderr)
        output.end(_exit_status(outcome))


def _exit_status(outcome: powershell.Outcome) -> int:
    """Without `exit` PowerShell ends with 0 or 1, by the success of the last command.

    learn.microsoft.com about_PowerShell_exe (-Command, and -EncodedCommand is the same); PowerShell issue 13501.
    """
    if outcome.exit_status is not None:
        return outcome.exit_status
    return 1 if outcome.completed and outcome.completed[-1].exit_status else 0
