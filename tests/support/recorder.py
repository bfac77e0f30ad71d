# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recorder of transcripts, run as a contributor runs it, and the replay of what it wrote."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from .runs import Controller

ROOT = Path(__file__).parents[2]


class Recording(t.NamedTuple):
    """The outcome of a run of the recorder: the files by name."""

    exit_status: int
    output: str
    files: dict[str, str]


def make_transcript(controller: Controller, folder: Path, host: str, **variables: str) -> Recording:
    """``make transcript`` in this checkout, for hosts of somebody's inventory."""
    given = {"HOST": host, "INVENTORY": str(controller.inventory), "FOLDER": str(folder), **variables}
    command = ["make", "transcript", *(f"{name}={text}" for name, text in given.items())]
    done = _run(command, controller.environment)
    files = sorted(folder.glob("*")) if folder.exists() else []
    return Recording(done.returncode, done.stdout, {file.name: file.read_text(encoding="utf-8") for file in files})


def replay(folder: Path) -> None:
    """Run the test that replays transcripts on those of a folder."""
    test = str(ROOT / "tests" / "unit" / "transcripts" / "test_replay.py")
    done = _run([sys.executable, "-m", "pytest", test, "-k", "read_as_it_was_found"], {"TRANSCRIPTS": str(folder)})
    assert f" {len(list(folder.iterdir()))} passed" in done.stdout, done.stdout


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1200,
        check=False,
    )
