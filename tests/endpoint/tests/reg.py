# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for reg.exe: tells its arguments, one a line, and does what the last one says."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

#: Longer than a fragment.
BIG = (b"x" * 50_000 + b"\r\n") * 8


def main(arguments: list[str]) -> int:
    sys.stdout.buffer.write("".join(f"{argument}\r\n" for argument in arguments).encode())
    match arguments[-1]:
        case "absent":
            sys.stderr.buffer.write("ERROR: Schlüssel absent\r\n".encode())
            return 1
        case "seven":
            return 7
        case "big":
            sys.stdout.buffer.write(BIG)
    if arguments[0] == "wait":
        wait_for(Path(arguments[1]))
    return 0


def wait_for(file: Path) -> None:
    file.with_suffix(".pid").write_text(str(os.getpid()))
    while not file.exists():
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
