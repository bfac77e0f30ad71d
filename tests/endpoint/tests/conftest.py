# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from .support import Fleet


class StartFleet(Protocol):
    def __call__(self, hosts: dict[str, Any], *arguments: str, defaults: dict[str, Any] | None = None) -> Fleet: ...


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartFleet]:
    """Starts fleets that are gone when the test ends."""
    running: list[Fleet] = []

    def start(hosts: dict[str, Any], *arguments: str, defaults: dict[str, Any] | None = None) -> Fleet:
        running.append(Fleet(tmp_path, {"defaults": defaults or {}, "hosts": hosts}, *arguments))
        return running[-1].wait()

    yield start
    for fleet in running:
        fleet.stop()


@pytest.fixture(scope="module")
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The HOSTS of a test module, served once for all its tests."""
    fleet = Fleet(tmp_path_factory.mktemp("fleet"), {"hosts": request.module.HOSTS})
    yield fleet.wait()
    fleet.stop()
