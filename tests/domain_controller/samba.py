# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain of its own: Samba as an Active Directory domain controller on one loopback address, made in ten seconds.

It needs root: the ports of a domain controller are fixed, and it gives its files to other users. Not needed is
CAP_SYS_ADMIN, which containers lack: permissions of files are kept in a database (vfs_xattr_tdb). Its name is known to
programs that preload nss_wrapper, Samba's own library for that. Settings: smb.conf(5), samba-tool(8), nss_wrapper(1).
"""

from __future__ import annotations

import contextlib
import functools
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

import ldap

from ..support.programs import program, run_program
from ..support.realms import krb5_conf
from .certificates import Authority

REALM, WORKGROUP = "EXAMPLE.COM", "EXAMPLE"
DOMAIN = REALM.lower()
BASE = "DC=example,DC=com"
NAME = f"dc1.{DOMAIN}"
ADMINISTRATOR, PASSWORD = f"administrator@{REALM}", "Admin-and-the-password-1"
#: Has no rights beyond reading.
USER, USER_PASSWORD = f"alice@{REALM}", "Alice-and-her-password-1"

_OBJECTS = "dfs_samba4 acl_xattr xattr_tdb"
_FOLDERS = ("pid", "log", "ncalrpc", "sockets", "cache", "tls")
_SMB_CONF = """\
[global]
    workgroup = {workgroup}
    realm = {realm}
    netbios name = DC1
    server role = active directory domain controller
    server services = s3fs, rpc, ldap, cldap, kdc, winbindd, dns
    interfaces = {address}/8
    bind interfaces only = yes
    disable netbios = yes
    vfs objects = {objects}
    # Permissions are those that Windows knows; of the file system's own, containers may lack lists.
    acl_xattr:ignore system acls = yes
    private dir = {folder}/private
    lock directory = {folder}
    state directory = {folder}/state
    cache directory = {folder}/cache
    winbindd socket directory = {folder}/winbindd
    pid directory = {folder}/pid
    ncalrpc dir = {folder}/ncalrpc
    ntp signd socket directory = {folder}/sockets/ntp
    binddns dir = {folder}/bind-dns
    log file = {folder}/log/log.%m
    logging = file
    load printers = no
    printcap name = /dev/null
    disable spoolss = yes
    # As Windows is hardened: nothing unsigned.
    ldap server require strong auth = yes
    server signing = mandatory
    tls enabled = yes
    tls keyfile = {folder}/tls/key.pem
    tls certfile = {folder}/tls/certificate.pem
    tls cafile = {folder}/tls/authority.pem
[sysvol]
    path = {folder}/state/sysvol
    read only = no
[netlogon]
    path = {folder}/state/sysvol/{domain}/scripts
    read only = no
