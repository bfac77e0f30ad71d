# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each state from each stored value, on both generations: in check mode, for real, and once more."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from .fleet import LSA, MSV1_0, registry, value

if t.TYPE_CHECKING:
    from .conftest import FleetFactory

STORED = {
    "absent": registry(),
    "one": registry(("REG_DWORD", 1)),
    "zero": registry(("REG_DWORD", 0), ("REG_DWORD", 1)),
    "two": registry(("REG_DWORD", 2)),
    "text": registry(("REG_SZ", "1")),
    "long": registry(("REG_QWORD", 1)),
    "capitals": registry(("REG_DWORD", 0), name="USEMACHINEID"),
}
#: One of each generation, and two more where the release itself matters.
RELEASES = {"vista": "vista", "srv2022": "2022", "srv2008": "2008", "win10": "10"}

ONE, ZERO = ("REG_DWORD", 1), ("REG_DWORD", 0)

#: What is stored after each state; "as before" where it depends on what was there.
STATES = {"enabled": ONE, "disabled": ZERO, "not_defined": None, "unmanaged": "as before"}


def wanted(state: str, release: str, before: tuple[str, t.Any] | None) -> tuple[str, t.Any] | None:
    """What has to be stored after the task, told from the interface's description and nothing else."""
    if state in STATES:
        return before if STATES[state] == "as before" else t.cast(t.Any, STATES[state])
    if state == "computer_identity":
        uses_it = before == ONE or (before is None and release in ("srv2022", "win10"))
        return before if uses_it else ONE
    has_rule = {"cis": ("srv2022", "win10"), "stig": ("srv2022",), "microsoft": ()}[state]
    return ONE if release in has_rule else before


@pytest.mark.parametrize("state", [*STATES, "computer_identity", "cis", "stig", "microsoft"])
def test_each_state_is_reached_from_each_stored_value(fleet: FleetFactory, state: str) -> None:
    releases = list(RELEASES)[: 4 if state in ("cis", "stig", "microsoft") else 2]
    hosts = {
        f"{release}-{stored}": {"release": RELEASES[release], "registry": STORED[stored]}
        for release, stored in itertools.product(releases, STORED)
    }
    subject = fleet(hosts)
    before = {host: subject.stored(host) for host in hosts}
    task = {"winsec.lsa.use_machine_id": {"state": state}}
    run = subject.play(
        {"name": "predict", **task, "check_mode": True, "diff": True},
        {"name": "enforce", **task},
        {"name": "enforce again", **task},
        {"name": "facts", "winsec.lsa.use_machine_id_facts": {}},
    )
    assert run.exit_status == 0, run.output
    for host in hosts:
        predicted, done = run.of("predict")[host], run.of("enforce")[host]
        again, facts = run.of("enforce again")[host], run.of("facts")[host]
        old = value(before[host], LSA, "UseMachineId")
        new = wanted(state, host.partition("-")[0], old)
        after = subject.stored(host)
        assert value(after, LSA, "UseMachineId") == new, host
        assert (predicted.status, done.status) == (("ok", "ok") if new == old else ("changed", "changed")), host
        assert again.status == "ok", host
        assert predicted.result["use_machine_id"] == done.result["use_machine_id"], host
        assert done.result["use_machine_id"] == facts.result["ansible_facts"]["use_machine_id"], host
        assert done.result["ansible_facts"]["use_machine_id"] == done.result["use_machine_id"], host
        assert "ansible_facts" not in predicted.result, host
        assert ("diff" in predicted.result) == (new != old), host
        assert done.result["previous"] == again.result["previous"] or new != old, host
        everything_else = {
            key: {n: v for n, v in before[host][key].items() if n.lower() != "usemachineid"} for key in after
        }
        assert everything_else == {
            key: {n: v for n, v in after[key].items() if n.lower() != "usemachineid"} for key in after
        }, host


@pytest.mark.parametrize(
    ("state", "stored"),
    [("enabled", ONE), ("disabled", ZERO), ("not_defined", None), ("cis", ZERO), ("stig", ZERO), ("microsoft", ZERO)],
)
def test_the_fallback_is_set_only_where_it_is_asked_for(
    fleet: FleetFactory, state: str, stored: tuple[str, t.Any] | None
) -> None:
    names = {"absent": None, "one": ONE, "zero": ZERO, "text": ("REG_SZ", "0"), "two": ("REG_DWORD", 2)}
    subject = fleet({name: {"release": "2022", "registry": registry(ONE, old)} for name, old in names.items()})
    alone = subject.play({"winsec.lsa.use_machine_id": {}})
    assert (alone.exit_status, {r.status for r in alone.results}) == (0, {"ok"})
    task = {"winsec.lsa.use_machine_id": {"null_session_fallback": state}}
    run = subject.play({"name": "enforce", **task}, {"name": "enforce again", **task})
    for name, old in names.items():
        assert value(subject.stored(name), MSV1_0, "AllowNullSessionFallback") == stored, name
        assert run.of("enforce")[name].status == ("ok" if old == stored else "changed"), name
        assert run.of("enforce again")[name].status == "ok", name


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
    assert "some authentication requests" in run.output
    assert "UseMachineId holds REG_SZ '1'" in run.output
    become = subject.play({"winsec.lsa.use_machine_id": {}, "become": True, "become_method": "runas"})
    assert become.output.count("[WARNING]: become has no effect") == 1
