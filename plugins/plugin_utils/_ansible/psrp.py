# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The psrp connection plugin as a channel for WS-Management, and its runspaces, with a guard around all that is sent.

The plugin opens a runspace, that is a PowerShell process, on the host when it connects, and a WS-Management call needs
none. So the same objects are made here from the same arguments, after looking whether these are as they were in
ansible-core 2.16 to 2.21. Where they are not, the public, slower way is taken.
"""

from __future__ import annotations

import importlib
import typing as t

from .._wsman.requests import RequestOptions
from .channels import HttpChannel, logged_in, open_patiently
from .guard import Guard, guard_of
from .secrets import option
from .visit import Visit


def open_psrp(connection: t.Any, visit: Visit) -> HttpChannel:
    wsman, close = _wsman(connection, visit)
    from pypsrp.exceptions import WinRMTransportError  # is there, since the plugin could connect

    transport = wsman.transport
    channel = HttpChannel(
        options=RequestOptions(transport.endpoint, int(wsman.operation_timeout), int(wsman.max_envelope_size)),
        post=_guarded(transport, visit).post,
        http_error=WinRMTransportError,
        visit=visit,
        close=close,
    )
    return logged_in(channel, getattr(transport, "auth", ""), encrypts=getattr(transport, "wrap_required", False))


def _wsman(connection: t.Any, visit: Visit) -> tuple[t.Any, t.Callable[[], None]]:
    """The pypsrp WSMan of a connection, without a runspace where that can be had, and how to close it.

    ``Connection._connect`` builds it from ``_psrp_conn_kwargs``, which ``_build_kwargs`` derives from the options. The
    state of the connection is not touched.
    """
    wsman = None if connection.runspace else _new_wsman(connection, visit)
    if wsman:
        return wsman, wsman.transport.close
    connection._connect()
    return connection.runspace.connection, lambda: None


def _new_wsman(connection: t.Any, visit: Visit) -> t.Any:
    """A guarded WSMan; None where the plugin is not built as expected."""
    wsman_module = importlib.import_module("pypsrp.wsman")  # the plugin would not look for it before it uses it
    if not hasattr(connection, "_build_kwargs"):
        return None
    connection._build_kwargs()
    arguments = getattr(connection, "_psrp_conn_kwargs", None)
    if not isinstance(arguments, dict):
        return None
    wsman = wsman_module.WSMan(**arguments)
    _guarded(wsman.transport, visit)
    return wsman


def open_runspace(connection: t.Any, visit: Visit) -> None:
    """Open the runspace of a connection as ``Connection._connect`` does, but on a guarded WSMan."""
    if connection.runspace:
        _guarded(connection.runspace.connection.transport, visit)
        return
    wsman = _new_wsman(connection, visit)
    if wsman is None:
        connection._connect()
        _guarded(connection.runspace.connection.transport, visit)
        return
    host, powershell = (importlib.import_module(f"pypsrp.{name}") for name in ("host", "powershell"))
    connection.host = host.PSHost(None, None, False, "Ansible PSRP Host", None, host.PSHostUserInterface(), None)
    arguments = getattr(connection, "_psrp_runspace_kwargs", None)  # from 2.21 on
    if arguments is None:
        arguments = {"configuration_name": option(connection, "configuration_name")}
    runspace = powershell.RunspacePool(wsman, host=connection.host, **arguments)
    open_patiently(runspace.open, _guarded(wsman.transport, visit), visit)
    connection.runspace, connection._last_pipeline, connection._connected = runspace, None, True


def _guarded(transport: t.Any, visit: Visit) -> Guard:
    from pypsrp.exceptions import WinRMTransportError  # is there, since the plugin could connect

    guard = guard_of(transport) or Guard(
        transport, WinRMTransportError, visit, encrypts=getattr(transport, "wrap_required", False)
    ).guard("send", "_send_request")
    guard.visit = visit
    return guard
