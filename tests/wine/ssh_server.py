# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One real OpenSSH server that stands for many hosts: each has an address of its own on the loopback interface."""

from __future__ import annotations

import shlex
import socket
import subprocess
import time
import typing as t
from pathlib import Path

from ..programs import program

_OPTIONS = """\
AuthorizedKeysFile {folder}/user.pub
HostKey {folder}/host
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PermitUserRC no
PrintMotd no
X11Forwarding no
AllowTcpForwarding no
MaxStartups 100
MaxSessions 50
LogLevel VERBOSE
"""


class Service(t.NamedTuple):
    """What answers at an address: a command for every session, and its environment."""

    address: str
    command: tuple[str, ...]
    environment: dict[str, str]

    def config(self) -> str:
        variables = " ".join(f'"{name}={value}"' for name, value in self.environment.items())
        lines = [f"Match LocalAddress {self.address}", f"    ForceCommand {shlex.join(self.command)}"]
        return "\n".join([*lines, *([f"    SetEnv {variables}"] if variables else []), ""])


class SshServer:
    """A server with a host key, and a user key that it accepts. It ends with this process at the latest."""

    def __init__(self, folder: Path, services: t.Sequence[Service]) -> None:
        self._folder = folder
        self._log = folder / "sshd.log"
        self._services = services
        self.user_key = make_key(folder / "user")
        self._host_key = make_key(folder / "host").with_suffix(".pub").read_text()
        self.known_hosts = folder / "known_hosts"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # The folder of an empty root that sshd wants when it runs as root; a package's start script makes it.
        if Path("/run").exists() and not Path("/run/sshd").exists():
            _try_to_make(Path("/run/sshd"))
        # Between finding a free port and listening on it, somebody else may take it.
        for _attempt in range(5):
            self.port = _free_port([service.address for service in self._services])
            if self._listens():
                names = (f"[{service.address}]:{self.port}" for service in self._services)
                self.known_hosts.write_text("".join(f"{name} {self._host_key}" for name in names))
                return
        raise RuntimeError(f"sshd does not start: {self._log.read_text()}")

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=10)

    def _listens(self) -> bool:
        config = self._folder / "sshd_config"
        addresses = "".join(f"ListenAddress {service.address}\n" for service in self._services)
        matches = "".join(service.config() for service in self._services)
        config.write_text(
            f"Port {self.port}\n{_OPTIONS.format(folder=self._folder)}{addresses}ForceCommand /bin/false\n{matches}"
        )
        command = [str(program("setpriv")), "--pdeathsig", "TERM", str(program("sshd")), "-D", "-e", "-f", str(config)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        deadline = time.monotonic() + 20
        while self._process.poll() is None and time.monotonic() < deadline:
            if all(_is_open(service.address, self.port) for service in self._services):
                return True
            time.sleep(0.05)
        self.stop()
        return False


def make_key(file: Path) -> Path:
    subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    return file


def _try_to_make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o755)
    except OSError:
        return  # not as root: then sshd does not need it


def _free_port(addresses: t.Sequence[str]) -> int:
    """A port that is free at every address."""
    while True:
        with socket.create_server((addresses[0], 0)) as first:
            port = int(first.getsockname()[1])
            if not any(_is_open(address, port) for address in addresses[1:]):
                return port


def _is_open(address: str, port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((address, port)) == 0
