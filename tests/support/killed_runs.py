# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of ansible-playbook that are killed, one after the other, from a process that has Ansible in memory already.

``python killed_runs.py ARGUMENT...``: for each line of stdin, a number of seconds, it runs ``ansible-playbook
ARGUMENT... -e number=N``, kills it and all its forks that many seconds later, and answers with a line: ``killed`` or
``ended``. What the last run has printed is in the file ``output``.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path


def _children(pid: int) -> list[int]:
    """The processes below one. Forks of ansible-core 2.19 have a session of their own, so a group is not enough."""
    try:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [*found, *(other for child in found for other in _children(child))]


def _kill(pid: int) -> None:
    """First the one that makes forks, stopped, so that none is made meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    for child in _children(pid):
        os.kill(child, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)


def _play(arguments: list[str]) -> None:
    from ansible.cli.playbook import PlaybookCLI

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    output = os.open("output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        status = PlaybookCLI(["ansible-playbook", *arguments]).run()
    except SystemExit as exc:
        status = int(exc.code or 0)
    os._exit(status or 0)


def _has_ended(pid: int, deadline: float) -> bool:
    while time.monotonic() < deadline:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
        time.sleep(0.001)
    return False


def main() -> None:
    import ansible.executor.playbook_executor
    import ansible.plugins.connection.winrm
    import ansible.plugins.strategy.linear  # noqa: F401  loaded once, for all forks

    for number, line in enumerate(sys.stdin):
        pid = os.fork()
        if not pid:
            _play([*sys.argv[1:], "-e", f"number={number}"])
        has_ended = _has_ended(pid, time.monotonic() + float(line))
        if not has_ended:
            _kill(pid)
            os.waitpid(pid, 0)
        print("ended" if has_ended else "killed", flush=True)


if __name__ == "__main__":
    main()
