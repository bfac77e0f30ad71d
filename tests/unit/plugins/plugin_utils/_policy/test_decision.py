# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deciding what to change on a host, and where Group Policy sets something else."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.decision import (
    Decision,
    decide,
    foretold,
    nobody_asked,
    owners_of,
    require_no_conflict,
    require_policy,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import HostState, plan
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.ownership import Owners
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.report import describe, previous
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.settings import Setting
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.hosts import Host
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.states import state_of

SERVER = WindowsVersion(10, 0, 20348, "server")
BEFORE = state_of(SERVER, dword(0), None)
ENABLED: dict[Setting, str] = {"use_machine_id": "enabled", "null_session_fallback": "unmanaged"}
DISABLED: dict[Setting, str] = {"use_machine_id": "disabled", "null_session_fallback": "unmanaged"}


def owned(before: HostState = BEFORE, sets: int = 0) -> Owners:
    """A GPO sets both values to that."""
    return owners_of(t.cast(t.Any, Host(SERVER, *before.values.values(), gpo=dword(sets))), before)


def not_asked() -> t.NoReturn:
    raise AssertionError("nobody had to be asked")


@pytest.mark.parametrize("gpo_conflict", ["warn", "fail"])
def test_a_host_that_is_changed_is_asked_who_sets_it_to_something_else(gpo_conflict: str) -> None:
    decision = decide(BEFORE, ENABLED, gpo_conflict, None, owned)
    assert decision.todo.changes == {"use_machine_id": "enabled"}
    assert decision.owners == owned()
    (conflict,) = decision.conflicts
    assert "UseMachineId is to be enabled, but the GPO 'Print servers'" in str(conflict)
    assert decide(BEFORE, ENABLED, gpo_conflict, None, lambda: owned(sets=1)).conflicts == []


def test_a_host_that_is_not_changed_is_not_asked() -> None:
    assert decide(BEFORE, DISABLED, "warn", None, not_asked) == Decision(plan(BEFORE, DISABLED), None, [])


def test_the_owners_that_facts_name_contradict_a_host_that_is_not_changed() -> None:
    decision = decide(BEFORE, DISABLED, "warn", owned(sets=1), not_asked)
    assert "UseMachineId is to be disabled" in str(decision.conflicts[0])
    assert decide(BEFORE, DISABLED, "warn", owned(), not_asked).conflicts == []


def test_who_ignores_conflicts_is_told_of_none_and_asks_nobody() -> None:
    known = owned()
    assert decide(BEFORE, ENABLED, "ignore", known, not_asked) == Decision(plan(BEFORE, ENABLED), known, [])


def test_who_owns_a_value_is_known_as_of_now() -> None:
    gpo = owned()["use_machine_id"]
    assert (gpo["managed"], gpo["name"], gpo["reason"]) == (True, "Print servers", None)
    assert {gpo["managed"] for gpo in nobody_asked().values()} == {None}
    assert {gpo["reason"] for gpo in nobody_asked().values()} == {
        "Group Policy was not asked for: the option gpo is false."
    }


@pytest.mark.parametrize(("version", "release"), [((5, 1), "Windows XP"), ((5, 2), "Windows Server 2003")])
def test_a_release_without_the_policy_is_an_error(version: tuple[int, int], release: str) -> None:
    windows = WindowsVersion(*version, 2600, "workstation" if version == (5, 1) else "server")
    with pytest.raises(HostError, match=rf"{release} \(version .*\) does not have this policy\. It begins with"):
        require_policy(state_of(windows, None, None))


@pytest.mark.parametrize("version", [(6, 0, 6002), (6, 1, 7601), (10, 0, 20348), (11, 0, 40000)])
def test_every_later_release_has_the_policy(version: tuple[int, int, int]) -> None:
    require_policy(state_of(WindowsVersion(*version, "server"), None, None))


def test_all_conflicts_are_told_in_one_error() -> None:
    require_no_conflict([])
    with pytest.raises(HostError) as caught:
        require_no_conflict([HostError(f"Problem {number}", "Look.") for number in range(3)])
    assert str(caught.value) == "Problem 0. Look. Problem 1. Look. Problem 2. Look."


def test_check_mode_tells_what_would_be() -> None:
    decision = decide(BEFORE, ENABLED, "warn", None, owned)
    after = state_of(SERVER, dword(1), None)
    assert foretold(BEFORE, decision) == {
        "changed": True,
        "previous": previous(BEFORE),
        "use_machine_id": describe(after, owned()),
        "undecided": [],
    }
    kept = foretold(BEFORE, decide(BEFORE, DISABLED, "warn", None, not_asked))
    assert (kept["changed"], kept["use_machine_id"]) == (False, describe(BEFORE))


def test_check_mode_names_what_is_left_alone_because_nobody_knows() -> None:
    vista = state_of(WindowsVersion(6, 0, 6002, "workstation"), None, None)
    desired: dict[Setting, str] = {"use_machine_id": "cis", "null_session_fallback": "disabled"}
    assert foretold(vista, decide(vista, desired, "ignore", None, not_asked))["undecided"] == ["use_machine_id"]
