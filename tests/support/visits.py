# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Visits to hosts with Ansible's own connection plugins, but without a playbook: to measure what one takes."""

from __future__ import annotations

import importlib
import threading
import time
import tracemalloc
import typing as t

from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader, shell_loader

from .fleet import PASSWORD

#: Ansible's loader is for one thread at a time.
_LOADER = threading.Lock()

_CLOSED = 1

_PLUGINS = "ansible_collections.winsec.lsa.plugins.plugin_utils"


class Stay(t.NamedTuple):
    """How a visit ended: the names of its exception's classes, what it says, and what it took."""

    kinds: tuple[str, ...]
    message: str
    seconds: float
    peak: int = 0


def visit(transport: str, variables: dict[str, t.Any], seconds: float | None = None) -> Stay:
    """Read a host in another thread than the main one; ``seconds`` is the deadline of a caller."""
    stays: list[Stay] = []
    thread = threading.Thread(target=lambda: stays.append(_stay(transport, variables, seconds)))
    thread.start()
    thread.join()
    return stays[0]


def measured(transport: str, variables: dict[str, t.Any]) -> Stay:
    """The same with the octets that Python had at once, beyond those before it: without the libraries, once loaded."""
    visit(transport, {**variables, "ansible_port": _CLOSED, "ansible_ssh_executable": "false"})
    tracemalloc.start()
    try:
        return visit(transport, variables)._replace(peak=tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def _stay(transport: str, variables: dict[str, t.Any], seconds: float | None) -> Stay:
    connect, enforcement, module = (
        importlib.import_module(f"{_PLUGINS}.{name}")
        for name in ("_ansible.connect", "_policy.enforcement", "_ansible.visit")
    )
    with _LOADER:
        connection = _connection(transport, variables)
    deadline = None if seconds is None else module.Deadline(seconds, "the time of the caller")
    started = time.monotonic()
    try:
        with connect.connect(
            connection, "reg" if transport == "ssh" else "wmi", lambda _warning: None, deadline
        ) as host:
            enforcement.observe(host)
    except Exception as exc:
        kinds = tuple(base.__name__ for base in type(exc).__mro__)
        return Stay(kinds, str(exc), time.monotonic() - started)
    return Stay((), "", time.monotonic() - started)


def _connection(transport: str, variables: dict[str, t.Any]) -> t.Any:
    shell = shell_loader.get("cmd" if transport == "ssh" else "powershell")
    connection = connection_loader.get(transport, PlayContext(), None, shell=shell)
    defaults = {"inventory_hostname": "host", "ansible_host": "127.0.0.1", "ansible_user": "Administrator"}
    given = {**defaults, **({} if transport == "ssh" else {"ansible_password": PASSWORD}), **variables}
    extras = {name: given[name] for name in given if name.startswith(f"ansible_{transport}_")}
    connection.set_options(var_options={**given, "_extras": extras})
    connection._shell = shell
    return connection
