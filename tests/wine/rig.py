# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of the suite, up and running: Wine prefixes behind one SSH server, and Ansible on them."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import subprocess
import tempfile
import typing as t
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from ..support.expectations import BESIDE, DECOYS, FALLBACK, IMITATION, LSA, MSV1_0, Stored, Value
from ..support.programs import program
from ..support.runs import Controller
from .hosts import HOSTS
from .permissions import Access, setter
from .prefix import REG_EXE, Prefix, system
from .ssh_server import Service, SshServer

HERE = Path(__file__).parent

Result = t.TypeVar("Result")

#: Runs the command behind it as reg.exe was before Windows 7: /reg:64 was a mistake.
OLD_REG_EXE = ("sh", "-c", 'case " $* " in *" /reg:64 "*) exit 1 ;; esac; exec "$@"', "reg.exe")

#: Libraries for the other ways to a host. None is needed over SSH, so none can be imported here.
LIBRARIES = ("defusedxml", "winrm", "pypsrp")

#: Hosts that are not Windows: what answers there, by name.
STRANGERS = {
    "linux": ("/bin/sh", "-c", 'exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"'),
    "dying": ("/bin/sh", "-c", "kill -KILL $PPID"),
}


class Rig(Controller):
    """Hosts with their registries, their logs of commands, and Ansible."""

    def __init__(self, folder: Path, control_path: Path) -> None:
        #: What Ansible needs to reach hosts over SSH.
        self.environment = {
            "PYTHONPATH": str(folder / "hidden"),
            "ANSIBLE_CONNECTION_PLUGINS": str(folder / "connection"),
            # The path of a socket has to be short.
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(control_path),
            "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s",
            # Seconds to connect. On a busy machine sshd needs some of them.
            "ANSIBLE_TIMEOUT": "120",
        }
        super().__init__(folder, self.environment)
        (folder / "hidden").mkdir()
        for name in LIBRARIES:
            (folder / "hidden" / f"{name}.py").write_text("raise ImportError\n")
        self._prefixes: dict[str, Prefix] = {}

    @contextlib.contextmanager
    def running(self) -> Iterator[Rig]:
        folder = self.folder / "prefixes"
        template = Prefix(folder / "template")
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            stack.callback(template.stop)
            template.create()
            stack.callback(lambda: _on_each(self._prefixes, lambda host: self._prefixes[host].stop()))
            for name in HOSTS:
                self._prefixes[name] = template.clone(folder / name)
            _on_each(HOSTS, self._boot)
            server = SshServer(self.folder, [*map(self.service, HOSTS), *map(_stranger, STRANGERS)])
            stack.callback(server.stop)
            server.start()
            self.write_inventory(self.inventory, server, {name: host.shell for name, host in HOSTS.items()})
            yield self

    def reset(self) -> None:
        """Give every host its decoys and neither of the two values, and forget what was run there."""
        self.store({})
        self.forget_commands()

    def store(self, stored: t.Mapping[str, Stored], imitated: t.Collection[str] = ()) -> None:
        """Store the two values by reg.exe and without Ansible, on all hosts: absent where nothing is said."""

        def on(host: str) -> None:
            wanted = stored.get(host, Stored())
            values = {wanted.name: wanted.use_machine_id, IMITATION: ("REG_SZ", "trap") if host in imitated else None}
            self._prefixes[host].store(
                # Names know no case: the old one goes first, or it would keep its spelling.
                (LSA, {"UseMachineId": None}),
                (LSA, {**values, **DECOYS}),
                (MSV1_0, {FALLBACK: wanted.fallback, **BESIDE}),
            )

        _on_each(HOSTS, on)

    def stored(self) -> dict[str, dict[str, dict[str, Value]]]:
        """All that every host has stored in Lsa and below it, by key and name, told by reg.exe and without Ansible."""
        return dict(zip(HOSTS, _on_each(HOSTS, lambda host: self._prefixes[host].stored(LSA)), strict=True))

    @contextlib.contextmanager
    def permissions(self, access: Access, *hosts: str, key: str = LSA) -> Iterator[None]:
        """Deny everybody what ``access`` does not name."""
        try:
            _on_each(hosts, lambda host: self._set_permissions(host, key, access))
            yield
        finally:
            _on_each(hosts, lambda host: self._set_permissions(host, key, "full"))

    def add_hosts(self, hosts: dict[str, dict[str, t.Any]], like: str) -> None:
        """Put hosts into the inventory that differ from one that is there by a few variables; None removes one."""
        inventory = yaml.safe_load(self.inventory.read_text())
        windows = inventory["all"]["children"]["windows"]
        added = inventory["all"]["children"].setdefault("added", {"hosts": {}, "vars": windows["vars"]})
        for name, variables in hosts.items():
            changed = {**windows["hosts"][like], **variables}
            added["hosts"][name] = {key: content for key, content in changed.items() if content is not None}
        self.inventory.write_text(yaml.safe_dump(inventory))

    def variables(self, host: str) -> dict[str, t.Any]:
        """How Ansible reaches a host."""
        windows = yaml.safe_load(self.inventory.read_text())["all"]["children"]["windows"]
        return {**windows["vars"], **windows["hosts"][host]}

    def speaks(self, host: str, *arguments: str) -> bytes:
        """Return a program's output in the language of the host."""
        return self._prefixes[host].run(*arguments, locale=HOSTS[host].locale).stdout

    def reg_exe(self, host: str) -> list[str]:
        """A command line that takes arguments of reg.exe and runs it on a host, in its own language."""
        command = self._prefixes[host].command(REG_EXE, locale=HOSTS[host].locale)
        return [*OLD_REG_EXE, *command] if HOSTS[host].old_reg_exe else command

    def commands(self, host: str) -> list[str]:
        """The command lines that have reached a host until now."""
        log = self._log(host)
        return log.read_text().splitlines() if log.exists() else []

    def forget_commands(self) -> None:
        for host in HOSTS:
            self._log(host).unlink(missing_ok=True)

    def _log(self, host: str) -> Path:
        return self.folder / f"{host}.log"

    def _boot(self, name: str) -> None:
        host, prefix = HOSTS[name], self._prefixes[name]
        prefix.start()
        prefix.run(system("winecfg.exe"), "-v", host.winecfg)
        prefix.store(*host.version_values())

    def _set_permissions(self, host: str, key: str, access: Access) -> None:
        prefix = self._prefixes[host]
        (prefix.drive / "permissions.exe").write_bytes(setter(key, access))
        done = prefix.run(r"C:\permissions.exe")
        assert done.returncode == 0, (host, key, done.returncode)

    def service(self, name: str, shell: str = "") -> Service:
        """The SSH server of a host, with its own default shell or another."""
        host = HOSTS[name]
        command = ("/bin/sh", str(HERE / "winshell.sh"), str(self._log(name)), shell or host.shell)
        environment = {**self._prefixes[name].environment, "LC_ALL": host.locale}
        return Service(_address(name), (*command, "old") if host.old_reg_exe else command, environment)

    def write_inventory(self, file: Path, server: SshServer, shells: dict[str, str]) -> None:
        """An inventory of all hosts, at a server at which they have these default shells."""
        arguments = ["-F", "/dev/null", "-o", "IdentitiesOnly=yes", "-o", f"UserKnownHostsFile={server.known_hosts}"]
        variables = {
            "ansible_connection": "ssh",
            "ansible_port": server.port,
            "ansible_user": getpass.getuser(),
            "ansible_private_key_file": str(server.user_key),
            "ansible_ssh_common_args": " ".join(arguments),
        }
        shells = {**shells, **dict.fromkeys(STRANGERS, "cmd")}
        groups = {
            group: {
                "hosts": {name: {"ansible_host": _address(name), "ansible_shell_type": shells[name]} for name in names},
                "vars": variables,
            }
            for group, names in (("windows", HOSTS), ("strangers", STRANGERS))
        }
        file.write_text(yaml.safe_dump({"all": {"children": groups}}))


def _on_each(hosts: t.Iterable[str], work: t.Callable[[str], Result]) -> list[Result]:
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(work, hosts))


def _stranger(name: str) -> Service:
    return Service(_address(name), STRANGERS[name], {})


def _address(name: str) -> str:
    return f"127.0.0.{11 + [*HOSTS, *STRANGERS].index(name)}"


@contextlib.contextmanager
def running_rig(folder: Path) -> Iterator[Rig]:
    """Start everything, and stop all of it, whatever happens in between."""
    with tempfile.TemporaryDirectory(prefix="winsec-", dir="/tmp") as control_path:
        try:
            with Rig(folder / "rig", Path(control_path)).running() as rig:
                yield rig
        finally:
            for master in Path(control_path).iterdir():
                subprocess.run([program("ssh"), "-S", master, "-O", "exit", "host"], check=False, capture_output=True)
