# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting back: exactly what was there, only what the run has changed, and never over what somebody else has done."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.entries import Begin, Change
from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.restoration import not_restored, restoration
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import HostState, plan, with_changes
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.states import state_of

VERSION = WindowsVersion(10, 0, 20348, "server")
TEXT = RegistryValue("REG_SZ", "1")
VALUES = [None, dword(0), dword(1), TEXT]
WRITTEN = VALUES[:3]
PAIRS = [*itertools.product(VALUES, VALUES)]


def state(pair: tuple[RegistryValue | None, RegistryValue | None]) -> HostState:
    return state_of(VERSION, *pair)


def change(before: t.Any, wanted: t.Any, after: t.Any = None, run: str = "r1") -> Change:
    begin = Begin("1", run, "", None, None, None, "srv01", state(before).values, state(wanted).values)
    return Change(begin, None if after is None else state(after).values)


def put_back(present: HostState, *changes: Change) -> HostState:
    return with_changes(present, plan(present, restoration(present, changes).desired).changes)


@pytest.mark.parametrize("before", PAIRS)
@pytest.mark.parametrize("wanted", [*itertools.product(WRITTEN, WRITTEN)])
def test_what_a_run_left_is_put_back_as_far_as_it_can_be(before: t.Any, wanted: t.Any) -> None:
    done = change(before, wanted, wanted)
    found = restoration(state(wanted), [done])
    after = put_back(state(wanted), done)
    for setting, former in state(before).values.items():
        if former == TEXT:
            assert found.lost == {**found.lost, setting: TEXT}
            assert after.values[setting] == state(wanted).values[setting]
        else:
            assert after.values[setting] == former
    assert put_back(after, done) == after, "a second time changes nothing"


@pytest.mark.parametrize("before", PAIRS)
@pytest.mark.parametrize("wanted", [*itertools.product(WRITTEN, WRITTEN)])
def test_an_interrupted_change_is_put_back_wherever_it_stopped(before: t.Any, wanted: t.Any) -> None:
    cut = change(before, wanted)
    for present in itertools.product(*zip(before, wanted, strict=True)):
        after = put_back(state(present), cut)
        for setting, former in state(before).values.items():
            assert after.values[setting] in (former, *([state(present).values[setting]] if former == TEXT else []))


@pytest.mark.parametrize("present", PAIRS)
def test_what_somebody_else_has_changed_is_left_alone_as_a_whole(present: t.Any) -> None:
    before, wanted = (None, dword(1)), (dword(1), dword(0))
    is_ours = all(value in pair for value, pair in zip(present, zip(before, wanted, strict=True), strict=True))
    if is_ours:
        assert put_back(state(present), change(before, wanted, wanted)) == state(before)
        return
    with pytest.raises(HostError, match=r"was changed since: the run r1 left .* Nothing was put back. Find out who"):
        restoration(state(present), [change(before, wanted, wanted)])


def test_what_the_run_has_not_changed_is_nobodys_business() -> None:
    done = change((None, dword(1)), (dword(1), dword(1)), (dword(1), dword(1)))
    assert put_back(state((dword(1), dword(0))), done) == state((None, dword(0)))


def test_several_changes_of_a_run_are_put_back_as_one() -> None:
    first = change((None, None), (dword(1), None), (dword(1), None))
    for second in (
        change((dword(1), None), (dword(0), None), (dword(0), None)),
        change((dword(1), None), (dword(0), None)),
    ):
        assert put_back(state((dword(0), None)), first, second) == state((None, None))
    assert put_back(state((dword(1), None)), first, second) == state((None, None)), "the second one was interrupted"


def test_of_an_interrupted_change_it_is_said_what_it_wanted() -> None:
    with pytest.raises(HostError, match="the run r1 left REG_DWORD 1 and now there is REG_DWORD 0"):
        restoration(state((dword(0), None)), [change((None, None), (dword(1), None))])


def test_the_last_run_is_named_that_has_changed_the_host_later() -> None:
    done, *later = (change((None, None), (dword(1), None), (dword(1), None), run) for run in ("r1", "r2", "r3", "r4"))
    with pytest.raises(HostError, match="The run r4 of the journal changed this host later: put that one back first"):
        restoration(state((dword(0), None)), [done], later)


def test_what_can_not_be_put_back_is_said() -> None:
    error = not_restored({"use_machine_id": TEXT}, state((dword(1), None)), "r1")
    assert "UseMachineId was REG_SZ '1' before the run r1 and is REG_DWORD 1 now" in str(error)
