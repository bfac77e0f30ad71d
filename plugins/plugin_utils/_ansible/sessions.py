# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Whose session a connection has open: each item of a loop gets one that was opened with its own options.

ansible-core sets the options anew for each item, but gives it the connection object of the item before if plugin and
address are the same (``TaskExecutor._execute``, 2.16 to 2.21). The plugins winrm and psrp then go on with the session
that this object has, whatever port, path, user or password the options name by now. The plugin ssh has no session, but
ssh joins one that its ControlPath names, and that knows no more than host, port and user, or less if the user set it.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import shlex
import threading
import typing as t

from .secrets import option

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

#: The plugins that keep a session in their connection object, and where. All others are closed after each item.
_KEPT_IN: t.Final = {"winrm": ("protocol", "shell_id"), "psrp": ("runspace",)}

#: Of a play context, what the plugin ssh takes where the option says nothing.
_PLAY_CONTEXT: t.Final = ("remote_addr", "password")

#: Known to this process and those that it forks, so that a fingerprint is of no use to anybody else.
_KEY: t.Final = os.urandom(32)


class _Opened(threading.local):
    """The fingerprint of the options with which a connection opened its session.

    There is one at a time in each thread: a task has a process, and each of its items one connection.
    """

    def __init__(self) -> None:
        self.fingerprints: dict[ConnectionBase, bytes] = {}


_opened: t.Final = _Opened()

#: Where Kerberos tickets are, which the winrm plugin overwrites for the whole process (``Connection._kerb_auth``).
_TICKETS: t.Final = "KRB5CCNAME"
_tickets: list[str | None] = [os.environ.get(_TICKETS)]

#: OpenSSH binds the path and 17 characters more (``muxserver_listen``), and macOS takes 104 in all, with a NUL.
_MASTER_PATH: t.Final = 104 - 1 - 17


def fingerprint(connection: ConnectionBase) -> bytes:
    """All that can decide where a connection leads, and as whom: every option that its plugin says it has.

    It is keyed, so that no password can be found from it by trying.
    """
    known = getattr(connection, "option_definitions", None) or ()
    names = {*known, *getattr(connection, "_options", ()), "_extras"}
    context = getattr(connection, "_play_context", None)
    described = (
        {name: option(connection, name) for name in sorted(names)},
        [getattr(context, name, None) for name in _PLAY_CONTEXT],
    )
    return hmac.digest(_KEY, json.dumps(described, default=str).encode(), hashlib.sha256)


def take_up(connection: ConnectionBase) -> None:
    """Leave a connection only such a session as was opened with the options that it has now.

    Others are closed here, also those of other objects: ansible-core closes the one that it has at the end, no more.
    """
    wanted = fingerprint(connection)
    if _is_open(connection) and hmac.compare_digest(wanted, _opened.fingerprints.get(connection, b"")):
        return
    for other in filter(_is_open, {*_opened.fingerprints, connection}):
        end(other)
    _opened.fingerprints.clear()
    _opened.fingerprints[connection] = wanted
    _forget_tickets()


def leave(connection: ConnectionBase) -> None:
    """Keep the session for the next item, which looks whose it is, where that is possible."""
    if connection.transport not in _KEPT_IN:
        end(connection)


def end(connection: ConnectionBase, *, lost: bool = False) -> None:
    """End the session, so that nothing of it is left; on a host that is lost without a word to it."""
    _opened.fingerprints.pop(connection, None)
    protocol, runspace = (t.cast(t.Any, getattr(connection, name, None)) for name in ("protocol", "runspace"))
    if lost:
        abandon(connection)
    with contextlib.suppress(Exception):
        connection.close()
    abandon(connection)
    # The plugins leave them open, and until Python's garbage is collected many hosts would keep many sockets.
    with contextlib.suppress(Exception):
        protocol.transport.close_session()
    with contextlib.suppress(Exception):
        runspace.connection.transport.close()
    # Has ansible-core make another object for the next item. A command that never ended still has this one.
    connection._connected = False


def abandon(connection: t.Any) -> None:
    """Have the plugin of a lost host close nothing there: that would be one request more, and maybe one login more."""
    for name in _KEPT_IN.get(connection.transport, ()):
        if hasattr(connection, name):
            setattr(connection, name, None)


def _is_open(connection: ConnectionBase) -> bool:
    return any(getattr(connection, name, None) is not None for name in _KEPT_IN.get(connection.transport, ()))


def _forget_tickets() -> None:
    """Undo what kinit for an earlier item has left, or a login without a password would use the ticket of that one."""
    wanted = _tickets[-1]
    if os.environ.get(_TICKETS) == wanted:  # other threads may read it
        return
    if wanted is None:
        os.environ.pop(_TICKETS, None)
    else:
        os.environ[_TICKETS] = wanted


@contextlib.contextmanager
def same_tickets() -> t.Iterator[None]:
    """Leave the tickets that this process has now to all connections in this context, and forget them at its end."""
    _tickets.append(os.environ.get(_TICKETS))
    try:
        yield
    finally:
        _tickets.pop()
        _forget_tickets()


def path_of_master(connection: ConnectionBase) -> str:
    """The ControlPath of ssh for a connection: shared by those with the same options, in the same run of Ansible.

    It is in the folder of the plugin and as long as one of the plugin's. "none" where no socket can be there.
    """
    folder = os.path.realpath(os.path.expanduser(os.path.expandvars(str(option(connection, "control_path_dir")))))
    name = base64.urlsafe_b64encode(fingerprint(connection))[:10].decode()
    path = os.path.join(folder, name)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError:
        return "none"
    return path if len(os.fsencode(path)) <= _MASTER_PATH and os.access(folder, os.W_OK) else "none"


@contextlib.contextmanager
def by_master(connection: t.Any, path: str) -> t.Iterator[None]:
    """Have the ssh plugin use a master at ``path`` and no other one.

    Of ssh's ways to name it, the last -S wins, also over a ControlPath (OpenSSH, ``ssh.c``); the plugin puts these
    arguments last. Only here, so that an attempt of ``until`` finds the options as they were.
    """
    given = option(connection, "ssh_extra_args")
    escaped = path.replace("%", "%%")
    connection.set_option("ssh_extra_args", f"{given or ''} -S {shlex.quote(escaped)}".lstrip())
    try:
        yield
    finally:
        connection.set_option("ssh_extra_args", given)
