# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run modules, as Ansible does, each in a process of its own that has imported the libraries already.

Each line on stdin is a run: the name of a module and its arguments, as JSON. So is each line on stdout: the exit status
of the run, and what it wrote on stdout and stderr.

Of these, some are not for the module: ``at`` which request, counted from 0, it is to ``die``, to ``fail``, to ``cut``
the network or to ``run`` a command, as ``then`` says; and ``resolv_conf``, which takes the place of the system's file.
Prints the requests as JSON on stderr: each message to the directory and to SYSVOL by its kind.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
import typing as t

import dns.resolver
from ansible.module_utils import basic
from ldap.ldapobject import SimpleLDAPObject
from smbprotocol.connection import Connection

NAMES = ("use_machine_id_gpo", "use_machine_id_gpo_info")
MODULES = {name: importlib.import_module(f"ansible_collections.winsec.lsa.plugins.modules.{name}") for name in NAMES}

#: What sends a message and waits for the answer: the class, the method, and what the message is called.
SENDERS: tuple[tuple[type[t.Any], str, t.Callable[..., str]], ...] = (
    (SimpleLDAPObject, "simple_bind", lambda *_arguments: "LDAP bind"),
    (SimpleLDAPObject, "search_ext", lambda *_arguments: "LDAP search"),
    (SimpleLDAPObject, "modify_ext", lambda *_arguments: "LDAP modify"),
    (Connection, "send", lambda message, *_others: f"SMB {_kind(message)}"),
    (Connection, "send_compound", lambda messages, *_others: f"SMB {' and '.join(map(_kind, messages))}"),
)


def _kind(message: t.Any) -> str:
    return re.sub("^SMB[23]|Request$", "", type(message).__name__)


class Interruption:
    """Lists requests, and before one of them ends the process at once or does what ``then`` does."""

    def __init__(self, at: int | None, then: t.Callable[[], object]) -> None:
        self._at, self._then = at, then
        self.requests: list[str] = []

    def before(self, request: str) -> None:
        self.requests.append(request)
        if len(self.requests) - 1 == self._at:
            self._then()


def watch(interruption: Interruption) -> None:
    for owner, method, name in SENDERS:
        setattr(owner, method, _watched(getattr(owner, method), name, interruption))


def _watched(
    method: t.Callable[..., t.Any], name: t.Callable[..., str], interruption: Interruption
) -> t.Callable[..., t.Any]:
    def call(self: t.Any, *arguments: t.Any, **options: t.Any) -> t.Any:
        interruption.before(name(*arguments))
        return method(self, *arguments, **options)

    return call


def _fail() -> None:
    errors = importlib.import_module("ansible_collections.winsec.lsa.plugins.module_utils._group_policy.errors")
    raise errors.GroupPolicyError("A request failed", "This is a test.")


def _cut() -> None:
    """Take away the network: every socket of this process is shut down."""
    for name in os.listdir("/proc/self/fd"):
        try:
            with socket.socket(fileno=os.dup(int(name))) as duplicate:
                duplicate.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue


def run(name: str, arguments: dict[str, t.Any]) -> None:
    command = arguments.pop("command", [])
    edit = functools.partial(
        subprocess.run, command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "LD_PRELOAD": ""}
    )
    ways: dict[str, t.Callable[[], object]] = {"die": lambda: os._exit(9), "fail": _fail, "cut": _cut, "run": edit}
    then = ways[arguments.pop("then", "die")]
    interruption = Interruption(arguments.pop("at", None), then)
    watch(interruption)
    if resolv_conf := arguments.pop("resolv_conf", None):
        dns.resolver.default_resolver = dns.resolver.Resolver(resolv_conf)
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
    basic._ANSIBLE_PROFILE = "legacy"  # of ansible-core 2.19 and later
    try:
        MODULES[name].main()
    finally:
        print(f"\nrequests: {json.dumps(interruption.requests)}", file=sys.stderr)


def _in_this_process(line: str, output: t.IO[bytes], errors: t.IO[bytes]) -> t.NoReturn:
    """Run, and end. One that does not end by itself is ended."""
    for file, number in ((output, 1), (errors, 2)):
        os.dup2(file.fileno(), number)
    threading.Timer(300, os._exit, [3]).start()
    status: t.Any = 1
    try:
        run(*json.loads(line))
    except SystemExit as exc:
        status = exc.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status or 0)


def main() -> None:
    for line in sys.stdin:
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = os.fork()
            if not process:
                _in_this_process(line, output, errors)
            status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            output.seek(0)
            errors.seek(0)
            print(json.dumps([status, output.read().decode(), errors.read().decode()]), flush=True)


if __name__ == "__main__":
    main()
