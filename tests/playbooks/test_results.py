# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a result says besides the states: the diff, what was there before, and warnings."""

from __future__ import annotations

import typing as t

from ..support.expectations import ZERO
from ..support.fleet import registry

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory


def test_a_diff_shows_only_what_is_managed_and_differs(fleet: FleetFactory) -> None:
    subject = fleet({"host": {"registry": registry(ZERO, ("REG_SZ", "x"))}})
    run = subject.play({"winsec.lsa.use_machine_id": {}, "diff": True, "check_mode": True})
    assert run.results[0].result["diff"] == {
        "before": {"use_machine_id": {"configured": "disabled", "value": {"type": "REG_DWORD", "data": 0}}},
        "after": {"use_machine_id": {"configured": "enabled", "value": {"type": "REG_DWORD", "data": 1}}},
    }
    assert '-        "configured": "disabled"' in run.output


def test_previous_tells_what_a_rollback_needs(fleet: FleetFactory) -> None:
    subject = fleet({"host": {"registry": registry(("REG_MULTI_SZ", ["a", "b"]), ("REG_BINARY", [1, 2]))}})
    run = subject.play({"winsec.lsa.use_machine_id": {"null_session_fallback": "disabled"}})
    assert run.results[0].result["previous"] == {
        "use_machine_id": {"configured": "invalid", "value": {"type": "REG_MULTI_SZ", "data": ["a", "b"]}},
        "null_session_fallback": {"configured": "invalid", "value": {"type": "REG_BINARY", "data": [1, 2]}},
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
