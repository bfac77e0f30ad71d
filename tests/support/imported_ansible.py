# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-playbook in forks of a process that has imported it, which is most of the work of a short run.

Ansible reads its settings while it is imported, so a process is for the runs of one environment.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import socket
import socketserver
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

RESULTS = "RESULTS_FILE"

#: Where runs may differ without another import: the file of the tests' callback plugin, and what pytest says to itself.
OF_A_RUN = (RESULTS, "PYTEST_CURRENT_TEST")


class Importer(t.NamedTuple):
    """The process that has imported Ansible. It ends with the one that has started it."""

    address: str
    process: subprocess.Popen[str]
    folder: tempfile.TemporaryDirectory[str]

    def run(self, command: list[str], folder: Path, results: str, seconds: float) -> tuple[int, str]:
        """Run ansible-playbook in a folder, and return its exit status and what it has written."""
        output = folder / "output"
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(self.address)
            connection.sendall(json.dumps([command, str(folder), results, str(output)]).encode() + b"\n")
            with connection.makefile() as stream:
                return int(stream.read()), output.read_text()


@functools.cache
def importer_for(environment: frozenset[tuple[str, str]]) -> Importer:
    folder = tempfile.TemporaryDirectory(prefix="ansible-")
    address = f"{folder.name}/socket"
    command = [sys.executable, __file__, address]
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, text=True)
    if not process.stdout or not process.stdout.readline():  # it says when it is ready
        raise RuntimeError("Ansible can't be imported")
    return Importer(address, process, folder)


class _Run(socketserver.StreamRequestHandler):
    """One run, in a fork. It is what a user would have started with this command, folder and environment."""

    def handle(self) -> None:
        command, folder, results, output = json.loads(self.rfile.readline())
        written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), written, written)):
            os.dup2(file, number)
        os.chdir(folder)
        os.environ[RESULTS] = results
        sys.argv = command
        from ansible.cli.playbook import main  # it was imported before the fork

        try:
            main()
        except SystemExit as exc:
            sys.stdout.flush()
            sys.stderr.flush()
            self.wfile.write(str(exc.code or 0).encode())


class _Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """Forks for each run."""

    def __init__(self, address: str) -> None:
        super().__init__(address, _Run)
        self._parent = os.getppid()

    def service_actions(self) -> None:
        super().service_actions()
        if os.getppid() != self._parent:
            sys.exit()


if __name__ == "__main__":
    importlib.import_module("ansible.cli.playbook")  # for the forks
    with _Server(sys.argv[1]) as server:
        print("ready", flush=True)
        server.serve_forever(poll_interval=0.5)
