# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""From an Ansible connection to a Windows host: which kind of connection is served in which way."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing as t

from ...module_utils._texts import Mask
from .._windows.failover import FailoverHost
from .._windows.host import HostError, Unreachable, WindowsHost
from .._windows.reconnecting import ReconnectingHost
from .._windows.reg_exe import RegExeHost
from .._windows.wmi import WmiHost
from .._wsman.xml import HAS_DEFUSEDXML
from .certificates import CertificateFiles
from .channels import HttpChannel, explained
from .errors import Login, explain_exception, may_be_about_a_file
from .psrp import open_psrp
from .sessions import end, leave, take_up
from .shells import ConnectionShell, prepare_for_commands
from .visit import Deadline, Visit
from .winrm import open_winrm

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

#: The ways to the registry that a user can ask for.
VIA_CHOICES: t.Final = ("auto", "wmi", "reg")

_WSMAN: t.Final[dict[str, t.Callable[[t.Any, Visit], HttpChannel]]] = {"winrm": open_winrm, "psrp": open_psrp}


@contextlib.contextmanager
def connect(
    connection: ConnectionBase, via: str, warn: t.Callable[[str], None], deadline: Deadline | None = None
) -> t.Iterator[WindowsHost]:
    """Reach the Windows host that an Ansible connection describes, with all its options.

    ``via`` is one of VIA_CHOICES; ``warn`` is called if WMI could not be used and another way was taken. The session
    is kept for a next item of the loop that names the same host and login; if something went wrong, it is closed. A
    lost answer to a change is followed by one more session, in which the value is read first.

    All that is done on the host, logins included, ends as *unreachable* when its time is over: that of the connection
    (Times), or an earlier ``deadline``. It may be called in any thread, with one connection for each.

    Raises:
        HostError: the kind of connection is not supported, a library is missing, or the host can't be reached.
    """
    login = Login.of(connection)
    visit = Visit.of(connection, functools.partial(explain_exception, login=login), deadline)
    end_of_visit = visit.deadline
    ways = [via]

    def note(warning: str) -> None:
        ways.append("reg")  # what was written by one way has to be read by the same
        warn(warning)

    def reach(visit: Visit) -> WindowsHost:
        take_up(connection)
        return opened.enter_context(_way_to(connection, ways[-1], visit, login.secrets.masked, note))

    def reach_again() -> WindowsHost:
        end(connection, lost=True)
        return reach(dataclasses.replace(visit, deadline=end_of_visit))

    opened = contextlib.ExitStack()
    try:
        with opened:
            yield ReconnectingHost(reach(visit), reach_again)
    except BaseException as exc:
        # Also where it was the fallback that lost it, or was refused a login: the host has answered before.
        end(connection, lost=any(isinstance(each, Unreachable) for each in (exc, exc.__cause__)))
        if isinstance(exc, HostError) and (error := _problem_of_a_file(connection, exc)):
            raise error from exc
        raise
    leave(connection)


def _problem_of_a_file(connection: ConnectionBase, exc: HostError) -> HostError | None:
    """The error to tell instead where a certificate file that the connection needs can't be used."""
    return CertificateFiles.of(connection).problem() if may_be_about_a_file(exc) else None


def _way_to(
    connection: ConnectionBase, via: str, visit: Visit, mask: Mask, warn: t.Callable[[str], None]
) -> contextlib.AbstractContextManager[WindowsHost]:
    # Read it from the class: on the instance it is hidden while a command runs, also after an earlier try.
    if connection.transport not in _WSMAN and not getattr(type(connection._shell), "_IS_WINDOWS", False):
        raise HostError(
            f"The connection {connection.transport!r} can't be used to reach the registry of a Windows host",
            "Set ansible_connection to winrm or psrp, or to ssh with ansible_shell_type cmd or powershell.",
        )
    if via == "reg" or (via == "auto" and connection.transport not in _WSMAN):
        return contextlib.nullcontext(_by_reg_exe(connection, visit, mask))
    if connection.transport not in _WSMAN:
        raise HostError(
            f"The connection {connection.transport!r} can't make WMI calls",
            "Set via to auto or reg, or ansible_connection to winrm or psrp.",
        )
    other = functools.partial(_by_reg_exe, connection, visit, mask) if via == "auto" else None
    return _by_wmi(connection, visit, mask, other, warn)


def _by_reg_exe(connection: ConnectionBase, visit: Visit, mask: Mask) -> WindowsHost:
    prepare_for_commands(connection, visit)
    return RegExeHost(ConnectionShell(connection, visit, mask), mask)


@contextlib.contextmanager
def _by_wmi(
    connection: ConnectionBase,
    visit: Visit,
    mask: Mask,
    other: t.Callable[[], WindowsHost] | None,
    warn: t.Callable[[str], None],
) -> t.Iterator[WindowsHost]:
    if not HAS_DEFUSEDXML:
        raise HostError(
            "The Python library defusedxml is missing on the controller", "Install it: pip install defusedxml."
        )
    with explained(visit.explain):
        channel = _WSMAN[connection.transport](connection, visit)
    with contextlib.closing(channel):
        host = WmiHost(channel, mask)
        yield FailoverHost(host, other, warn) if other else host
