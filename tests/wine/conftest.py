# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ..support.programs import complaint
from .rig import Rig, running_rig

if t.TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_sessionstart() -> None:
    """Say what to install. Hosts that are not there are no reason to skip a test."""
    if absent := complaint("wine"):
        pytest.exit(absent, returncode=2)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with running_rig(tmp_path_factory.mktemp("wine")) as started:
        yield started


@pytest.fixture
def rig(running: Rig) -> Rig:
    """Hosts on which nothing is configured."""
    running.reset()
    return running
