# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress that a user sees while a run goes on."""

from __future__ import annotations

import resource

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._fleet import files
from ansible_collections.winsec.lsa.plugins.plugin_utils._fleet.progress import Progress


class Screen:
    """Takes what is shown, at a time that the test sets."""

    def __init__(self, terminal: bool, total: int = 1000) -> None:
        self.now = 0.0
        self.shown: list[str] = []
        self.progress = Progress(total, self.shown.append, terminal=terminal, clock=lambda: self.now)

    def after(self, seconds: float, verdict: str = "compliant", hosts: int = 0) -> None:
        for _host in range(hosts):
            self.progress.count(verdict)
        self.now += seconds
        self.progress.turn()


def test_a_terminal_has_one_line_that_is_replaced() -> None:
    screen = Screen(terminal=True)
    for _second in range(4):
        screen.after(0.5, hosts=50)
    assert len(screen.shown) == 2, "once a second"
    assert screen.shown[-1] == "\r200 of 1,000 hosts; 200 compliant; 100 a second; 8 s left"
    screen.progress.end()
    assert screen.shown[-1].strip() == ""
    assert screen.shown[-1].endswith("\r")


def test_nothing_is_left_of_a_longer_line() -> None:
    screen = Screen(terminal=True)
    screen.after(1, "not compliant", 300)
    screen.after(60)
    assert len(screen.shown[1]) >= len(screen.shown[0])


def test_a_log_has_a_line_now_and_then() -> None:
    screen = Screen(terminal=False)
    for _second in range(90):
        screen.after(1, hosts=5)
    screen.progress.end()
    assert screen.shown[0] == "150 of 1,000 hosts; 150 compliant; 5.0 a second; 2 min 50 s left\n"
    assert len(screen.shown) == 3


def test_the_speed_is_that_of_the_last_moments() -> None:
    screen = Screen(terminal=True)
    for _second in range(30):
        screen.after(1, hosts=10)
    for _second in range(30):
        screen.after(1, hosts=1)
    assert "; 1.0 a second;" in screen.progress.line()


_NO_LIMIT = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("limits", "workers", "hosts", "raised"),
    [
        ((4096, 4096), 64, 256, None),
        ((1024, 4096), 64, 256, 2112),
        ((1024, 1024), 64, 120, 1024),
        ((256, _NO_LIMIT), 64, 256, 2112),
        ((256, 256), 64, 24, 256),
        ((_NO_LIMIT, _NO_LIMIT), 9000, 36000, None),
    ],
)
def test_files_are_allowed_or_their_number_is_named(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], workers: int, hosts: int, raised: int | None
) -> None:
    now = list(limits)

    def set_to(_kind: int, pair: tuple[int, int]) -> None:
        now[:] = pair

    monkeypatch.setattr(resource, "getrlimit", lambda _kind: tuple(now))
    monkeypatch.setattr(resource, "setrlimit", set_to)
    assert [files.allow_files(workers), files.allow_files(workers)] == [hosts, hosts]
    assert now == [raised or limits[0], limits[1]]
