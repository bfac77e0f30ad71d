# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the endpoint in the background; the launching command waits until it is ready."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .atomic import write_text

_READY = b"ready"
Ready = Callable[[], None]


class AlreadyRunning(Exception):
    """The pid file names a living process."""


def detached(pid_file: Path, serve: Callable[[Ready], None]) -> str:
    """Empty when the daemon is ready, else why it is not. Only the launching process returns from here."""
    _refuse_second(pid_file)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _daemon(pid_file, serve, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        told = stream.read()
    os.waitpid(child, 0)  # the intermediate process, already gone
    if told == _READY:
        return ""
    return told.decode("utf-8", "replace") or "the endpoint ended before it was ready"


def _refuse_second(pid_file: Path) -> None:
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return
    except PermissionError:
        pass
    raise AlreadyRunning(f"{pid_file}: process {pid} is still running; end it, or remove the file")


def _daemon(pid_file: Path, serve: Callable[[Ready], None], writer: int) -> None:
    """Forks once more so that the daemon can never get a terminal; ends the process."""
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    _forget_terminal()
    mine = f"{os.getpid()}\n"

    def ready() -> None:
        os.write(writer, _READY)
        os.close(writer)

    status = 0
    try:
        write_text(pid_file, mine)
        serve(ready)
    except Exception as error:  # all that is left to do is to tell the launching command
        with suppress(OSError):  # it was ready before and no longer listens
            os.write(writer, str(error).encode())
        status = 1
    finally:
        if pid_file.exists() and pid_file.read_text(encoding="ascii") == mine:
            pid_file.unlink()
    os._exit(status)


def _forget_terminal() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.chdir("/")
