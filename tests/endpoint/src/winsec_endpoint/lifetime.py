# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the endpoint ends: on a signal, with its parent, or when nobody asked anything for a while."""

from __future__ import annotations

import asyncio
import os
import signal

from .http.server import Activity

_POLL_SECONDS = 0.25


def signalled() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set from now on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def wait_for_end(stop: asyncio.Event, activity: Activity, idle_exit: float | None, parent: int | None) -> None:
    """The parent is polled: PR_SET_PDEATHSIG fires already when the thread that started us ends."""
    while not stop.is_set():
        if idle_exit is not None and activity.idle_seconds >= idle_exit:
            return
        if parent is not None and os.getppid() != parent:
            return
        try:
            await asyncio.wait_for(stop.wait(), _POLL_SECONDS)
        except TimeoutError:
            continue
