# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever leaves something behind, or takes more and more, is found: or the other tests here would prove nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import typing as t

from .watch import Sample, Scratch, Watch

if t.TYPE_CHECKING:
    from pathlib import Path

#: Each line of its input makes it take more, and is answered.
TAKES_MORE = """
import socket, sys, threading
taken = []
for line in sys.stdin:
    taken += [socket.socket() for _number in range(20)]
    taken.append(b"x" * 50 * 2**20)
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    print(flush=True)
"""

#: It leaves a process in a session of its own, and a folder with a file.
LEAVES = """
import pathlib, subprocess, sys, tempfile
(pathlib.Path(tempfile.mkdtemp()) / "left").touch()
ends_never = [sys.executable, "-c", "import time; time.sleep(600)"]
print(subprocess.Popen(ends_never, start_new_session=True, stdout=subprocess.DEVNULL).pid)
"""


def python(program: str, watch: Watch, scratch: Scratch) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, **watch.environment, **scratch.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def next_sample(watch: Watch, process: subprocess.Popen[str]) -> Sample:
    """One that was begun after this call."""
    known = len(watch.samples[process.pid])
    while len(watch.samples[process.pid]) < known + 2:
        assert process.poll() is None
        time.sleep(0.05)
    return watch.samples[process.pid][-1]


def test_what_a_process_takes_is_seen(tmp_path: Path) -> None:
    taken = []
    with Watch() as watch, python(TAKES_MORE, watch, Scratch(tmp_path / "home")) as process:
        assert process.stdin
        assert process.stdout
        for _time in range(2):
            process.stdin.write("\n")
            process.stdin.flush()
            process.stdout.readline()
            taken.append(next_sample(watch, process))
        process.stdin.close()
    one, two = taken
    assert (one.files, one.sockets, one.threads) == (23, 20, 2)
    assert (two.files, two.sockets, two.threads) == (43, 40, 3)
    assert two.memory > one.memory + 49
    assert watch.most("peak") >= two.peak >= 100
    assert watch.left() == []


def test_what_is_left_is_seen(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "home")
    before = scratch.names()
    with Watch() as watch, python(LEAVES, watch, scratch) as process:
        left = int(process.communicate()[0])
    try:
        assert len(watch.left(grace=1)) == 1
    finally:
        os.kill(left, signal.SIGKILL)
    assert len(scratch.names() - before) == 2
