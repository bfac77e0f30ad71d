# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what is tested with which versions into the README, from the tables that the tests go by.

Usage: python -m tests.matrix [--check]     With --check nothing is written, and an outdated README fails.
"""

from __future__ import annotations

import sys
import typing as t

from .environments import ANSIBLE_CORES, MAIN_CORE, ROOT, TESTED_PYTHONS, lower_bounds

README = ROOT / "README.md"
BEGIN, END = "<!-- Begin of what tests/matrix.py writes. -->\n", "<!-- End of what tests/matrix.py writes. -->\n"


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def table(*rows: t.Sequence[str]) -> str:
    """Return a table of Markdown, of its header and its rows."""
    header, *body = rows
    return "".join(f"| {' | '.join(row)} |\n" for row in (header, ["---"] * len(header), *body))


def releases() -> str:
    rows = []
    for core, (oldest, newest) in ANSIBLE_CORES.items():
        python = next(version for version in TESTED_PYTHONS if oldest <= version <= newest)
        rows.append([core, dotted(python), "all", "all" if core == MAIN_CORE else "a selection"])
    return table(["ansible-core", "Python", "Unit tests", "Playbooks"], *rows)


def libraries() -> str:
    """Return the lower bounds of what the collection needs; every session but one installs the newest."""
    return table(["Library", "Oldest tested"], *lower_bounds())


def written(readme: str) -> str:
    """Return the README with the tables of today."""
    before, _begin, rest = readme.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return "".join([before, BEGIN, "\n", releases(), "\n", libraries(), "\n", END, after])


if __name__ == "__main__":
    readme = README.read_text(encoding="utf-8")
    if "--check" not in sys.argv:
        README.write_text(written(readme), encoding="utf-8")
    elif written(readme) != readme:
        sys.exit("README.md does not say what is tested. Run: .venv/bin/python -m tests.matrix")
