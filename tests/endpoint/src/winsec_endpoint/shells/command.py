# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One command of a shell: what it says, and the task that runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Protocol
from xml.etree.ElementTree import Element

from .output import Output


class Command:
    def __init__(self, command_id: str) -> None:
        self.id = command_id
        self.output = Output()
        self._task: asyncio.Task[None] | None = None

    def run(self, work: Coroutine[None, None, None]) -> None:
        self._task = asyncio.create_task(work)
        self._task.add_done_callback(lambda _task: self.output.end(1))  # whatever it died of

    def stop(self) -> None:
        """Whoever waits for the output is told that it ended."""
        if self._task:
            self._task.cancel()
        self.output.end(1)


class Interpreter(Protocol):
    """A command in a shell."""

    def start(self, command: Command, line: Element) -> None:
        """Begin with a CommandLine."""

    def feed(self, command: Command | None, data: bytes) -> None:
        """Take what was sent to a command, or to the shell itself."""
