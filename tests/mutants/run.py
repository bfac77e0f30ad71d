# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change the pure parts in many small ways, with cosmic-ray's operators, and see whether a test notices.

``python -m tests.mutants.run [PART...]`` works on a copy of the checkout. ``part.py`` lists the parts. One may be
narrowed to one of its files, as in ``policy/meaning``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from ..support import checkout
from .part import PARTS


def main(names: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        checkout.copy_to(Path(folder))
        # Each part has a process of its own, in which nothing of the project is loaded but by its tests.
        commands = ([sys.executable, "-m", "tests.mutants.part", name] for name in names or PARTS)
        return max(subprocess.run(command, cwd=folder, check=False).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
