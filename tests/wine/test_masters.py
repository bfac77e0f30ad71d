# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two hosts that ssh reaches at one address, with one port and one user: neither joins the connection of the other."""

from __future__ import annotations

import typing as t

import pytest

from ..support.expectations import LSA, ONE, ZERO

if t.TYPE_CHECKING:
    from pathlib import Path

    from .rig import Rig

MASTER = "-o ControlMaster=auto -o ControlPersist=60s"
#: Who names the master.
NAMED_BY = {
    "plugin": {},
    "setting": {"ANSIBLE_SSH_CONTROL_PATH": "%(directory)s/%%p-%%r"},
    "option": {"ANSIBLE_SSH_ARGS": f"{MASTER} -o ControlPath={{folder}}/%p"},
    "switch": {"ANSIBLE_SSH_ARGS": f"{MASTER} -S {{folder}}/%p"},
}


@pytest.mark.canary
@pytest.mark.parametrize("named_by", NAMED_BY)
def test_each_has_a_connection_of_its_own_and_only_one(rig: Rig, named_by: str) -> None:
    arguments, behind = rig.variables("win10")["ansible_ssh_common_args"], rig.variables("win11")["ansible_host"]
    rig.add_hosts({"behind": {"ansible_ssh_common_args": f"{arguments} -o HostName={behind}"}}, like="win10")
    sockets = rig.environment["ANSIBLE_SSH_CONTROL_PATH_DIR"]
    before = logins(rig.folder)
    run = rig.play(
        {
            "winsec.lsa.use_machine_id": {"state": "{{ item.1 }}"},
            "delegate_to": "{{ item.0 }}",
            "loop": [["win10", "enabled"], ["behind", "disabled"], ["win10", "enabled"], ["behind", "disabled"]],
        },
        hosts="localhost",
        environment={name: text.replace("{folder}", sockets) for name, text in NAMED_BY[named_by].items()},
    )
    assert run.exit_status == 0, run.output
    assert [item["changed"] for item in run.results[0].result["results"]] == [True, True, False, False]
    stored = rig.stored()
    assert [stored[host][LSA].get("UseMachineId") for host in ("win10", "win11", "win7")] == [ONE, ZERO, None]
    assert logins(rig.folder) - before == 2


def logins(folder: Path) -> int:
    return (folder / "sshd.log").read_text().count("Accepted publickey")
