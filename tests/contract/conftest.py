# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import functools
import typing as t

import pytest

from ..kerberos.kdc import Kdc, running_kdc
from ..support.programs import complaint
from ..wine.rig import running_rig
from . import endpoint_rig, wine_rig
from .summary import counts, summary

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..wine.rig import Rig as WineHosts
    from .combinations import Outcomes, Programs, Rig

_EVERY = "--every-combination"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(_EVERY, action="store_true", help="also those that need Wine and Kerberos")


def rigs(*, every: bool) -> tuple[Rig, ...]:
    """Run the longest tests first."""
    return (*(wine_rig.rigs() if every else ()), *endpoint_rig.rigs(every=every))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say what to install. Programs that are not there are no reason to skip a test."""
    needs = {need for rig in rigs(every=session.config.getoption(_EVERY)) for need in rig.needs}
    if missing := complaint(*sorted(needs)):
        pytest.exit(missing, returncode=2)


def _in_one_process(rig: Rig) -> pytest.MarkDecorator:
    """Keep a rig together, and all that need Wine, whose hosts take long to start."""
    return pytest.mark.xdist_group("wine" if "wine" in rig.needs else rig.name)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    every = metafunc.config.getoption(_EVERY)
    if metafunc.definition.name == "test_loop":
        parameters = [
            pytest.param(rig, combination, id=f"{combination}: loop", marks=_in_one_process(rig))
            for rig in rigs(every=every)
            for combination in rig.combinations
        ]
        metafunc.parametrize(("rig", "combination"), parameters)
    elif "case" in metafunc.fixturenames:
        parameters = [
            pytest.param(rig, combination, case, id=f"{combination}: {case}", marks=_in_one_process(rig))
            for rig in rigs(every=every)
            for combination in rig.combinations
            for case in rig.cases(combination)
        ]
        metafunc.parametrize(("rig", "combination", "case"), parameters)


class RunningPrograms:
    """See combinations.Programs."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self.folder = folder
        self._stack = stack

    @functools.cached_property
    def kdc(self) -> Kdc:
        (self.folder / "kdc").mkdir()
        return self._stack.enter_context(running_kdc(self.folder / "kdc"))

    @functools.cached_property
    def wine(self) -> WineHosts:
        return self._stack.enter_context(running_rig(self.folder / "wine"))


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    with contextlib.ExitStack() as stack:
        yield RunningPrograms(tmp_path_factory.mktemp("contract"), stack)


@pytest.fixture(scope="session")
def outcomes(programs: Programs) -> t.Callable[[Rig], Outcomes]:
    """Run a rig when its first case is asked for, once, also where that fails."""

    @functools.cache
    def attempt(rig: Rig) -> Outcomes | Exception:
        try:
            return rig.run(programs)
        except Exception as error:  # every case of the rig fails with it
            return error

    def run(rig: Rig) -> Outcomes:
        found = attempt(rig)
        if isinstance(found, Exception):
            raise found.with_traceback(None)  # or it would grow with every case
        return found

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = counts(terminalreporter.stats)
    if found:
        here, everywhere = rigs(every=config.getoption(_EVERY)), rigs(every=True)
        terminalreporter.write_sep("=", "contract")
        lines = summary(found, here, everywhere, {**endpoint_rig.LIMITS, **wine_rig.LIMITS})
        terminalreporter.write("\n".join([*lines, ""]))
