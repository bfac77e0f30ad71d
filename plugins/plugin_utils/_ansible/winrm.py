# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The winrm connection plugin as a channel for WS-Management, and its shells, with a guard around all that is sent.

The plugin opens a shell on the host when it connects, and a WS-Management call needs none. So there is a function here
that stops short of it with the help of non-public parts, after looking whether they are as they were in ansible-core
2.16 to 2.21, and takes the public, slower way where they are not.
"""

from __future__ import annotations

import importlib
import typing as t

from .._windows.host import HostError, LoginRefused, NotTheHost, NotUnderstood
from .._wsman.requests import RequestOptions
from .channels import HttpChannel, explained, logged_in, open_patiently
from .errors import may_be_about_a_file
from .guard import Guard, SessionForgotten, guard_of
from .sessions import abandon
from .visit import Visit

#: Stands in for the id of a shell while the plugin connects, so that it opens none.
_NO_SHELL: t.Final = "winsec.lsa opens no shell"

#: The code page that the plugin asks for.
_UTF_8: t.Final = 65001

#: The ways to log in with which pywinrm can encrypt.
_ENCRYPTING: t.Final = ("ntlm", "kerberos", "credssp")


def open_winrm(connection: t.Any, visit: Visit) -> HttpChannel:
    is_used = connection.protocol is not None
    protocol = _protocol(connection, visit)
    from winrm.exceptions import WinRMTransportError  # is there, since the plugin could connect

    transport = protocol.transport
    channel = HttpChannel(
        options=RequestOptions(transport.endpoint, int(protocol.operation_timeout_sec)),
        post=_PostWithReconnect(connection, visit) if is_used else _guarded(transport, visit).post,
        http_error=WinRMTransportError,
        visit=visit,
        close=lambda: None,  # the plugin keeps it for the next item of a loop
    )
    return logged_in(channel, getattr(transport, "auth_method", ""), encrypts=_encrypts(transport))


class _PostWithReconnect:
    """Sends through the Protocol of an earlier item of the loop, and once through a new one if that is stale.

    A host closes a connection that was idle. pywinrm then sends a message that is encrypted for that one over another,
    and the host, which can't read it, asks for a login or answers 400 (ansible-core, ``winrm.py``, where a command is
    cleaned up).
    """

    def __init__(self, connection: t.Any, visit: Visit) -> None:
        self._connection = connection
        self._visit = visit
        self._may_be_worn_out = True

    def __call__(self, envelope: bytes) -> bytes:
        first, self._may_be_worn_out = self._may_be_worn_out, False
        try:
            return self._send(envelope)
        except SessionForgotten:
            if not first:
                raise
        abandon(self._connection)
        return self._send(envelope)

    def _send(self, envelope: bytes) -> bytes:
        return _guarded(_protocol(self._connection, self._visit).transport, self._visit).post(envelope)


def _protocol(connection: t.Any, visit: Visit) -> t.Any:
    """The pywinrm Protocol of a connection, guarded, without a shell on the host where that can be had.

    ``Connection._winrm_connect`` opens a shell only ``if not self.shell_id``, to see which of several transports the
    host accepts. With a single transport nothing is lost by pretending that there is one: the first message shows
    whether the login is accepted. ``shell_id`` is None again before anyone else can use it.
    """
    if connection.protocol is None:
        importlib.import_module("winrm.protocol")  # the plugin would look for it later than it is used here
        _guard_what_it_makes(connection, visit)
        if _has_single_transport(connection):
            _without_shell(connection, connection._connect)
        else:
            connection._connect()
    _guarded(connection.protocol.transport, visit)
    return connection.protocol


def _without_shell(connection: t.Any, connect: t.Callable[[], t.Any]) -> t.Any:
    connection.shell_id = _NO_SHELL
    try:
        return connect()
    finally:
        if connection.shell_id == _NO_SHELL:
            connection.shell_id = None


def _has_single_transport(connection: t.Any) -> bool:
    """Whether the plugin is built as expected and has one transport to try. It is the plugin that knows its default."""
    if getattr(connection, "shell_id", _NO_SHELL) is not None or not hasattr(connection, "_build_winrm_kwargs"):
        return False
    connection._build_winrm_kwargs()
    return len(getattr(connection, "_winrm_transport", None) or ()) == 1


def _guard_what_it_makes(connection: t.Any, visit: Visit) -> None:
    """Have the plugin open shells on guarded Protocols only, also where it connects anew itself (a used-up quota)."""
    connect = getattr(type(connection), "_winrm_connect", None)
    if connect:
        connection._winrm_connect = lambda: _first_accepted(connection, lambda: connect(connection), visit)


def _first_accepted(connection: t.Any, connect: t.Callable[[], t.Any], visit: Visit) -> t.Any:
    """A Protocol of the first transport with which the host opens a shell, as the plugin would try them."""
    transports = list(getattr(connection, "_winrm_transport", None) or ())
    if connection.shell_id or not transports:
        return connect()
    failures: dict[str, HostError] = {}
    for transport in transports:
        connection._winrm_transport = [transport]
        try:
            with explained(visit.explain):
                return _with_shell(connection, _without_shell(connection, connect), visit)
        except HostError as error:
            if len(transports) == 1 or isinstance(error, (NotTheHost, NotUnderstood)):  # no place for another login
                raise
            failures[transport] = error
    problems = "; ".join(f"{transport}: {error.problem}" for transport, error in failures.items())
    raise LoginRefused(
        f"None of the authentications in ansible_winrm_transport can be used: {problems}",
        "Check user and password, and which of them the host accepts. Each was tried only once on this host.",
    ) from next(filter(may_be_about_a_file, failures.values()), None)


def _with_shell(connection: t.Any, protocol: t.Any, visit: Visit) -> t.Any:
    guard = _guarded(protocol.transport, visit)
    connection.shell_id = open_patiently(lambda: protocol.open_shell(codepage=_UTF_8), guard, visit)
    return protocol


def _guarded(transport: t.Any, visit: Visit) -> Guard:
    from winrm.exceptions import WinRMTransportError  # is there, since the plugin could connect

    guard = guard_of(transport) or Guard(transport, WinRMTransportError, visit, encrypts=_encrypts(transport)).guard(
        "send_message", "_send_message_request"
    )
    guard.visit = visit
    return guard


def _encrypts(transport: t.Any) -> bool:
    wanted = getattr(transport, "message_encryption", "")
    is_possible = getattr(transport, "auth_method", "") in _ENCRYPTING
    return is_possible and (wanted == "always" or (wanted == "auto" and transport.endpoint.startswith("http:")))


def open_shell(connection: t.Any, visit: Visit) -> None:
    """Open the shell of a connection.

    ``Connection.exec_command`` connects only where there is no protocol, so that after calls without a shell it would
    run the command in a shell None. And where the plugin opens the shell, of a failure only a text is left.
    """
    protocol = _protocol(connection, visit)
    if connection.shell_id is None:
        _with_shell(connection, protocol, visit)
