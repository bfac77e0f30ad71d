# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README shows what the demo prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from .snippets import ROOT, all_snippets


@pytest.mark.word_for_word
def test_readme_shows_the_demo() -> None:
    command = [sys.executable, str(ROOT / "tests" / "demo" / "demo.py")]
    environment = {**os.environ, "COLUMNS": "120"}
    printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=3600).stdout
    (shown,) = (s.text for s in all_snippets() if s.file == "README.md" and "winsec-endpoint --fleet" in s.first_line)
    assert lines_of(shown) == lines_of(printed)


def lines_of(text: str) -> list[str]:
    """The lines that say something, without what differs from run to run."""
    return [re.sub(r"\d+ seconds", "some seconds", line.rstrip()) for line in text.splitlines() if line.strip()]
