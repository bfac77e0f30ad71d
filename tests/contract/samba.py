# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Samba's Remote Registry: an smbd of its own, and its registry told and changed by Samba's own programs.

Hosts are keys below one key. Settings: smb.conf(5); ``net registry`` works on the files, as root, past all permissions.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import typing as t
from pathlib import Path

from ..support.listening import ATTEMPTS, free_port, listens
from ..support.programs import program
from ..support.reg_file import Values, parse, render

ADDRESS = "127.0.0.1"
#: Accounts of a plain Debian. The group of the first is made Administrators; root would be refused nothing.
ADMINISTRATOR, USER = "bin", "daemon"
PASSWORD = "Samba-and-its-password"
_ROOT = r"SOFTWARE\winsec"
_SAMBA = "/usr/libexec/samba"

#: What administrators may do with a key: all, read, or nothing but give permissions. In letters that Samba 4.17 reads.
_ALL, _READ, _NONE = "CCDCLCSWRPWPSDRCWDWO", "CCSWRPRC", "RCWD"
PERMISSIONS = {"full": _ALL, "read": _READ, "none": _NONE}

_FOLDERS = ("private", "lock", "state", "cache", "pid", "ncalrpc")
_CONFIG = """\
[global]
    netbios name = WINREG
    server role = standalone server
    interfaces = 127.0.0.1/8
    bind interfaces only = yes
    smb ports = {port}
    disable netbios = yes
    load printers = no
    printcap name = /dev/null
    disable spoolss = yes
    log file = {folder}/log.%m
    private dir = {folder}/private
    lock directory = {folder}/lock
    state directory = {folder}/state
    cache directory = {folder}/cache
    pid directory = {folder}/pid
    ncalrpc dir = {folder}/ncalrpc
"""


class Samba:
    """A running smbd, and what is in its registry."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = folder / "smb.conf"
        self.port = 0

    def remote_registry(self, fleet: str, username: str = ADMINISTRATOR) -> dict[str, t.Any]:
        """The key ``remote_registry`` of a fleet, whose hosts are kept together under its name."""
        key = rf"{_ROOT}\{fleet}"
        return {"address": ADDRESS, "port": self.port, "username": username, "password": PASSWORD, "key": key}

    def store(self, fleet: str, hosts: t.Mapping[str, t.Mapping[str, Values]]) -> None:
        """Store values: by host, by key below HKEY_LOCAL_MACHINE, by name."""
        keys = [(_path(fleet, host, key), values) for host, stored in hosts.items() for key, values in stored.items()]
        file = self._folder / f"{fleet}.reg"
        file.write_bytes(render(keys))
        self._net("import", str(file))

    def stored(self, fleet: str) -> dict[str, dict[str, Values]]:
        """All that is stored of hosts: by host, by key below HKEY_LOCAL_MACHINE, by name."""
        file = self._folder / f"{fleet}.reg"
        self._net("export", rf"HKLM\{_ROOT}\{fleet}", str(file), "regedit5")
        hosts: dict[str, dict[str, Values]] = {}
        for path, values in parse(file.read_bytes()).items():
            host, _separator, key = path.removeprefix(f"{_ROOT}\\{fleet}\\").partition("\\HKEY_LOCAL_MACHINE\\")
            if key:
                hosts.setdefault(host, {})[key] = values
        return hosts

    def permit(self, fleet: str, host: str, key: str, access: str) -> None:
        """Say what administrators may do with a key, and nobody else anything."""
        self._net("setsd_sddl", rf"HKLM\{_path(fleet, host, key)}", f"D:(A;;{PERMISSIONS[access]};;;BA)")

    def prepare(self) -> None:
        for name in _FOLDERS:
            (self._folder / name).mkdir()
        self._configure()
        group = ["groupmap", "add", "ntgroup=Administrators", "sid=S-1-5-32-544", "type=builtin"]
        self._run("net", *group, f"unixgroup={ADMINISTRATOR}")
        for name in (ADMINISTRATOR, USER):
            self._run("smbpasswd", "-s", "-a", name, given=f"{PASSWORD}\n" * 2)
        self._net("createkey", f"HKLM\\{_ROOT}")
        # rpcd_winreg opens it as the user who asks first.
        (self._folder / "state" / "registry.tdb").chmod(0o666)

    def start(self) -> subprocess.Popen[bytes]:
        """Start smbd, which ends with this process."""
        for _attempt in range(ATTEMPTS):
            self._configure()
            command = [program("setpriv"), "--pdeathsig", "TERM", program("smbd"), "-F", "--no-process-group"]
            with (self._folder / "smbd.log").open("ab") as log:
                process = subprocess.Popen(
                    [*map(str, command), f"--configfile={self._config}"],
                    # Nothing stored here has to survive a power failure.
                    env={**os.environ, "TDB_NO_FSYNC": "1"},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # at its end it terminates the whole process group
                )
            if listens(process, self.port, ADDRESS):
                return process
            process.kill()
            process.wait()
        raise RuntimeError(f"smbd does not start: {(self._folder / 'smbd.log').read_text()}")

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Stop smbd, and the servers of pipes that it has started in sessions of their own."""
        process.terminate()
        process.wait(timeout=60)
        for pid in self._helpers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 15)

    def _helpers(self) -> list[int]:
        """Processes of Samba that were told to read our configuration."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                arguments = entry.read_text().split("\0")
                if arguments[0].startswith(_SAMBA) and f"--configfile={self._config}" in arguments:
                    found.append(int(entry.parent.name))
        return found

    def _configure(self) -> None:
        self.port = free_port(ADDRESS)
        self._config.write_text(_CONFIG.format(folder=self._folder, port=self.port))

    def _net(self, *arguments: str) -> None:
        self._run("net", "registry", *arguments)

    def _run(self, name: str, *arguments: str, given: str = "") -> None:
        option = "-c" if name == "smbpasswd" else "-s"
        command = [str(program(name)), option, str(self._config), *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")


def _path(fleet: str, host: str, key: str) -> str:
    return rf"{_ROOT}\{fleet}\{host}\HKEY_LOCAL_MACHINE\{key}"


@contextlib.contextmanager
def running_samba() -> t.Iterator[Samba]:
    with tempfile.TemporaryDirectory(prefix="winsec-samba-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the registry is opened by whoever asks for it
        samba = Samba(Path(folder))
        samba.prepare()
        process = samba.start()
        try:
            yield samba
        finally:
            samba.stop(process)
