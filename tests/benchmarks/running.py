# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoint while something is measured on it, and what one run costs. Both measurements share it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import typing as t

import yaml

if t.TYPE_CHECKING:
    from pathlib import Path

COMPLIANT = {r"SYSTEM\CurrentControlSet\Control\Lsa": {"UseMachineId": {"type": "REG_DWORD", "data": 1}}}


class Cost(t.NamedTuple):
    """Of one run: seconds, seconds of CPU of all its processes, and the most memory that one of them had, in MiB."""

    wall: float
    cpu: float
    memory: float


@contextlib.contextmanager
def endpoint(folder: Path, *options: str) -> t.Iterator[None]:
    """Serve the fleet.yml of a folder, and leave its inventory.yml there."""
    command = ["winsec-endpoint", "--fleet=fleet.yml", "--inventory=inventory.yml", *options]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        if not process.stdout or not process.stdout.readline():  # it says when it is ready
            sys.exit("the endpoint did not start")
        _as_json(folder / "inventory.yml")
        yield
    finally:
        process.terminate()
        process.communicate()


def _as_json(inventory: Path) -> None:
    """Have the inventory in JSON, which is YAML, as those of large fleets are generated.

    Of written YAML, Ansible takes 2 ms and 45 KB for each host to read it, and nothing of that is measured here.
    """
    inventory.write_text(json.dumps(yaml.load(inventory.read_text(), yaml.CSafeLoader)))


def cost_of(command: list[str], folder: Path) -> Cost:
    """Run a command on the inventory.yml of a folder. Nothing is measured of a run that fails: the program ends."""
    command = [*command, "--inventory=inventory.yml"]
    output = folder / "output"
    start = time.monotonic()
    with output.open("w") as stream:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT
        )
        _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{output.read_text()[-4000:]}\n{command} ended with {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
