# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module once, as Ansible does, in this process. Usage: run_module.py NAME, with the arguments as JSON on stdin.

Of these, three are not for the module: ``at`` which request (see STEPS), counted from 0, it is to ``die``, to ``fail``,
to ``cut`` the network or to ``run`` a command, as ``then`` says. Prints the number of requests on stderr.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import socket
import subprocess
import sys
import typing as t

from ansible.module_utils import basic

ROOM = "ansible_collections.winsec.lsa.plugins.module_utils._domain"

#: Requests that change something or wait for an answer, in the order of a change: the class and the method.
STEPS = (
    ("directory", "Directory", "read"),
    ("sysvol", "Sysvol", "read"),
    ("sysvol", "Sysvol", "lock"),
    ("sysvol", "LockedFile", "read"),
    ("sysvol", "LockedFile", "write"),
    ("directory", "Directory", "swap"),
    ("sysvol", "LockedFile", "close"),
)


class Interruption:
    """Counts requests, and at one of them ends the process at once or does what ``then`` does."""

    def __init__(self, at: int | None, then: t.Callable[[], object]) -> None:
        self._at, self._then, self.count = at, then, 0

    def before(self) -> None:
        if self.count == self._at:
            self._then()
        self.count += 1


def watch(interruption: Interruption) -> None:
    for module, name, method in STEPS:
        owner = getattr(importlib.import_module(f"{ROOM}.{module}"), name)
        setattr(owner, method, _watched(getattr(owner, method), interruption))


def _watched(method: t.Callable[..., t.Any], interruption: Interruption) -> t.Callable[..., t.Any]:
    def call(*arguments: t.Any, **options: t.Any) -> t.Any:
        interruption.before()
        return method(*arguments, **options)

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


def main() -> None:
    arguments = json.load(sys.stdin)
    command = arguments.pop("command", [])
    edit = functools.partial(
        subprocess.run, command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "LD_PRELOAD": ""}
    )
    ways: dict[str, t.Callable[[], object]] = {"die": lambda: os._exit(9), "fail": _fail, "cut": _cut, "run": edit}
    then = ways[arguments.pop("then", "die")]
    interruption = Interruption(arguments.pop("at", None), then)
    watch(interruption)
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
    basic._ANSIBLE_PROFILE = "legacy"  # of ansible-core 2.19 and later
    module = importlib.import_module(f"ansible_collections.winsec.lsa.plugins.modules.{sys.argv[1]}")
    try:
        module.main()
    finally:
        print(f"\nrequests: {interruption.count}", file=sys.stderr)


if __name__ == "__main__":
    main()
