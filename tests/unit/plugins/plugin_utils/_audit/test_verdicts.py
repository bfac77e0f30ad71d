# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict of an audit on a host."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.verdicts import judge
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import HostState, plan, with_changes
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.ownership import unknown
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.report import describe, previous
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.states import state_of

SERVER_2022 = WindowsVersion(10, 0, 20348, "server")
VISTA = WindowsVersion(6, 0, 6002, "workstation")
SERVER_2003 = WindowsVersion(5, 2, 3790, "server")


def facts(host: HostState) -> dict[str, t.Any]:
    return {"changed": False, "ansible_facts": {"use_machine_id": describe(host)}}


def predicted(host: HostState, state: str = "enabled", fallback: str = "unmanaged") -> dict[str, t.Any]:
    todo = plan(host, {"use_machine_id": state, "null_session_fallback": fallback})
    then = with_changes(host, todo.changes)
    return {
        "changed": then != host,
        "previous": previous(host),
        "use_machine_id": describe(then),
        "undecided": list(todo.undecided),
    }


@pytest.mark.parametrize(
    ("host", "state", "fallback", "verdict", "reason"),
    [
        (
            state_of(SERVER_2022, dword(1), None),
            "enabled",
            "unmanaged",
            "compliant",
            "Local System authenticates as the computer.",
        ),
        (
            state_of(SERVER_2022, None, None),
            "computer_identity",
            "unmanaged",
            "compliant",
            "Local System authenticates as the computer.",
        ),
        (
            state_of(SERVER_2022, None, dword(1)),
            "enabled",
            "disabled",
            "not compliant",
            "UseMachineId from not defined to enabled and AllowNullSessionFallback from enabled to disabled.",
        ),
        (
            state_of(VISTA, dword(1), None),
            "cis",
            "unmanaged",
            "unknown",
            "what the chosen authority requires for UseMachineId is not known.",
        ),
        (state_of(SERVER_2022, RegistryValue("REG_SZ", "1"), None), "unmanaged", "unmanaged", "unknown", "is unknown"),
        (
            state_of(SERVER_2022, dword(0), dword(2)),
            "unmanaged",
            "unmanaged",
            "unknown",
            "AllowNullSessionFallback holds",
        ),
    ],
)
def test_compliant_means_that_nothing_would_change_and_all_is_known(
    host: HostState, state: str, fallback: str, verdict: str, reason: str
) -> None:
    found, why = judge(facts(host), predicted(host, state, fallback), "")
    assert found == verdict
    assert why.startswith(f"{host.version.release}: ")
    assert reason in why


def test_a_release_that_was_skipped_is_not_applicable() -> None:
    found = judge(facts(state_of(SERVER_2003, None, None)), {"changed": False, "skipped": True}, "")
    assert found[0] == "not applicable"
    assert found[1].startswith("Windows Server 2003 does not have this policy")


@pytest.mark.parametrize("lost", [0, 1])
def test_a_host_that_was_lost_in_either_task_is_unreachable(lost: int) -> None:
    results: list[dict[str, t.Any]] = [
        facts(state_of(SERVER_2022, dword(1), None)),
        {"changed": False, "skipped": True},
    ]
    results[lost] = {"unreachable": True, "msg": "The host refused the connection."}
    assert judge(results[0], results[1], "") == ("unreachable", "The host refused the connection.")


def test_a_failure_comes_before_what_an_earlier_run_left_behind() -> None:
    host = state_of(SERVER_2022, dword(1), None)
    assert judge(facts(host), predicted(host), "Something\n  went wrong.") == ("failed", "Something went wrong.")
    assert judge({}, {}, "x") == ("failed", "x")


def test_a_message_of_ansible_or_of_a_plugin_is_one_line_to_read() -> None:
    said = "lost\n\x9b31m\u202e" + "x" * 3_000_000
    for verdict, reason in (judge({}, {}, said), judge({"unreachable": True, "msg": said}, {}, "")):
        assert verdict in ("failed", "unreachable")
        assert reason.startswith(r"lost \x9b31m\u202e")
        assert len(reason) < 2100


def test_results_that_went_through_a_file_are_judged_alike() -> None:
    """There, no two texts are the same object."""
    result = json.loads(json.dumps(predicted(state_of(SERVER_2022, RegistryValue("REG_SZ", "1"), dword(0)))))
    assert judge(facts(state_of(SERVER_2022, None, None)), result, "") == (
        "not compliant",
        "Windows Server 2022: enforce would change UseMachineId from REG_SZ '1' to enabled.",
    )


def test_a_reason_has_two_thousand_characters_at_most() -> None:
    assert judge({}, {}, "x" * 2000) == ("failed", "x" * 2000)
    assert judge({}, {}, "x" * 2001) == ("failed", "x" * 2000 + "...")


def test_the_owner_of_a_value_is_named() -> None:
    owned: dict[str, t.Any] = {
        **unknown(""),
        "managed": True,
        "managed_by": "group_policy",
        "name": "Print servers",
        "id": "{1}",
        "state": "disabled",
    }
    device = {**unknown("Nobody knows."), "managed_by": "device_management"}
    host = state_of(SERVER_2022, dword(0), dword(0))
    result = predicted(host)
    result["use_machine_id"] = describe(host, {"use_machine_id": owned, "null_session_fallback": device})
    _verdict, why = judge(facts(host), result, "")
    assert why.endswith(
        " UseMachineId is set to disabled by the GPO 'Print servers' {1}."
        " Device management has a value of its own for AllowNullSessionFallback."
    )
    owned.update(managed_by="local_policy", state=None)
    assert "UseMachineId is set to what can't be read by the local Group Policy" in judge(facts(host), result, "")[1]
    owned.update(unknown("Nobody knows."))
    assert "UseMachineId is set" not in judge(facts(host), result, "")[1]
