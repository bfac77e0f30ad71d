# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of several fleets on the disk, and a Chromium to open them."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ..support.browser import chromium
from ..support.importable import link_checkout

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

link_checkout()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report of each fleet of fleets.py, by its name."""
    from .fleets import write_reports

    return write_reports(tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running
