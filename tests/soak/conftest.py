# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import resource
import typing as t

import pytest

from ..support.fleet import FleetFactory, fleets
from .sizes import LONG, SHORT, Sizes

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="as many hosts and runs as the guide on safety says")


@pytest.fixture
def sizes(request: pytest.FixtureRequest) -> Sizes:
    return LONG if request.config.getoption("--long") else SHORT


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[FleetFactory]:
    """Start fleets that end with the test. The endpoint has a port for each host."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with fleets(tmp_path) as start:
        yield start


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Say what was measured."""
    for kind in ("passed", "failed"):
        for report in terminalreporter.stats.get(kind, ()):
            for name, text in report.user_properties:
                if name == "figures":
                    terminalreporter.write_line(f"soak: {text}")
