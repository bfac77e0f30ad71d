# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this suite needs and does not install. As a command it says what is missing, with exit status 2."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

_FOLDERS = ("/usr/sbin",)
#: Debian's package of each program: first the realm's, then what builds the Python libraries, which come as source.
_PACKAGES = {
    "krb5kdc": "krb5-kdc",
    "kdb5_util": "krb5-kdc",
    "kadmin.local": "krb5-admin-server",
    "kinit": "krb5-user",
    "krb5-config": "libkrb5-dev",
    "gcc": "gcc",
}
_HEADER = Path(sysconfig.get_path("include"), "Python.h")


def program(name: str) -> Path:
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *_FOLDERS]))
    if found is None:
        raise FileNotFoundError(f"the program {name} is missing. Install {_PACKAGES[name]}")
    return Path(found)


def complaint() -> str:
    """What is missing and how to install it; empty where nothing is."""
    path = os.pathsep.join([os.environ["PATH"], *_FOLDERS])
    absent = {name: package for name, package in _PACKAGES.items() if not shutil.which(name, path=path)}
    if not _HEADER.exists():
        absent[str(_HEADER)] = "python3-dev"
    if not absent:
        return ""
    packages = " ".join(dict.fromkeys(absent.values()))
    return f"tests/kerberos needs {', '.join(absent)}. As root: apt-get install -y --no-install-recommends {packages}"


if __name__ == "__main__":
    if found := complaint():
        print(found, file=sys.stderr)
        sys.exit(2)
