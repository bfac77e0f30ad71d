# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checkout as a collection that Python can import."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

#: Removed when the interpreter ends.
_TREE = tempfile.TemporaryDirectory(prefix="winsec-lsa-")


def link_checkout() -> Path:
    """Make ``ansible_collections.winsec.lsa`` importable; return the folder that ``ansible_collections`` is in."""
    root = Path(__file__).parents[2]
    collection = Path(_TREE.name, "ansible_collections", "winsec", "lsa")
    collection.mkdir(parents=True)
    for folder in ("meta", "plugins", "tests"):
        (collection / folder).symlink_to(root / folder)
    sys.path.insert(0, _TREE.name)
    return Path(_TREE.name)
