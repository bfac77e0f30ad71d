# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command on a terminal of its own, as a user has one: what it shows, when, and keys that are pressed meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import typing as t

from .runs import heed_interrupts

if t.TYPE_CHECKING:
    from pathlib import Path

#: In a process of its own: a fork of this one would have half of its threads.
_SPAWN: t.Final = "import os, pty, sys; os._exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])) & 255)"

#: The key of a terminal that sends SIGINT to all processes in front.
CTRL_C: t.Final = "\x03"


class Terminal:
    """Runs a command, and keeps what comes with the seconds since it was started."""

    def __init__(self, command: t.Sequence[str], folder: Path, environment: t.Mapping[str, str]) -> None:
        heed_interrupts()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SPAWN, *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._begun = time.monotonic()
        self._parts: list[tuple[float, bytes]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        stream = t.cast("t.Any", self._process.stdout)
        while part := stream.read1():
            self._parts.append((time.monotonic() - self._begun, part))

    @property
    def shown(self) -> str:
        """All that was shown until now, with carriage returns and line feeds."""
        return b"".join(part for _when, part in self._parts).decode()

    def times_of(self, text: str) -> list[float]:
        """The seconds at which something came that has a text in it."""
        return [when for when, part in self._parts if text.encode() in part]

    def press(self, keys: str) -> None:
        stdin = t.cast("t.IO[bytes]", self._process.stdin)
        stdin.write(keys.encode())
        stdin.flush()

    def wait_for(self, seen: t.Callable[[str], bool], seconds: float) -> None:
        """Wait until what is shown is as wanted."""
        deadline = time.monotonic() + seconds
        while not seen(self.shown):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"it was not shown: {self.shown[-2000:]}")
            time.sleep(0.1)

    def end(self, seconds: float) -> int:
        """Wait for the end, and return the exit status."""
        try:
            status = self._process.wait(seconds)
        finally:
            self._process.kill()
            t.cast("t.IO[bytes]", self._process.stdin).close()
        self._reader.join()
        return status
