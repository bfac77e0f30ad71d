# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ..support.fleet import FleetFactory, fleets
from ..support.programs import complaint
from .kdc import Kdc, running_kdc

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_sessionstart() -> None:
    """Say what to install. A realm that is not there is no reason to skip a test."""
    if missing := complaint("kerberos"):
        pytest.exit(missing, returncode=2)


@pytest.fixture(scope="session")
def kdc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kdc]:
    with running_kdc(tmp_path_factory.mktemp("kdc")) as started:
        yield started


@pytest.fixture
def fleet(kdc: Kdc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FleetFactory]:
    """Start fleets that end with the test. They and Ansible know the realm; nobody has a ticket yet."""
    for name, content in kdc.environment.items():
        monkeypatch.setenv(name, content)
    monkeypatch.setenv("KRB5CCNAME", str(tmp_path / "no-tickets"))
    with fleets(tmp_path) as start:
        yield start
