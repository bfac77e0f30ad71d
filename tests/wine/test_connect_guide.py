# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every inventory in the guide on SSH works when it is pasted with one's own names."""

from __future__ import annotations

import asyncio
import typing as t

import asyncssh
import pytest
import yaml

from ..docs.inventories import ASK, TYPE_PASSWORD, commands, hosts, inventories, paste
from ..support.expectations import LSA, ONE
from ..support.runs import Controller
from .password_server import PASSWORD, PasswordServer, running_password_server

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..docs.snippets import Snippet
    from .rig import Rig

ENFORCE = "ansible windows -i inventory.yml -m winsec.lsa.use_machine_id"
#: The file of the guide.
KNOWN_HOSTS = "/etc/ansible/known_hosts"

#: The host of the rig that each of the guide's hosts is, by the heading above their inventory.
SECTIONS = {
    "A key": ("win7", "srv2022"),
    "PowerShell as the default shell": ("srv2025", "srv2025"),
    "A password": ("win10", "win10"),
    "Host keys": ("vista", "dc2019"),
}


@pytest.fixture(scope="module")
def password_server(running: Rig) -> Iterator[PasswordServer]:
    with running_password_server(running.service("win10")) as started:
        yield started


def test_the_server_takes_no_other_password(password_server: PasswordServer) -> None:
    async def log_in(password: str) -> None:
        key = asyncssh.import_known_hosts(password_server.known_hosts)
        known = {"known_hosts": key, "client_keys": None, "config": None, "username": "me", "password": password}
        async with asyncssh.connect(password_server.address, password_server.port, **known):
            pass

    asyncio.run(log_in(PASSWORD))
    for other in ("", PASSWORD[:-1], "Passw0rd!"):
        with pytest.raises(asyncssh.PermissionDenied):
            asyncio.run(log_in(other))
    assert len(PASSWORD) == 24


def test_every_command_of_the_guide_is_run_below() -> None:
    assert commands("ssh") == [ASK, TYPE_PASSWORD]


@pytest.mark.canary
@pytest.mark.parametrize("snippet", inventories("ssh"), ids=lambda snippet: snippet.id)
def test_an_inventory_works_when_it_is_pasted(
    rig: Rig, password_server: PasswordServer, tmp_path: Path, snippet: Snippet
) -> None:
    section = dict(zip(hosts(snippet), SECTIONS[snippet.heading], strict=True))
    rig.store({})
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text((rig.folder / "known_hosts").read_text() + password_server.known_hosts)
    # ssh reads settings and keys of its user in the home that the system knows, and that is nobody's here.
    arguments = "-F /dev/null -o IdentitiesOnly=yes"
    variables = yaml.safe_load(snippet.text)["windows"]["vars"]
    own = {
        "ansible_ssh_common_args": variables.get("ansible_ssh_common_args", "").replace(KNOWN_HOSTS, str(known_hosts)),
        "ansible_ssh_extra_args": f"{arguments} -o UserKnownHostsFile={known_hosts}",
    }
    if snippet.heading == "Host keys":
        own["ansible_ssh_extra_args"] = arguments
    places = {name: {**rig.variables(host), **own} for name, host in section.items()}
    if snippet.heading == "A password":
        for place in places.values():
            place.update(ansible_host=password_server.address, ansible_port=password_server.port)

    # Two of the guide's hosts may be one here, whose value the one must not write while the other reads it.
    user = Controller(tmp_path / "user", {**rig.environment, "ANSIBLE_FORKS": "1"})
    user.inventory.write_text(paste(snippet, places))
    script = TYPE_PASSWORD if "WINDOWS_PASSWORD" in snippet.text else ""
    run = user.shell(f"{script}{ASK}{ENFORCE}", given=f"{PASSWORD}\n")
    assert run.exit_status == 0, run.output
    assert {(result.host, result.status) for result in run.results} >= {(name, "ok") for name in section}
    assert len(run.results) == 2 * len(section)
    stored = rig.stored()
    assert {stored[host][LSA].get("UseMachineId") for host in section.values()} == {ONE}
