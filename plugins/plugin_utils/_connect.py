# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""From an Ansible connection to a Windows host: which kind of connection is served in which way."""

from __future__ import annotations

import contextlib
import functools
import typing as t

from ._connection_errors import Explain, Secrets, explain_exception
from ._reg_exe_windows import RegExeWindows
from ._shell_connections import ConnectionShell
from ._windows import HostError, Windows
from ._wmi_windows import WmiWindows
from ._wsman_connections import HttpChannel, open_psrp, open_winrm
from ._xml import HAS_DEFUSEDXML

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

_WSMAN: t.Final[dict[str, t.Callable[[t.Any, Explain], HttpChannel]]] = {"winrm": open_winrm, "psrp": open_psrp}


@contextlib.contextmanager
def connect(connection: ConnectionBase) -> t.Iterator[Windows]:
    """Reach the Windows host that an Ansible connection describes, with all its options.

    The connection stays usable for the next item of a loop; where something went wrong it is closed.

    Raises:
        HostError: the kind of connection is not supported, a library is missing, or the host can't be reached.
    """
    explain = functools.partial(explain_exception, transport=connection.transport, secrets=Secrets.of(connection))
    try:
        with _way_to(connection, explain) as windows:
            yield windows
    except BaseException:
        connection.close()
        raise


def _way_to(connection: ConnectionBase, explain: Explain) -> contextlib.AbstractContextManager[Windows]:
    if connection.transport in _WSMAN:
        return _over_wsman(connection, explain)
    if getattr(connection._shell, "_IS_WINDOWS", False):
        return contextlib.nullcontext(RegExeWindows(ConnectionShell(connection, explain)))
    raise HostError(
        f"The connection {connection.transport!r} does not lead to the registry of a Windows host",
        "Set ansible_connection to winrm or psrp, or to ssh with ansible_shell_type cmd or powershell.",
    )


@contextlib.contextmanager
def _over_wsman(connection: ConnectionBase, explain: Explain) -> t.Iterator[Windows]:
    if not HAS_DEFUSEDXML:
        raise HostError(
            "The Python library defusedxml is missing on the controller", "Install it: pip install defusedxml."
        )
    try:
        channel = _WSMAN[connection.transport](connection, explain)
    except Exception as exc:
        raise explain(exc) from exc
    with contextlib.closing(channel):
        yield WmiWindows(channel)
