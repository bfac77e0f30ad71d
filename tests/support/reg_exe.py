# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays reg.exe where Wine is not needed: queries and adds on a registry that is a JSON file, its first argument.

Usage: reg_exe.py FILE query|add HKLM\\KEY [/v NAME] [/t TYPE /d NUMBER /f]
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main(file: Path, verb: str, key: str, *options: str) -> int:
    registry = json.loads(file.read_text())
    values = registry.get(key.removeprefix("HKLM\\"))
    if values is None:
        return 1
    given = dict(zip(options[::2], options[1::2], strict=False))
    if verb == "add":
        values[given["/v"]] = f"{given['/t']}    {int(given['/d']):#x}"
        # A query beside it finds the old or the new, and never half a file.
        written = file.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps(registry))
        written.replace(file)
        return 0
    names = [given["/v"]] if "/v" in given else [*values]
    if not set(names) <= values.keys():
        return 1
    shown = (f"    {name}    {values[name]}" for name in names)
    sys.stdout.buffer.write("\r\n".join(["", key.replace("HKLM", "HKEY_LOCAL_MACHINE"), *shown, "", ""]).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
