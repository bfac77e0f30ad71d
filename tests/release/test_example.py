# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user's project with the two files that a release publishes, and nothing else of this repository.

The environment variable DIST names the folder that holds them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest

from ..docs.snippets import ROOT, Snippet, read

GUIDE = "docs/docsite/rst/guide_test_without_windows.rst"
EXAMPLE = ROOT / "tests" / "example"
SNIPPETS = read(GUIDE, (ROOT / GUIDE).read_text(encoding="utf-8"))
#: What a shell of the user's has, and pip where downloads need it.
KEPT = ("PATH", "TMPDIR", "LANG", "LC_ALL", "NO_PROXY", "no_proxy")


def files(snippets: t.Iterable[Snippet]) -> dict[str, str]:
    """The files that snippets show: by the name in the comment that they begin with, the rest of the text."""
    return {
        snippet.first_line.removeprefix("# "): snippet.text.partition("\n")[2].strip()
        for snippet in snippets
        if snippet.first_line.startswith("# ")
    }


def test_the_guide_shows_every_file_of_the_example() -> None:
    head = re.compile(r"(---\n)?(# .*\n)+\n")
    paths = [path for path in EXAMPLE.rglob("*") if path.is_file() and path.name != "README.md"]
    found = {str(path.relative_to(EXAMPLE)): head.sub("", path.read_text(), count=1).strip() for path in paths}
    assert files(SNIPPETS) == found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example as its user has it: with tarball and wheel, and no license headers."""
    folder = tmp_path / "project"
    for name, text in files(SNIPPETS).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{text}\n")
    for pattern in ("winsec-lsa-*.tar.gz", "*.whl"):
        (published,) = Path(os.environ["DIST"]).glob(pattern)
        shutil.copy2(published, folder)
    return folder


def test_the_guide_leads_to_a_role_that_is_tested(project: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    commands = "\n".join(snippet.text for snippet in SNIPPETS if snippet.language == "console")
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("PIP_")}
    done = subprocess.run(
        ["bash", "-euo", "pipefail"],
        cwd=project,
        env={**kept, "HOME": str(tmp_path / "home")},
        input=commands,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=3600,
        check=False,
    )
    # Molecule draws arrows for terminals only.
    output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout).replace(" > ", " ➜ ")
    assert done.returncode == 0, output
    (steps,) = [snippet.text for snippet in SNIPPETS if "Executed" in snippet.text]
    for line in steps.splitlines():
        assert line in output
    assert output.count("Local System was configured to be anonymous.") == 1, "srv2008, and not in the second run"
