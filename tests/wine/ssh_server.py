# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One real OpenSSH server that represents many hosts: each has an address of its own on the loopback interface."""

from __future__ import annotations

import shlex
import subprocess
import typing as t
from pathlib import Path

from ..support.listening import ATTEMPTS, free_port, listens
from ..support.programs import program

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
    """The server at an address: a command for every session, and its environment."""

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
        for _attempt in range(ATTEMPTS):
            self.port = free_port(*self._addresses)
            if self._listens():
                names = (f"[{service.address}]:{self.port}" for service in self._services)
                self.known_hosts.write_text("".join(f"{name} {self._host_key}" for name in names))
                return
        raise RuntimeError(f"sshd does not start: {self._log.read_text()}")

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=60)

    def _listens(self) -> bool:
        config = self._folder / "sshd_config"
        addresses = "".join(f"ListenAddress {address}\n" for address in self._addresses)
        matches = "".join(service.config() for service in self._services)
        config.write_text(
            f"Port {self.port}\n{_OPTIONS.format(folder=self._folder)}{addresses}ForceCommand /bin/false\n{matches}"
        )
        command = [str(program("setpriv")), "--pdeathsig", "TERM", str(program("sshd")), "-D", "-e", "-f", str(config)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        if listens(self._process, self.port, *self._addresses):
            return True
        self.stop()
        return False

    @property
    def _addresses(self) -> list[str]:
        return [service.address for service in self._services]


def make_key(file: Path) -> Path:
    subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    return file


def _try_to_make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o755)
    except OSError:
        return  # not as root: then sshd does not need it
