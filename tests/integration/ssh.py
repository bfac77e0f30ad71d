# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays ssh where no server is needed: shows what a release of Ansible sends, and runs reg.exe and nothing else.

Usage: ssh.py REGISTRY LOG ARGUMENT... COMMAND_LINE     REGISTRY is that of reg_exe.py; LOG gets each command line
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

REG_EXE = (sys.executable, "-I", str(Path(__file__).with_name("reg_exe.py")))


def main(registry: Path, log: Path, line: str) -> int:
    with log.open("a") as file:
        file.write(f"{line}\n")
    status = 1
    for command in re.split(" & |; ", line):
        program, *arguments = shlex.split(command)
        status = subprocess.call([*REG_EXE, str(registry), *arguments]) if program == "reg.exe" else 1
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[-1]))
