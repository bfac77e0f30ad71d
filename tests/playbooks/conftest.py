# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ..support.fleet import Fleet

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    FleetFactory = t.Callable[..., Fleet]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[FleetFactory]:
    """Start fleets that end with the test."""
    running: list[Fleet] = []

    def start(hosts: dict[str, t.Any]) -> Fleet:
        running.append(Fleet(tmp_path / f"fleet{len(running)}", hosts))
        return running[-1]

    yield start
    for started in running:
        started.close()
