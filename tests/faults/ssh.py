# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays ssh with something that goes wrong at one step. It runs reg.exe on a registry that is a file, and nothing else.

Usage: ssh.py FOLDER REG_EXE... -- ARGUMENT... COMMAND_LINE     FOLDER may have case.json: {"fault", "step"}.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path


def step_of(folder: Path, line: str) -> str:
    """A read after a write is the read-back."""
    written = folder / "written"
    if "reg.exe add" in line:
        written.touch()
        return "write"
    if written.exists():
        return "readback"
    return "second" if "UseMachineId" in line or "Lsa" in line else "first"


def run(line: str, reg_exe: list[str]) -> tuple[int, bytes]:
    status, output = 1, b""
    for command in re.split(" & |; ", line):
        done = subprocess.run([*reg_exe, *shlex.split(command)[1:]], stdout=subprocess.PIPE, check=False)
        status, output = done.returncode, output + done.stdout
    return status, output


def main(folder: Path, reg_exe: list[str], line: str) -> int:
    file, begun = folder / "case.json", folder / "begun"
    case = json.loads(file.read_text()) if file.exists() else {"step": "", "fault": ""}
    is_due = case["fault"] in LASTING if begun.exists() else step_of(folder, line) == case["step"]
    if is_due:
        begun.touch()
        return FAULTS[case["fault"]](line, reg_exe)
    status, output = run(line, reg_exe)
    sys.stdout.buffer.write(output)
    return status


def _said(status: int, text: bytes = b"", output: bytes = b"") -> int:
    sys.stderr.buffer.write(text)
    sys.stdout.buffer.write(output)
    return status


def _lost(line: str, reg_exe: list[str]) -> int:
    run(line, reg_exe)
    return _said(255, b"client_loop: send disconnect: Broken pipe\r\n")


def _endless(_line: str, _reg_exe: list[str]) -> int:
    while True:
        sys.stdout.buffer.write(b"x" * 65536)


def _silent(_line: str, _reg_exe: list[str]) -> int:
    time.sleep(600)
    return 0


FAULTS = {
    "refused": lambda *_c: _said(255, b"ssh: connect to host srv port 22: Connection refused\r\n"),
    "hostkey": lambda *_c: _said(255, b"Host key verification failed.\r\n"),
    "denied": lambda *_c: _said(255, b"me@srv: Permission denied (publickey).\r\n"),
    "closed": lambda *_c: _said(255, b"Connection to srv closed by remote host.\r\n"),
    "lost": _lost,
    "blocked": lambda *_c: _said(1, b"This program is blocked by group policy.\r\n"),
    "garbage": lambda *_c: _said(0, b"", bytes(range(256))),
    "empty": lambda *_c: _said(0),
    "endless": _endless,
    "silent": _silent,
}

#: The others happen once.
LASTING = ("blocked",)

if __name__ == "__main__":
    end = sys.argv.index("--")
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:end], sys.argv[-1]))
