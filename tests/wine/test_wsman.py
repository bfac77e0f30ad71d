# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shells over winrm and psrp, in which Wine's reg.exe runs: what Ansible runs there by itself, and the collection."""

from __future__ import annotations

import json
import shutil
import typing as t
from pathlib import Path

import pytest

from ..support.expectations import LSA, ONE, ZERO, Stored
from ..support.fleet import CONNECTIONS, Fleet
from ..support.runs import Controller
from .hosts import HOSTS
from .wsman import over_wsman

if t.TYPE_CHECKING:
    from .rig import Rig

RAW, FACTS, MODULE = "ansible.builtin.raw", "winsec.lsa.use_machine_id_facts", "winsec.lsa.use_machine_id"

QUERY = f'reg.exe query "HKLM\\{LSA}" /v UseMachineId'
ADD = f"reg.exe add 'HKLM\\{LSA}' /v UseMachineId /t REG_DWORD /d 1 /f"
#: As reg.exe prints it.
LINE = "    UseMachineId    REG_DWORD    0x{}"

#: Of the Molecule scenarios, with what has to be stored then.
VERIFY = Path(__file__).parents[2] / "extensions" / "molecule" / "utils" / "playbooks" / "verify.yml"
EXPECTED = {"UseMachineId": "REG_DWORD 1", "AllowNullSessionFallback": "REG_DWORD 0"}

#: One in English, and the localized ones.
SOME_HOSTS = ("vista", "srv2022", "dc2019")


@pytest.fixture(scope="module", params=CONNECTIONS)
def fleet(request: pytest.FixtureRequest, running: Rig, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("wsman") / "fleet"
    # With encrypted messages, as users have it.
    with over_wsman(running, request.param, folder, authentication=["ntlm"]) as started:
        yield started


def use_machine_ids(rig: Rig) -> dict[str, t.Any]:
    return {host: stored[LSA].get("UseMachineId") for host, stored in rig.stored().items()}


def test_ansible_runs_reg_exe(rig: Rig, fleet: Fleet) -> None:
    rig.store(dict.fromkeys(SOME_HOSTS, Stored(ZERO)))
    run = fleet.play(
        {"name": "read", RAW: QUERY, "failed_when": False},
        {"name": "write", RAW: f"{ADD}; {QUERY}"},
    )
    assert run.exit_status == 0, run.output
    for host in HOSTS:
        before, after = (run.of(task)[host].result for task in ("read", "write"))
        assert (before["rc"], after["rc"]) == (0 if host in SOME_HOSTS else 1, 0), host
        assert (LINE.format(0) in before["stdout_lines"]) == (host in SOME_HOSTS), host
        assert LINE.format(1) in after["stdout_lines"], host
    assert use_machine_ids(rig) == dict.fromkeys(HOSTS, ONE)


def test_nothing_else_runs(rig: Rig, fleet: Fleet) -> None:
    run = fleet.play({"name": "else", RAW: f"{ADD}; Get-Date", "ignore_errors": True}, hosts="win10")
    result = run.of("else")["win10"]
    assert (result.status, result.result["rc"], result.result["stdout"]) == ("failed", 1, "")
    assert "no PowerShell runs here" in result.result["stderr"]
    assert use_machine_ids(rig)["win10"] is None


def test_the_collection_runs_reg_exe_where_wmi_is_refused(rig: Rig, fleet: Fleet) -> None:
    rig.store({"srv2008": Stored(ZERO), "srv2022": Stored(ONE)})
    run = fleet.play({"name": "facts", FACTS: {}}, {"name": "enforce", MODULE: {}})
    assert run.exit_status == 0, run.output
    assert "Fell back to reg.exe in a shell of the connection" in run.output
    for name, host in HOSTS.items():
        facts = run.of("facts")[name].result["ansible_facts"]["use_machine_id"]
        assert (facts["windows"]["release"], facts["windows"]["product_type"]) == (host.release, host.product_type)
        assert run.of("enforce")[name].status == ("ok" if name == "srv2022" else "changed"), name
    assert use_machine_ids(rig) == dict.fromkeys(HOSTS, ONE)


def test_molecule_verifies_real_hosts_by_reg_exe(rig: Rig, fleet: Fleet, tmp_path: Path) -> None:
    """As in the scenario bring-your-own: no file of the endpoint lies beside the inventory."""
    rig.store({**dict.fromkeys(HOSTS, Stored(ONE, ZERO)), "win10": Stored(ZERO, ZERO), "srv2022": Stored(ONE)})
    user = Controller(tmp_path / "user")
    shutil.copy(fleet.inventory, user.inventory)
    run = user.playbook(str(VERIFY), f"--extra-vars={json.dumps({'expected_values': EXPECTED})}")
    assert run.exit_status == 2, run.output
    verdicts = {host: result.status for host, result in run.of("and nothing else was touched").items()}
    assert verdicts == {**dict.fromkeys(HOSTS, "ok"), "win10": "failed", "srv2022": "failed"}
    for name, found in (("UseMachineId", "REG_DWORD 0"), ("AllowNullSessionFallback", "absent")):
        assert f"{name} is stored as {found}, expected: {EXPECTED[name]}" in run.output
