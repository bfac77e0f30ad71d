# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A connection plugin whose shell is a Windows one, as something that runs reg.exe."""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import typing as t

from ...module_utils._texts import Mask, shown
from .._windows.host import Unreachable
from .._windows.reg_exe import CMD, POWERSHELL, Completed
from .channels import explained, reading_answers
from .psrp import open_runspace
from .secrets import option
from .sessions import by_master, path_of_master
from .ssh_process import BoundedCommand, bounded
from .visit import Deadline, Times, Visit
from .winrm import open_shell

#: What has to be open, and guarded, before a plugin runs a command: by itself it would not guard it.
_OPEN: t.Final[dict[str, t.Callable[[t.Any, Visit], None]]] = {"winrm": open_shell, "psrp": open_runspace}

#: How lines of the OpenSSH client begin, when it is told to say what it does.
_OPENSSH: t.Final = re.compile(r"debug[1-3]: |OpenSSH_|Warning: Permanently added ")

#: They run every command in PowerShell, whatever their shell type: that of winrm is cmd from ansible-core 2.21 on.
_POWERSHELL_CONNECTIONS: t.Final = ("winrm", "psrp")


def prepare_for_commands(connection: t.Any, visit: Visit) -> None:
    """Open what the plugin runs commands in. Raises HostError."""
    if connection.transport in _OPEN:
        with explained(visit.explain):
            _OPEN[connection.transport](connection, visit)


def _log_in_once(connection: t.Any) -> None:
    """The ssh plugin retries a refused password as often as it would retry a lost host.

    Only with sshpass, its default up to ansible-core 2.18, can it tell the two apart.
    """
    if option(connection, "password") and option(connection, "reconnection_retries"):
        connection.set_option("reconnection_retries", 0)


@contextlib.contextmanager
def _send_verbatim(connection: t.Any) -> t.Iterator[None]:
    """Have the ssh plugin send a command line as it is, whatever the release of ansible-core.

    Up to 2.17 it would send it as a script for PowerShell to any shell that it takes for a Windows one.
    """
    if connection.transport != "ssh":
        yield
        return
    connection._shell._IS_WINDOWS = False
    try:
        yield
    finally:
        vars(connection._shell).pop("_IS_WINDOWS", None)  # the attribute of its class remains


def _octets(output: bytes | str) -> bytes:
    """Some plugins outside ansible-core have decoded it."""
    return output.encode() if isinstance(output, str) else output


def _said(stdout: bytes, stderr: bytes) -> str:
    """The first line with anything in it, but for what OpenSSH itself writes with ``-v``, and for an answer."""
    answer = b"" if b"HKEY_" in stdout else stdout
    lines = (line.strip() for output in (stderr, answer) for line in output.decode("utf-8", "replace").split("\n"))
    return next((line for line in lines if line and not _OPENSSH.match(line)), "")


class ConnectionShell:
    """Runs commands through the connection's own ``exec_command``, which may run them in a shell of its choice."""

    def __init__(self, connection: t.Any, visit: Visit, mask: Mask = str) -> None:
        """``mask`` takes the secrets out of what the host says; there are none by default."""
        self._connection = connection
        self._mask = mask
        self._visit = visit
        self._times = Times.of(connection)
        _log_in_once(connection)
        # Only the plugin ssh of ansible-core has this option.
        self._master = path_of_master(connection) if option(connection, "control_path_dir") else None
        in_powershell = connection.transport in _POWERSHELL_CONNECTIONS or connection._shell.SHELL_FAMILY != "cmd"
        self.syntax = POWERSHELL if in_powershell else CMD

    def run(self, command: str) -> Completed:
        self._visit.deadline.check()
        outcome: queue.SimpleQueue[Completed | Exception] = queue.SimpleQueue()
        bounds = BoundedCommand(self._visit, outcome.put)
        threading.Thread(target=self._run, args=(command, bounds, outcome), daemon=True).start()
        seconds = min(self._times.command, self._visit.deadline.left)
        try:
            completed = outcome.get(timeout=seconds)
        except queue.Empty:
            error = self._took_too_long()
            self._visit.deadline = Deadline(0, self._times.raised_by)  # for what still runs in the thread
            bounds.end(error)
            raise error from None
        if isinstance(completed, Exception):
            with explained(self._visit.explain):
                raise completed
        return completed

    def _took_too_long(self) -> Unreachable:
        if not self._visit.deadline.left:
            return self._visit.deadline.error()
        return Unreachable(
            f"A command on the host did not finish within {self._times.command:g} seconds",
            f"Check the load of the host, run reg.exe query there by hand, or raise {self._times.raised_by}.",
        )

    def _reads_answers(self) -> contextlib.AbstractContextManager[None]:
        return reading_answers() if self._connection.transport in _POWERSHELL_CONNECTIONS else contextlib.nullcontext()

    def _run(self, command: str, bounds: BoundedCommand, outcome: queue.SimpleQueue[Completed | Exception]) -> None:
        try:
            with (
                self._reads_answers(),
                _send_verbatim(self._connection),
                self._own_master(),
                bounded(self._connection, bounds),
            ):
                status, stdout, stderr = self._connection.exec_command(command, in_data=None, sudoable=False)
            stdout, stderr = _octets(stdout), _octets(stderr)
            outcome.put(Completed(status, stdout, shown(self._mask(_said(stdout, stderr)))))
        except Exception as exc:  # handed over to the thread that waits
            outcome.put(exc)

    def _own_master(self) -> contextlib.AbstractContextManager[None]:
        return by_master(self._connection, self._master) if self._master else contextlib.nullcontext()
