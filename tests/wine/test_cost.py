# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host that needs no change is asked for."""

from __future__ import annotations

import statistics
import typing as t

from ..integration.contract import LSA, MSV1_0, ONE, Stored
from .hosts import HOSTS

if t.TYPE_CHECKING:
    import pytest

    from .rig import Rig

FACTS: dict[str, t.Any] = {"winsec.lsa.use_machine_id_facts": {}}
MODULE: dict[str, t.Any] = {"winsec.lsa.use_machine_id": {}}


def test_a_host_that_needs_no_change_is_asked_three_times_at_most(rig: Rig) -> None:
    rig.store(dict.fromkeys(HOSTS, Stored(ONE)))
    for task in (FACTS, MODULE):
        rig.forget_commands()
        run = rig.play(task)
        assert {result.status for result in run.results} == {"ok"}, run.output
        for host in HOSTS:
            commands = rig.commands(host)
            assert len(commands) <= 3, commands
            assert all(command.startswith("reg.exe query ") for command in commands), commands


def test_a_change_costs_a_write_and_the_proof(rig: Rig) -> None:
    rig.play(MODULE, hosts="win7")
    *before, write, proof = rig.commands("win7")
    assert len(before) <= 3
    assert write == f'reg.exe add "HKLM\\{LSA}" /v UseMachineId /t REG_DWORD /d 1 /f'
    assert proof == f'reg.exe query "HKLM\\{LSA}"'


def test_check_mode_only_asks(rig: Rig) -> None:
    task = {"winsec.lsa.use_machine_id": {"null_session_fallback": "disabled"}}
    run = rig.play(task, hosts="vista", options=["--check"])
    assert run.of("use_machine_id")["vista"].status == "changed"
    assert all(command.startswith("reg.exe query ") for command in rig.commands("vista"))


def test_how_long_it_takes_beside_raw(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    """Printed and never judged: a time depends on the machine."""
    rig.store(dict.fromkeys(HOSTS, Stored(ONE)))
    one = f'reg.exe query "HKLM\\{LSA}"'
    three = f'{one} & reg.exe query "HKLM\\{MSV1_0}" & {one}'
    run = rig.play(
        {"name": "connect", "ansible.builtin.raw": one},
        {"name": "raw, one query", "ansible.builtin.raw": one},
        {"name": "raw, three queries in one command", "ansible.builtin.raw": three},
        {"name": "facts", **FACTS},
        {"name": "module, nothing to change", **MODULE},
    )
    assert run.exit_status == 0, run.output
    with capsys.disabled():
        print(f"\nSeconds on one of {len(HOSTS)} hosts at a time over SSH, median and largest:")
        for name in list(dict.fromkeys(result.task for result in run.results))[1:]:
            seconds = [result.seconds for result in run.of(name).values()]
            print(f"  {name:35} {statistics.median(seconds):5.2f} {max(seconds):5.2f}")
