# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built site, served on this machine, and a Chromium to look at it."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import typing as t
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from selenium import webdriver

from ..support.programs import program

if t.TYPE_CHECKING:
    from collections.abc import Iterator

#: Without these, Chromium looks for updates and for hosts of its maker, which has nothing to do with the site.
OFFLINE = ("no-first-run", "disable-background-networking", "disable-component-update", "disable-sync", "disable-quic")


@pytest.fixture(scope="session")
def folder() -> Path:
    """The folder that the session docs_browser has built."""
    return Path(os.environ["SITE"])


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: t.Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(program("chromium"))
    for name in ("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "hide-scrollbars", *OFFLINE):
        options.add_argument(f"--{name}")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(str(program("chromedriver")))
    with contextlib.closing(_Quitting(webdriver.Chrome(options=options, service=service))) as running:
        yield running.browser


class _Quitting(t.NamedTuple):
    browser: webdriver.Chrome

    def close(self) -> None:
        self.browser.quit()
