# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays ssh where no server is needed: shows what a release of Ansible sends, and runs reg.exe and nothing else.

Usage: ssh.py LOG ARGUMENT... COMMAND_LINE -- REG_EXE...     LOG gets each command line; REG_EXE is run as reg.exe

With STOP_AT_FAILURE in the environment, the first command that fails is the last that runs. A PowerShell profile can
set that: $ErrorActionPreference = 'Stop' and $PSNativeCommandUseErrorActionPreference = $true (learn.microsoft.com,
about_Preference_Variables).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path


def main(log: Path, line: str, reg_exe: list[str]) -> int:
    with log.open("a") as file:
        file.write(f"{line}\n")
    status = 1
    for command in re.split(" & |; ", line):
        program, *arguments = shlex.split(command)
        status = subprocess.call([*reg_exe, *arguments]) if program == "reg.exe" else 1
        if status and "STOP_AT_FAILURE" in os.environ:
            break
    return status


if __name__ == "__main__":
    end = len(sys.argv) - sys.argv[::-1].index("--")
    sys.exit(main(Path(sys.argv[1]), sys.argv[end - 2], sys.argv[end:]))
