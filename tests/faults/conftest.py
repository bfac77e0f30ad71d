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
