# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Besides the states, a result has the diff, the previous values, and warnings."""

from __future__ import annotations

import typing as t

import pytest

from ..support.expectations import ZERO
from ..support.fleet import registry

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory


PATH = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa"
DIFF = rf"""
--- before: host {PATH}\UseMachineId
+++ after: host {PATH}\UseMachineId
@@ -1 +1 @@
-(none)
+REG_DWORD 1

--- before: host {PATH}\MSV1_0\AllowNullSessionFallback
+++ after: host {PATH}\MSV1_0\AllowNullSessionFallback
@@ -1 +1 @@
-REG_SZ 'x'
+REG_DWORD 0
"""


@pytest.mark.canary
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_diff_reads_as_text(fleet: FleetFactory, check_mode: bool) -> None:
    subject = fleet({"host": {"registry": registry(None, ("REG_SZ", "x"))}})
    both = {"winsec.lsa.use_machine_id": {"null_session_fallback": "disabled"}, "check_mode": check_mode}
    run = subject.play({**both, "diff": True})
    assert DIFF in run.output


def test_a_diff_shows_only_what_is_managed_and_differs(fleet: FleetFactory) -> None:
    subject = fleet({"host": {"registry": registry(ZERO, ("REG_SZ", "x"))}})
    run = subject.play({"winsec.lsa.use_machine_id": {}, "diff": True, "check_mode": True})
    (entry,) = run.results[0].result["diff"]
    assert (entry["before"], entry["after"]) == ("REG_DWORD 0\n", "REG_DWORD 1\n")


def test_a_diff_names_the_host_that_is_written_to(fleet: FleetFactory) -> None:
    subject = fleet({"one": {}, "other": {}})
    run = subject.play({"winsec.lsa.use_machine_id": {}, "diff": True, "delegate_to": "other"}, hosts="one")
    assert run.results[0].result["diff"][0]["before_header"] == rf"other {PATH}\UseMachineId"


def test_previous_tells_what_a_rollback_needs(fleet: FleetFactory) -> None:
    subject = fleet({"host": {"registry": registry(("REG_MULTI_SZ", ["a", "b"]), ZERO)}})
    run = subject.play({"winsec.lsa.use_machine_id": {"null_session_fallback": "enabled"}})
    assert run.results[0].result["previous"] == {
        "use_machine_id": {
            "configured": "invalid",
            "value": {"type": "REG_MULTI_SZ", "data": ["a", "b"]},
            "state": "unmanaged",
        },
        "null_session_fallback": {
            "configured": "disabled",
            "value": {"type": "REG_DWORD", "data": 0},
            "state": "disabled",
        },
    }
    assert run.results[0].result["reboot_required"] is False


def test_warnings_reach_the_user(fleet: FleetFactory) -> None:
    subject = fleet({"vista": {"release": "vista"}, "odd": {"registry": registry(("REG_SZ", "1"))}, "calm": {}})
    run = subject.play({"winsec.lsa.use_machine_id": {}}, {"winsec.lsa.use_machine_id_facts": {}})
    assert run.output.count("[WARNING]") == 2
    unwrapped = " ".join(run.output.split())
    assert "some authentication requests" in unwrapped
    assert "UseMachineId holds REG_SZ '1'" in unwrapped
    become = subject.play(
        {"winsec.lsa.use_machine_id": {}, "become": True, "become_method": "runas", "become_user": "SYSTEM"}
    )
    assert become.output.count("[WARNING]: become has no effect") == 1
