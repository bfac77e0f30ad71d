# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tests that have to notice a change, in a process that does not start anew for each mutant.

All libraries are loaded, and all tests are run once. That tells which functions each test calls and how long it takes.
For a mutant, a fork of this process imports the changed code and runs the tests that call the changed function, the
fastest first, until one fails. That takes a tenth of the time that a new Python with pytest needs. Tests that take long
are left out: others have to notice.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import time
import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from .changes import Change

#: A function: its file, and the line by which Python knows it; None for what is in none.
Function: t.TypeAlias = tuple[str, int | None]

#: Where tests/support/importable.py puts the checkout.
_COLLECTION: t.Final = "/ansible_collections/winsec/lsa/"

#: Few examples, and no search for the smallest one that fails: that it fails is all that is asked.
settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    max_examples=30,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
#: Without the plugins of pytest that no test needs: each costs time at every start.
_OPTIONS: t.Final = [
    *("--quiet", "--exitfirst", "--tb=no", "--assert=plain", "--capture=no", "--hypothesis-profile=mutants"),
    *("-pno:cacheprovider", "-pno:logging", "-pno:faulthandler", "-pno:unraisableexception", "-pno:threadexception"),
    *("-pno:junitxml", "-pno:doctest", "-pno:unittest", "-pno:pastebin", "-pno:stepwise", "-pno:legacypath"),
    *("-pno:setuponly", "-pno:setupplan", "-pno:warnings"),
]

#: Seconds of the processor that a test may take.
_LONGEST: t.Final = 1.0

#: Seconds of the processor for the import, and for a test beside ten times its own; seconds in all for waiting.
_IMPORT: t.Final = 10.0
_SPARE: t.Final = 2.0
_WAITING: t.Final = 60


class Suite:
    """Tests, by file or folder, that pass on the unchanged code in the current folder."""

    def __init__(self, tests: list[str]) -> None:
        recorder = _Recorder()
        if _pytest(tests, recorder) != 0:
            raise RuntimeError(f"{tests} fails on the unchanged code")
        self._calls = recorder.calls
        self._imported = recorder.imported
        self._seconds = {test: seconds for test, seconds in recorder.seconds.items() if seconds <= _LONGEST}
        sys.dont_write_bytecode = True
        for name in [name for name in sys.modules if _is_reloaded(name)]:
            del sys.modules[name]
        # What is there stays, in all forks: there is no need to look through it for garbage, nor for that of a fork.
        gc.collect()
        gc.freeze()
        gc.disable()
        if not self._passes(sorted(self._seconds)):
            raise RuntimeError(f"{tests} fails on the unchanged code once it is loaded again")

    def notices(self, change: Change) -> bool:
        """Whether a test fails on the changed code, or does not end on it."""
        file = Path(change.mutant.file)
        before, times = file.read_bytes(), file.stat()
        file.write_text(change.text, "utf-8")
        try:
            return not self._passes(self._tests_of(change))
        finally:
            file.write_bytes(before)
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # what was compiled of it is valid again

    def _tests_of(self, change: Change) -> list[str]:
        function = (change.mutant.file, change.function)
        every = change.function is None or function in self._imported
        chosen = (test for test in self._seconds if every or function in self._calls[test])
        return sorted(chosen, key=lambda test: (self._seconds[test], test))

    def _passes(self, tests: list[str]) -> bool:
        if not tests:
            return True
        child = os.fork()
        if child == 0:
            status = 70
            try:
                silence = os.open(os.devnull, os.O_WRONLY)
                os.dup2(silence, 1)
                os.dup2(silence, 2)
                files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
                status = _pytest(files, _Selection({test: self._seconds[test] for test in tests}))
            finally:
                os._exit(status)
        return os.waitpid(child, 0)[1] in (0, pytest.ExitCode.NO_TESTS_COLLECTED << 8)


def _pytest(tests: list[str], plugin: object) -> int:
    return int(pytest.main([*_OPTIONS, *tests], plugins=[plugin]))


def _is_reloaded(name: str) -> bool:
    """Whether a module is the project's own, but for those that have made it importable."""
    kept = ("tests.mutants", "tests.support", "tests.unit.conftest")
    return name.startswith(("ansible_collections.", "tests.")) and not name.startswith(kept)


class _Recorder:
    """A plugin of pytest that notes which functions each test calls, and how long it takes."""

    def __init__(self) -> None:
        #: What is called when tests are imported, for their examples: each test may depend on it.
        self.imported: set[Function] = set()
        self.calls: dict[str, set[Function]] = {}
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> t.Generator[None, object, object]:
        with _noted(self.imported):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> t.Generator[None, object, object]:
        started = time.process_time()
        with _noted(self.calls.setdefault(item.nodeid, set())):
            result = yield
        self.seconds[item.nodeid] = time.process_time() - started
        return result


@contextlib.contextmanager
def _noted(called: set[Function]) -> t.Iterator[None]:
    def note(frame: t.Any, event: str, _argument: object) -> None:
        if event == "call" and _COLLECTION in frame.f_code.co_filename:
            called.add((frame.f_code.co_filename.partition(_COLLECTION)[2], frame.f_code.co_firstlineno))

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


class _Selection:
    """A plugin of pytest that runs some tests only, in this order, and ends the process where one does not end."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        signal.setitimer(signal.ITIMER_PROF, _IMPORT)
        signal.alarm(_WAITING)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        by_name = {item.nodeid: item for item in items}
        items[:] = [by_name[name] for name in self._seconds if name in by_name]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        signal.setitimer(signal.ITIMER_PROF, _SPARE + 10 * self._seconds[item.nodeid])
        signal.alarm(_WAITING)
