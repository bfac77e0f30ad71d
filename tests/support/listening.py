# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that take their port from a file. Somebody may take a free one before they do: then try another."""

from __future__ import annotations

import socket
import time
import typing as t

if t.TYPE_CHECKING:
    import subprocess

#: Another port each time.
ATTEMPTS = 5
_SECONDS = 20


def free_port(*addresses: str) -> int:
    """A port that is free at every address."""
    while True:
        with socket.create_server((addresses[0], 0)) as first:
            port = int(first.getsockname()[1])
            if not any(_is_open(address, port) for address in addresses[1:]):
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
