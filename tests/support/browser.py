# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Chromium to look at pages with. It asks nobody but the pages."""

from __future__ import annotations

import contextlib
import typing as t

from selenium import webdriver

from .programs import program

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Without these, Chromium looks for updates and for hosts of its maker, which has nothing to do with the pages.
_OFFLINE = ("no-first-run", "disable-background-networking", "disable-component-update", "disable-sync", "disable-quic")
_SWITCHES = ("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "hide-scrollbars", *_OFFLINE)


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    """Start it with a folder for its profile, and quit it in the end."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(program("chromium"))
    for switch in _SWITCHES:
        options.add_argument(f"--{switch}")
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(program("chromedriver"))))
    try:
        yield browser
    finally:
        browser.quit()
