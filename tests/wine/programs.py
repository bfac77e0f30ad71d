# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this suite needs and does not install. As a command it says what is missing, with exit status 2."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

INSTALL = "apt-get install -y --no-install-recommends wine wine64 wine64-preloader openssh-server"

#: Where Debian has the programs. Its command `wine` is a script that complains about missing 32-bit parts.
_FOLDERS = ("/usr/lib/wine", "/usr/sbin")
#: Without the preloader, about one of a thousand processes finds an address taken that Wine needs, and does not start.
_PROGRAMS = ("wine64", "wine64-preloader", "wineserver64", "sshd", "ssh", "ssh-keygen", "setpriv")


def program(name: str) -> Path:
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *_FOLDERS]))
    if found is None:
        raise FileNotFoundError(f"the program {name} is missing. Install it: {INSTALL}")
    return Path(found)


def complaint() -> str:
    """What is missing and how to install it; empty where nothing is."""
    path = os.pathsep.join([os.environ["PATH"], *_FOLDERS])
    absent = [name for name in _PROGRAMS if not shutil.which(name, path=path)]
    return f"tests/wine needs {', '.join(absent)}. As root: {INSTALL}" if absent else ""


if __name__ == "__main__":
    if found := complaint():
        print(found, file=sys.stderr)
        sys.exit(2)
