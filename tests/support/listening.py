# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that take their port from a file. Somebody may take a free one before they do: then try another."""

from __future__ import annotations

import contextlib
import random
import socket
import time
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    import subprocess

#: Another port each time.
ATTEMPTS = 5
#: For a server on a busy machine. One that lost its port ends at once.
_SECONDS = 120

#: From where to where the kernel takes a port for whoever asks for any. A fleet of the endpoint asks for hundreds.
_GIVEN_BY_KERNEL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port(*addresses: str) -> int:
    """Return a port that is free at every address, and that the system does not give to others."""
    first, last = map(int, _GIVEN_BY_KERNEL.read_text().split())
    ports = [port for port in range(10000, 65536) if not first <= port <= last] or range(10000, 65536)
    while True:
        port = random.choice(ports)
        with contextlib.suppress(OSError), contextlib.ExitStack() as bound:
            for address in addresses:
                bound.enter_context(socket.create_server((address, port)))
            return port


def listens(process: subprocess.Popen[t.Any], port: int, *addresses: str) -> bool:
    """Wait until a server listens at every address; false where it ends before, or takes too long."""
    deadline = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if all(_is_open(address, port) for address in addresses):
            return True
        time.sleep(0.05)
    return False


def _is_open(address: str, port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((address, port)) == 0
