# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands for a host, to the byte, and their cost."""

from __future__ import annotations

import statistics
import typing as t

import pytest

from ..support.expectations import FALLBACK, LSA, MSV1_0, ONE, Stored
from .hosts import CURRENT_VERSION, HOSTS, PRODUCT_OPTIONS

if t.TYPE_CHECKING:
    from .rig import Rig

FACTS: dict[str, t.Any] = {"winsec.lsa.use_machine_id_facts": {}}
MODULE: dict[str, t.Any] = {"winsec.lsa.use_machine_id": {}}


def line(host: str, *commands: str) -> str:
    """Commands on one line, as the default shell of the host takes them. The names of keys are in double quotes."""
    if HOSTS[host].shell == "cmd":
        return " & ".join(commands)
    return "; ".join(commands).replace('"', "'")


def version(host: str, view: str = " /reg:64") -> str:
    names = (
        (CURRENT_VERSION, "CurrentVersion"),
        (CURRENT_VERSION, "CurrentBuildNumber"),
        (PRODUCT_OPTIONS, "ProductType"),
        (CURRENT_VERSION, "EditionID"),
        (CURRENT_VERSION, "CurrentMajorVersionNumber"),
        (CURRENT_VERSION, "CurrentMinorVersionNumber"),
    )
    return line(host, *(f'reg.exe query "HKLM\\{key}" /v {name}{view}' for key, name in names))


def value(host: str, key: str, name: str) -> str:
    return line(host, f'reg.exe query "HKLM\\{key}"', f'reg.exe query "HKLM\\{key}" /v {name}')


def observation(host: str) -> list[str]:
    """Three command lines; one more where reg.exe does not know the switch for the registry of 64-bit programs."""
    without = [version(host, "")] if HOSTS[host].old_reg_exe else []
    return [version(host), *without, value(host, LSA, "UseMachineId"), value(host, MSV1_0, FALLBACK)]


@pytest.mark.canary
def test_a_host_that_needs_no_change_is_asked_three_times_at_most(rig: Rig) -> None:
    rig.store(dict.fromkeys(HOSTS, Stored(ONE)))
    for task in (FACTS, MODULE):
        rig.forget_commands()
        run = rig.play(task)
        assert {result.status for result in run.results} == {"ok"}, run.output
        for host, form in HOSTS.items():
            assert rig.commands(host) == observation(host)
            assert form.old_reg_exe or len(rig.commands(host)) == 3


def test_a_change_costs_a_write_and_the_proof(rig: Rig) -> None:
    rig.play(MODULE, hosts="win7:srv2025")
    for host in ("win7", "srv2025"):
        write = line(host, f'reg.exe add "HKLM\\{LSA}" /v UseMachineId /t REG_DWORD /d 1 /f')
        assert rig.commands(host) == [*observation(host), write, value(host, LSA, "UseMachineId")]


def test_check_mode_only_asks(rig: Rig) -> None:
    task = {"winsec.lsa.use_machine_id": {"null_session_fallback": "disabled"}}
    run = rig.play(task, hosts="vista", options=["--check"])
    assert run.of("use_machine_id")["vista"].status == "changed"
    assert rig.commands("vista") == observation("vista")


def test_raw_sends_the_same_bytes(rig: Rig) -> None:
    """No connection plugin and no shell plugin puts anything around a command line, for neither type of shell."""
    hosts = ("srv2022", "srv2025")
    raw = {host: observation(host) for host in hosts}
    run = rig.play(
        # The exit status of a query for an absent value is not 0.
        {"ansible.builtin.raw": "{{ item }}", "loop": "{{ raw[inventory_hostname] }}", "failed_when": False},
        FACTS,
        hosts=":".join(hosts),
        vars={"raw": raw},
    )
    assert run.exit_status == 0, run.output
    assert {host: rig.commands(host) for host in hosts} == {host: raw[host] * 2 for host in hosts}


def test_how_long_it_takes_beside_raw(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    """Printed and never judged: a time depends on the machine."""
    rig.store(dict.fromkeys(HOSTS, Stored(ONE)))
    cmd = [host for host, form in HOSTS.items() if form.shell == "cmd" and not form.old_reg_exe]
    first, *_others, last = observation(cmd[0])
    run = rig.play(
        {"name": "connect", "ansible.builtin.raw": first, "failed_when": False},
        {"name": "raw, one command line", "ansible.builtin.raw": last, "failed_when": False},
        {
            "name": "raw, the three command lines",
            "ansible.builtin.raw": "{{ item }}",
            "loop": observation(cmd[0]),
            "failed_when": False,
        },
        {"name": "facts", **FACTS},
        {"name": "module, nothing to change", **MODULE},
        hosts=":".join(cmd),
    )
    assert run.exit_status == 0, run.output
    with capsys.disabled():
        print(f"\nSeconds on one of {len(cmd)} hosts at a time over SSH, median and largest:")
        for name in list(dict.fromkeys(result.task for result in run.results))[1:]:
            seconds = [result.seconds for result in run.of(name).values()]
            print(f"  {name:35} {statistics.median(seconds):5.2f} {max(seconds):5.2f}")
