# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the project: all of them, and those that users get."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]

_SHIPPED_FOLDERS = {"LICENSES", "meta", "playbooks", "plugins", "roles"}
_SHIPPED_FILES = {"README.md", "CHANGELOG.md", "COPYING", "SECURITY.md", "changelogs/changelog.yaml"}


def files() -> list[Path]:
    """List what git tracks or would track, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({Path(name) for name in names if name and (ROOT / name).is_file()})


def shipped() -> set[str]:
    """Return the files that belong in the tarball."""
    return {str(file) for file in files() if _is_shipped(file)}


def _is_shipped(file: Path) -> bool:
    return str(file) in _SHIPPED_FILES or file.parts[0] in _SHIPPED_FOLDERS or file.parts[:2] == ("docs", "docsite")


def copy_to(folder: Path) -> None:
    """Make a copy of the project, without its history."""
    for file in files():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, folder / file, follow_symlinks=False)
