# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible.plugins.loader import init_plugin_loader

from ..support.fleet import FleetFactory, fleets

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

init_plugin_loader()  # before the first import of the collection


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[FleetFactory]:
    """Start fleets that end with the test."""
    with fleets(tmp_path) as start:
        yield start


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Say how many faults, each at each step, were survived."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    counts = [count for report in reports for name, count in report.user_properties if name == "faults"]
    if counts:
        survived, cases = (sum(numbers) for numbers in zip(*counts, strict=True))
        terminalreporter.write_line(f"faults survived: {survived} of {cases}")
