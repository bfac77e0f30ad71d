# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet's life: read, listen, tell, wait, end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .atomic import write_text
from .fleet import inventory
from .fleet.hosts import Host
from .fleet.journal import Journal
from .fleet.state import State
from .http.listener import Listener
from .http.server import Activity, HostServer
from .http.tls import Authority
from .lifetime import signalled, wait_for_end
from .wsman.exchange import Endpoint


@dataclass(frozen=True)
class Settings:
    inventory: Path
    state: Path | None
    log: Path | None
    idle_exit: float | None
    parent: int | None  # end when this process is no longer the parent


async def run(hosts: list[Host], settings: Settings, ready: Callable[[], None]) -> None:
    state, journal, activity = State(settings.state), Journal(settings.log), Activity()
    secure = any(host.scheme == "https" for host in hosts)
    authority = Authority(settings.inventory) if secure else None
    servers = [HostServer(_endpoint(host, state), Listener.of(host, authority), journal, activity) for host in hosts]
    try:
        for server in servers:
            await server.start()
        listening = [(server.listener, server.port) for server in servers]
        stop = signalled()  # whoever is told that it is ready may end it at once
        write_text(settings.inventory, inventory.text(listening))
        ready()
        await wait_for_end(stop, activity, settings.idle_exit, settings.parent)
    finally:
        await asyncio.gather(*(server.stop() for server in servers))


def _endpoint(host: Host, state: State) -> Endpoint:
    registry = state.load(host)
    state.save(host, registry)
    return Endpoint(host, registry, state)
