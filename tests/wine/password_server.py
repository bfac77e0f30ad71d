# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An SSH server that takes a password.

OpenSSH takes those of the machine's own accounts and no others, so this is AsyncSSH. Behind it is a host of the rig.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import typing as t

import asyncssh

from .ssh_server import Service

if t.TYPE_CHECKING:
    from collections.abc import Iterator

#: As a user types it. It is random, since whoever knows it runs commands here.
PASSWORD = secrets.token_hex(12)


class PasswordServer:
    """Listens on the loopback address; ``known_hosts`` is the line that a client has to have for it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self.address, self.port = "127.0.0.1", 0

    @property
    def known_hosts(self) -> str:
        return f"[{self.address}]:{self.port} {self._key.export_public_key().decode()}"

    async def serve(self, until: asyncio.Event, ready: threading.Event) -> None:
        server = await asyncssh.create_server(
            _Login, self.address, 0, server_host_keys=[self._key], process_factory=self._run, encoding=None
        )
        async with server:
            self.port = server.get_port()
            ready.set()
            await until.wait()

    async def _run(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        child = await asyncio.create_subprocess_exec(
            *self._service.command,
            env={**self._service.environment, "SSH_ORIGINAL_COMMAND": process.command or ""},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        stdout, _stderr = await child.communicate()
        process.stdout.write(stdout)
        process.exit(child.returncode or 0)


class _Login(asyncssh.SSHServer):
    def begin_auth(self, _username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, _username: str, password: str) -> bool:
        return password == PASSWORD


@contextlib.contextmanager
def running_password_server(service: Service) -> Iterator[PasswordServer]:
    server, ready, stop = PasswordServer(service), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(server.serve(stop, ready),))
    thread.start()
    try:
        assert ready.wait(timeout=60), "the server did not start"
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