"""


def another_address() -> str:
    """An address on the loopback interface at which nobody listens, in all likelihood."""
    return f"127.{random.randint(16, 250)}.{random.randint(1, 250)}.{random.randint(1, 250)}"


class DomainController:
    """A running domain controller, and what makes programs find it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Whoever else runs one has another address.
        self.address = another_address()
        self.config = folder / "smb.conf"
        self.authority = folder / "tls" / "authority.pem"
        #: What makes programs ask the domain's DNS, in the form of resolv.conf(5).
        self.resolv_conf = folder / "resolv.conf"
        self.environment = {
            "LD_PRELOAD": "libnss_wrapper.so",
            "NSS_WRAPPER_HOSTS": str(folder / "hosts"),
            # Samba's programs look for winbindd where it is compiled to be, at that of whichever domain came last, and
            # would take the permissions of its users. With nss_wrapper for users and groups, they look here instead.
            "NSS_WRAPPER_PASSWD": "/etc/passwd",
            "NSS_WRAPPER_GROUP": "/etc/group",
            "SELFTEST_WINBINDD_SOCKET_DIR": str(folder / "winbindd"),
            "KRB5_CONFIG": str(folder / "krb5.conf"),
            "KRB5CCNAME": str(folder / "no-tickets"),
        }

    @property
    def _for_samba(self) -> dict[str, str]:
        """Nothing of this domain has to outlive a loss of power."""
        return {**self.environment, "TDB_NO_FSYNC": "1"}

    @property
    def policies(self) -> Path:
        """Where the folders of GPOs are, for tests that look past SMB."""
        return self.folder / "state" / "sysvol" / DOMAIN / "Policies"

    @functools.cached_property
    def directory(self) -> t.Any:
        """A session of the administrator, for tests that look past the module."""
        session = ldap.initialize(f"ldaps://{self.address}")
        session.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_NEVER)
        session.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        session.simple_bind_s(ADMINISTRATOR, PASSWORD)
        return session

    def tool(self, *arguments: str) -> str:
        """Run samba-tool on the files of the domain."""
        return self._run("samba-tool", *arguments, "-s", str(self.config))

    def tool_by_ldap(self, *arguments: str) -> str:
        """Run samba-tool as the administrator of the running domain controller."""
        login = ["-H", f"ldap://{NAME}", "-U", f"{ADMINISTRATOR}%{PASSWORD}"]
        return self.tool(*arguments, *login)

    def ticket(self, cache: Path, user: str = ADMINISTRATOR, password: str = PASSWORD) -> None:
        self._run("kinit", "-c", str(cache), user, given=f"{password}\n")

    def provision(self) -> None:
        """Make the domain, its certificate and two accounts."""
        domain = [f"--realm={REALM}", f"--domain={WORKGROUP}", f"--adminpass={PASSWORD}", "--host-name=dc1"]
        place = [f"--host-ip={self.address}", f"--targetdir={self.folder}", f"--option=vfs objects = {_OBJECTS}"]
        options = ["--server-role=dc", "--dns-backend=SAMBA_INTERNAL", "--use-rfc2307", "--quiet"]
        self._run("samba-tool", "domain", "provision", *domain, *place, *options)
        for name in _FOLDERS:
            (self.folder / name).mkdir(exist_ok=True)
        Authority("The CA of the domain").issue(NAME, self.folder / "tls")
        values = {"folder": self.folder, "address": self.address, "realm": REALM, "domain": DOMAIN}
        self.config.write_text(_SMB_CONF.format(**values, workgroup=WORKGROUP, objects=_OBJECTS))
        (self.folder / "krb5.conf").write_text(krb5_conf(REALM, self.address))
        self.resolv_conf.write_text(f"nameserver {self.address}\n")
        (self.folder / "hosts").write_text(f"{self.address} {NAME} dc1\n")
        self.tool("spn", "add", f"ldap/{NAME}", "DC1$")  # which Samba would do itself with DNS
        self.tool("user", "create", USER.partition("@")[0], USER_PASSWORD)

    def start(self) -> subprocess.Popen[bytes]:
        """Start it. It ends with this process."""
        command = [
            program("setpriv"),
            "--pdeathsig",
            "TERM",
            program("samba"),
            "-F",
            "--no-process-group",
            "-M",
            "single",
        ]
        with (self.folder / "log" / "samba").open("ab") as log:
            process = subprocess.Popen(
                [*map(str, command), "-s", str(self.config)],
                env={**os.environ, **self._for_samba},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait(process)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Stop it, and the servers that it has started in sessions of their own."""
        process.terminate()
        process.wait(timeout=60)
        for pid in self._helpers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 120
        waiting = [53, 88, 389, 445, 636]
        while waiting:
            with contextlib.suppress(OSError), socket.create_connection((self.address, waiting[0]), timeout=1):
                waiting.pop(0)
                continue
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"samba does not start: {(self.folder / 'log' / 'samba').read_text()}")
            time.sleep(0.1)

    def _helpers(self) -> list[int]:
        """Processes of Samba that were told to read our configuration."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if str(self.config) in entry.read_text():
                    found.append(int(entry.parent.name))
        return found

    def _run(self, name: str, *arguments: str, given: str = "") -> str:
        return run_program(name, *arguments, environment=self._for_samba, given=given)


@contextlib.contextmanager
def running_domain_controller() -> t.Iterator[DomainController]:
    with tempfile.TemporaryDirectory(prefix="winsec-dc-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        controller = DomainController(Path(folder))
        controller.provision()
        process = controller.start()
        try:
            yield controller
        finally:
            controller.stop(process)
