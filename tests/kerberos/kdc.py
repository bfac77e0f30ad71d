# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A realm of its own: an MIT KDC on the loopback address, one account, and the keys of one service.

Settings: web.mit.edu/kerberos/krb5-latest/doc, kdc.conf.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import typing as t
from pathlib import Path

from ..support.listening import ATTEMPTS, free_port, listens
from ..support.programs import program, run_program
from ..support.realms import krb5_conf

REALM = "WINSEC.TEST"
ACCOUNT, PASSWORD = f"alice@{REALM}", "Alice-and-her-password"
#: A user with the same password, but without an account on the hosts.
STRANGER = f"stranger@{REALM}"
#: The hosts of a fleet share an address and, here, a name.
HOST = "host.winsec.test"
SERVICES = (f"HTTP/{HOST}", f"WSMAN/{HOST}")
ADDRESS = "127.0.0.1"

#: A host of the realm, as a fleet describes it, and what its inventory needs or does without.
KERBEROS: dict[str, t.Any] = {
    "authentication": ["kerberos"],
    "kerberos_name": HOST,
    "username": ACCOUNT,
    "password": PASSWORD,
}
KINIT = {"ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"]}  # the winrm plugin runs kinit with an empty environment
NO_PASSWORD = {"ansible_password": None}

_KDC_CONF = """
[realms]
    {realm} = {{
        kdc_listen = ""
        kdc_tcp_listen = {address}:{port}
        database_name = {folder}/principal
        key_stash_file = {folder}/stash
        acl_file = {folder}/acl
    }}
[logging]
    kdc = FILE:{folder}/kdc.log
"""


class Kdc:
    """The files of a realm, and what makes programs use them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.environment = {
            "KRB5_CONFIG": str(folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
            "KRB5_KTNAME": str(folder / "keytab"),
        }

    def _configure(self) -> None:
        self.port = free_port(ADDRESS)
        values = {"realm": REALM, "address": ADDRESS, "port": self.port, "folder": self.folder}
        (self.folder / "kdc.conf").write_text(_KDC_CONF.format(**values))
        (self.folder / "krb5.conf").write_text(krb5_conf(REALM, f"{ADDRESS}:{self.port}"))
        (self.folder / "acl").touch()

    def _run(self, name: str, *arguments: str, given: str = "") -> None:
        run_program(name, *arguments, environment=self.environment, given=given)

    def create(self) -> None:
        self._configure()
        self._run("kdb5_util", "create", "-s", "-r", REALM, "-P", "the database is gone after the tests")
        commands = [f"addprinc +requires_preauth -pw {PASSWORD} {name}" for name in (ACCOUNT, STRANGER)]
        for service in SERVICES:
            commands += [f"addprinc -randkey {service}", f"ktadd -k {self.folder}/keytab {service}"]
        self._run("kadmin.local", "-r", REALM, given="\n".join([*commands, ""]))

    def ticket(self, cache: Path, *options: str) -> None:
        """Get the account a ticket, as a user does before running Ansible."""
        self._run("kinit", "-c", str(cache), *options, ACCOUNT, given=f"{PASSWORD}\n")

    def wrong_passwords(self) -> int:
        log = self.folder / "kdc.log"
        return log.read_text().count("PREAUTH_FAILED:") if log.exists() else 0

    def start(self) -> subprocess.Popen[str]:
        """Start the KDC, which ends with this process."""
        command = [str(program("setpriv")), "--pdeathsig", "TERM", str(program("krb5kdc")), "-n", "-r", REALM]
        environment, said = {**os.environ, **self.environment}, ""
        for _attempt in range(ATTEMPTS):
            process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
            if listens(process, self.port, ADDRESS):
                return process
            process.kill()
            said = process.communicate()[1]
            self._configure()
        raise RuntimeError(f"the KDC does not start: {said}")


@contextlib.contextmanager
def running_kdc(folder: Path) -> t.Iterator[Kdc]:
    kdc = Kdc(folder)
    kdc.create()
    process = kdc.start()
    try:
        yield kdc
    finally:
        process.terminate()
        process.communicate(timeout=60)
