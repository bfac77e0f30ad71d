# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README shows the last table that the demo prints."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from .snippets import ROOT, all_snippets


def demo(*options: str, columns: int) -> str:
    command = [sys.executable, "-m", "tests.demo.demo", *options]
    environment = {**os.environ, "COLUMNS": str(columns)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=3600)
    return done.stdout


@pytest.mark.word_for_word
def test_readme_shows_the_demo() -> None:
    (shown,) = (s.text for s in all_snippets() if s.file == "README.md" and s.first_line == "$ make demo")
    table = "\n".join(lines_of(shown)[1:])
    printed = demo(columns=120)
    assert f"\n{table}\nNow each has" in "\n".join(lines_of(printed))
    (page,) = re.findall(r"^  (/.*/report\.html)$", printed, re.MULTILINE)
    assert "10 hosts" in Path(page).read_text()


@pytest.mark.word_for_word
def test_the_fleet_is_kept_until_it_is_stopped() -> None:
    """And 80 columns are enough."""
    printed = demo("--keep", columns=80)
    assert "…" not in printed
    for host in yaml.safe_load((ROOT / "tests" / "demo" / "fleet.yml").read_text())["hosts"]:
        assert re.search(rf"^{host} .* (yes|no) +\w", printed, re.MULTILINE), host
    lines = [line for line in lines_of(printed) if not line.startswith("/")]
    assert [line for line in lines if len(line) > 80 and "/" not in line] == []
    try_it, _stop, stop_it = printed.partition("Try:\n")[2].partition("Stop it:\n")
    in_shell(try_it)
    in_shell(stop_it)
    pid, folder = re.findall(r"kill (\d+); rm -rf (\S+)", stop_it)[0]
    wait_for_the_end(int(pid))
    assert not Path(folder).exists()


def in_shell(lines: str) -> None:
    """Run lines as a user's shell does, who has none of the session's variables but those that Python needs."""
    environment = {name: os.environ[name] for name in ("HOME", "LC_ALL") if name in os.environ}
    environment["PATH"] = "/usr/bin:/bin"
    subprocess.run(["bash", "-ec", lines], env=environment, check=True, capture_output=True, timeout=600)


def wait_for_the_end(pid: int) -> None:
    deadline = time.monotonic() + 60
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.1)
        pytest.fail(f"process {pid} still runs")


def lines_of(text: str) -> list[str]:
    """The lines that say something, without what differs from run to run."""
    return [re.sub(r"\d+ seconds", "some seconds", line.rstrip()) for line in text.splitlines() if line.strip()]
