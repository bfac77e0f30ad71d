# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The process that the plugin ssh starts for a command, with an end: of what it writes, and of itself.

The plugin (``Connection._bare_run``, ansible-core 2.16 to 2.21) keeps all that ssh writes and waits for it without a
limit, and nobody else knows the process. So its own code runs here with another ``subprocess`` in it. Other plugins
have no such code: there only the wait for a command ends.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import types
import typing as t

from .._windows.host import HostError
from .visit import Visit

#: Seconds for ssh to end by itself once it has been told to.
_GRACE: t.Final = 2


class BoundedCommand:
    """The processes of one command, one after the other, and what they may write."""

    def __init__(self, visit: Visit, ended: t.Callable[[HostError], None]) -> None:
        """``ended`` gets the error where the command is ended for what it writes."""
        self._visit = visit
        self._ended = ended
        self._error: HostError | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __getattr__(self, name: str) -> t.Any:
        """Stand in for the module subprocess."""
        return getattr(subprocess, name)

    def Popen(self, *arguments: t.Any, **options: t.Any) -> subprocess.Popen[bytes]:  # noqa: N802  as the module has it
        if self._error:
            raise self._error
        process = subprocess.Popen(*arguments, **options)  # noqa: S603  what the plugin runs
        for name in ("stdout", "stderr"):
            if pipe := getattr(process, name):
                setattr(process, name, io.BufferedReader(_Output(pipe.detach(), self)))
        self._process = process
        if self._error:  # it was given up meanwhile
            self.end(self._error)
        return process

    def end(self, error: HostError) -> None:
        """End the process, and start no other one: the plugin may be about to repeat the command."""
        self._error = error
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def receive(self, octets: int) -> None:
        try:
            self._visit.receive(octets)
        except HostError as exc:
            self.end(exc)
            self._ended(exc)
            raise


class _Output(io.RawIOBase):
    """A pipe whose octets count."""

    def __init__(self, pipe: io.FileIO, command: BoundedCommand) -> None:
        self._pipe = pipe
        self._command = command

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int | None:
        octets = self._pipe.readinto(buffer)
        self._command.receive(octets or 0)
        return octets

    def fileno(self) -> int:
        return self._pipe.fileno()

    def close(self) -> None:
        if not self.closed:
            self._pipe.close()
        super().close()


@contextlib.contextmanager
def bounded(connection: t.Any, command: BoundedCommand) -> t.Iterator[None]:
    """Have the plugin ssh start its processes through ``command``."""
    run = getattr(type(connection), "_bare_run", None)
    if not isinstance(run, types.FunctionType):
        yield
        return
    connection._bare_run = types.MethodType(_with_other_subprocess(run, command), connection)
    try:
        yield
    finally:
        vars(connection).pop("_bare_run", None)  # the method of its class remains


def _with_other_subprocess(function: types.FunctionType, command: BoundedCommand) -> types.FunctionType:
    """A copy of a function, and of those that it wraps: decorators keep theirs in a cell."""
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    copies = [_with_other_subprocess(each, command) if isinstance(each, types.FunctionType) else each for each in cells]
    names = {**function.__globals__, "subprocess": command}
    closure = tuple(map(types.CellType, copies))
    copy = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__, closure)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy
