# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide on safety names tests that exist, and every defence names one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "docsite" / "rst" / "guide_safety.rst").read_text(encoding="utf-8")

#: The cells of a row of a table.
ROW = re.compile(r"^  \* - (.*)\n    - (.*)\n    - (.*)$", re.MULTILINE)


def functions(file: Path) -> list[str]:
    return [node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]


def test_every_test_that_it_names_exists() -> None:
    known = {name for file in ROOT.glob("tests/**/test_*.py") for name in functions(file)}
    named = re.findall(r"``(test_\w+)``", GUIDE)
    assert len(named) > 40
    assert {*named} - known == set()


def test_every_defence_names_a_test() -> None:
    rows = [row for row in ROW.findall(GUIDE) if row[2] != "Proved by"]
    assert len(rows) > 25
    assert [row[0] for row in rows if not re.fullmatch(r"``test_\w+``(, ``test_\w+``)*", row[2])] == []


def test_the_security_policy_leads_to_it() -> None:
    assert "docs/docsite/rst/guide_safety.rst" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
