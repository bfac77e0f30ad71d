# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Kerberos tickets that the winrm plugin gets with a password, for many hosts in one process.

It runs kinit for each connection, and names the ticket in the environment, which all threads of a process share
(``Connection._kerb_auth``). So hosts with the same login share a ticket here, and those with another one have to wait
until these are done.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from .secrets import extras, option
from .sessions import same_tickets

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

#: All that kinit is run with. None where the plugin runs no kinit.
Ticket: t.TypeAlias = "tuple[t.Any, ...] | None"

_OPTIONS: t.Final = ("kerberos_command", "remote_user", "remote_password", "kinit_args")
_DELEGATION: t.Final = "ansible_winrm_kerberos_delegation"


def ticket_of(connection: t.Any) -> Ticket:
    """The ticket that a connection would get. Raises what the plugin raises about its options."""
    if connection.transport != "winrm" or not hasattr(connection, "_build_winrm_kwargs"):
        return None
    connection._build_winrm_kwargs()
    if not getattr(connection, "_kerb_managed", False) or "kerberos" not in (connection._winrm_transport or ()):
        return None
    variables = tuple((name, os.environ.get(name)) for name in option(connection, "kinit_env_vars") or ())
    return (*(option(connection, name) for name in _OPTIONS), variables, extras(connection).get(_DELEGATION))


class SharedTicket:
    """One ticket for all connections that would get the same."""

    def __init__(self, ticket: Ticket) -> None:
        self._ticket = ticket
        self._first: ConnectionBase | None = None  # its ticket ends with it
        self._failure: Exception | None = None

    @contextlib.contextmanager
    def in_use(self, first: t.Any) -> t.Iterator[None]:
        """Get the ticket as ``first``, the connection to one of the hosts, gets it; once, whatever comes of it."""
        if self._ticket is None:
            yield
            return
        self._first = first
        try:
            first._kerb_auth(option(first, "remote_user"), option(first, "remote_password"))
        except Exception as exc:
            self._failure = exc
        with same_tickets():
            yield

    def share(self, connection: t.Any) -> None:
        """Have a connection use the ticket, or fail as it failed."""
        if self._ticket is not None:
            connection._kerb_auth = self._instead

    def _instead(self, _principal: str, _password: str) -> None:
        if self._failure:
            raise self._failure.with_traceback(None)  # that would grow with each host
