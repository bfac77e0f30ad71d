# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The limits of what a host may take of the controller: seconds and octets.

A host may be anybody's, and the libraries limit neither. Their time-outs hold for each read, so that an octet a second
holds a task for ever; and they read what comes, however much. So each visit to a host has a deadline, and all that is
received on it counts. No signal is used: visits may run in any thread.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
import typing as t

from .._windows.host import NotUnderstood, OutOfTime
from .secrets import extras, option

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

    from .errors import Explain

#: Octets of one answer. WinRM sends no envelope larger than the 150 KB that each request asks for, and none above the
#: 500 KB of its own MaxEnvelopeSize (MS-WSMV note 8); what this collection asks for has KB.
MAX_ANSWER: t.Final = 512 * 1024

#: Octets of all answers of a visit, and of all that its commands write: enough for the two queries that can be large
#: (``_wsman.session``), and all the rest has KB.
MAX_VISIT: t.Final = 4 * 1024 * 1024

#: Seconds of the read time-out, as pywinrm and the plugin psrp have it.
_READ: t.Final = 30

#: Seconds that a command may take beyond the time to connect of the plugin ssh: reg.exe needs a fraction of one.
_COMMAND: t.Final = 50
_CONNECT: t.Final = 10

#: Commands of the longest allowed duration that a host may take until it is given up. Real ones take a second each.
_COMMANDS: t.Final = 5


class Deadline:
    """The time at which work on a host has to end, on the monotonic clock."""

    def __init__(self, seconds: float, raised_by: str) -> None:
        """Start it now. ``raised_by`` names, for the user, the option that gives more time."""
        self._end = time.monotonic() + seconds
        self._seconds = seconds
        self._raised_by = raised_by

    @property
    def left(self) -> float:
        """Seconds; 0 when it is over."""
        return max(0.0, self._end - time.monotonic())

    def error(self) -> OutOfTime:
        """The error to raise once it is over."""
        return OutOfTime(
            f"The host did not finish in time: {self._seconds:g} seconds are over",
            f"Check its load and anything in between, or raise {self._raised_by}.",
        )

    def check(self) -> None:
        """Raise OutOfTime once it is over."""
        if not self.left:
            raise self.error()


class Times(t.NamedTuple):
    """How many seconds a host may take, derived from the time-out that its connection has."""

    #: For one command.
    command: float
    #: For all that is done on the host.
    host: float
    #: The variable of the inventory that raises both.
    raised_by: str

    @classmethod
    def of(cls, connection: ConnectionBase) -> Times:
        """Of winrm and psrp from the read time-out, of which a command is two answers; of ssh from that to connect."""
        command, raised_by = _command_seconds(connection)
        return cls(command, _COMMANDS * command, raised_by)


def _command_seconds(connection: ConnectionBase) -> tuple[float, str]:
    if connection.transport == "psrp":
        return 2 * _number(option(connection, "read_timeout"), _READ), "ansible_psrp_read_timeout"
    if connection.transport != "winrm":
        return _COMMAND + _number(option(connection, "timeout"), _CONNECT), "ansible_ssh_timeout"
    if both := _number(option(connection, "connection_timeout"), 0):
        return 2 * (both + 10), "ansible_winrm_connection_timeout"  # as the plugin derives the read time-out from it
    name = "ansible_winrm_read_timeout_sec"
    return 2 * _number(extras(connection).get(name), _READ), name


def _number(given: t.Any, default: float) -> float:
    """Leave it to the library to complain about what is not a number."""
    with contextlib.suppress(TypeError, ValueError):
        return float(given)
    return default


@dataclasses.dataclass
class Visit:
    """One stay at a host: how what goes wrong is explained, until when it may last, and what it may still receive."""

    explain: Explain
    deadline: Deadline
    octets: int = MAX_VISIT

    @classmethod
    def of(cls, connection: ConnectionBase, explain: Explain, deadline: Deadline | None = None) -> Visit:
        """Begin one that lasts as long as the connection allows, or until an earlier ``deadline``."""
        times = Times.of(connection)
        own = Deadline(times.host, times.raised_by)
        return cls(explain, deadline if deadline and deadline.left < own.left else own)

    def pause(self, seconds: float) -> bool:
        """Wait, if that leaves time for more."""
        if seconds >= self.deadline.left:
            return False
        time.sleep(seconds)
        return True

    def receive(self, octets: int) -> None:
        """Count what has come. Raises NotUnderstood where it is too much in all."""
        self.octets -= octets
        if self.octets < 0:
            raise too_much(MAX_VISIT)


def too_much(octets: int) -> NotUnderstood:
    return NotUnderstood(
        f"The host sent more than {octets} bytes, which is more than Windows answers here",
        "Check host, port and proxy: something other than WinRM or reg.exe seems to answer at this address.",
    )
