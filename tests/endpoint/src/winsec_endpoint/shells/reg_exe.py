# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that a host of the fleet runs as its reg.exe, such as the one of Wine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import NamedTuple

#: Seconds for one run, after which the program is killed.
_LIMIT = 120


class Completed(NamedTuple):
    exit_status: int
    stdout: bytes
    stderr: bytes = b""


class RegExe:
    """Runs `program`, a command line, with the arguments of reg.exe."""

    def __init__(self, program: Sequence[str]) -> None:
        self._program = program

    async def run(self, arguments: Sequence[str]) -> Completed:
        try:
            return await self._run(arguments)
        except OSError as error:
            return Completed(1, b"", f"{self._program[0]} does not start: {error}\r\n".encode())
        except TimeoutError:
            return Completed(1, b"", f"{self._program[0]} did not end within {_LIMIT} seconds\r\n".encode())

    async def _run(self, arguments: Sequence[str]) -> Completed:
        # Files and no pipes: the first program of a Wine prefix starts services that inherit a pipe and never close it.
        with TemporaryFile() as stdout, TemporaryFile() as stderr:
            process = await asyncio.create_subprocess_exec(
                *self._program, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=stdout, stderr=stderr
            )
            try:
                async with asyncio.timeout(_LIMIT):
                    status = await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            stdout.seek(0)
            stderr.seek(0)
            return Completed(status, stdout.read(), stderr.read())
