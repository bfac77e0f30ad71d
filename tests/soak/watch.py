# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources that programs take while they run, and those that they leave behind."""

from __future__ import annotations

import secrets
import threading
import time
import typing as t
from collections import defaultdict
from pathlib import Path

#: Seconds between two looks.
_PAUSE = 0.2

_VARIABLE = "WATCHED_BY"


class Sample(t.NamedTuple):
    """The resources of a process: open files, sockets among them, threads, and MiB of memory, now and at most."""

    files: int
    sockets: int
    threads: int
    memory: float
    peak: float


class Watch:
    """Looks at all processes that have its mark in their environment, until its context ends: also at their forks."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(8)
        self._over = threading.Event()
        #: By process, in the order in which they were taken.
        self.samples: dict[int, list[Sample]] = defaultdict(list)

    @property
    def environment(self) -> dict[str, str]:
        """With which to start what is to be watched."""
        return {_VARIABLE: self._mark}

    def __enter__(self) -> t.Self:
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_PAUSE):
            for process in self._processes():
                try:
                    self.samples[int(process.name)].append(_sample(process))
                except (OSError, KeyError):  # it has ended
                    continue

    def _processes(self) -> list[Path]:
        mark = f"{_VARIABLE}={self._mark}".encode()
        return [process for process in Path("/proc").glob("[0-9]*") if mark in _read(process / "environ").split(b"\0")]

    def most(self, what: str) -> float:
        """The most that a single process had of something."""
        return max(float(getattr(sample, what)) for samples in self.samples.values() for sample in samples)

    def left(self, grace: float = 30) -> list[str]:
        """The command lines of the processes that do not end by themselves within these seconds."""
        deadline = time.monotonic() + grace
        while (processes := self._processes()) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        return [_read(process / "cmdline").replace(b"\0", b" ").decode() for process in processes]


def _sample(process: Path) -> Sample:
    links = [str(link.readlink()) for link in (process / "fd").iterdir()]
    lines = (line.split() for line in (process / "status").read_text().splitlines())
    status = {words[0]: words[1] for words in lines if len(words) > 1}
    memory, peak = (int(status[name]) / 1024 for name in ("VmRSS:", "VmHWM:"))
    return Sample(len(links), sum(link.startswith("socket:") for link in links), int(status["Threads:"]), memory, peak)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # the process has ended, or is another user's
        return b""


class Scratch:
    """A home and a folder for temporary files, and what is in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "tmp").mkdir(parents=True)

    @property
    def environment(self) -> dict[str, str]:
        """With which programs put their files there."""
        home = str(self._folder)
        return {"HOME": home, "ANSIBLE_HOME": home, "ANSIBLE_LOCAL_TEMP": f"{home}/tmp", "TMPDIR": f"{home}/tmp"}

    def names(self) -> set[str]:
        return {str(path.relative_to(self._folder)) for path in self._folder.rglob("*")}
