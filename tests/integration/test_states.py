# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each state from each stored value, on both generations: in check mode, for real, and once more."""

from __future__ import annotations

import itertools
import typing as t

from .contract import (
    AUTHORITIES,
    FALLBACK_STATES,
    FALLBACK_STORED,
    LSA,
    MSV1_0,
    ONE,
    RELEASES_OF_AUTHORITIES,
    STATES,
    STORED,
    ZERO,
    Passage,
    wanted,
    wanted_fallback,
)
from .fleet import over_both, registry, value

if t.TYPE_CHECKING:
    from .conftest import FleetFactory

#: The names that the endpoint has for the releases of the contract.
RELEASES = {"vista": "vista", "srv2022": "2022", "srv2008": "2008", "win10": "10"}


def releases_for(state: str) -> list[str]:
    """One of each generation; all of them where the release itself decides."""
    return list(RELEASES_OF_AUTHORITIES) if state in AUTHORITIES else ["vista", "srv2022"]


def test_each_state_is_reached_from_each_stored_value(fleet: FleetFactory) -> None:
    hosts = over_both(
        {
            f"{state}-{release}-{stored}": {"release": RELEASES[release], "registry": registry(*STORED[stored])}
            for state in STATES
            for release, stored in itertools.product(releases_for(state), STORED)
        }
    )
    subject = fleet(hosts)
    before = {host: subject.stored(host) for host in hosts}
    task = {"winsec.lsa.use_machine_id": {"state": "{{ inventory_hostname.split('-') | first }}"}}
    run = subject.play(
        {"name": "predict", **task, "check_mode": True, "diff": True},
        {"name": "enforce", **task},
        {"name": "enforce again", **task},
    )
    assert run.exit_status == 0, run.output
    predictions, changes, repetitions = run.of("predict"), run.of("enforce"), run.of("enforce again")
    for host in hosts:
        state, release, *_stored = host.split("-")
        old, after = value(before[host], LSA, "UseMachineId"), subject.stored(host)
        new = wanted(state, release, old)
        passage = Passage(predictions[host].result, changes[host].result, repetitions[host].result)
        assert value(after, LSA, "UseMachineId") == new, host
        passage.check(host, differs=new != old)
        assert everything_else(after) == everything_else(before[host]), host


def everything_else(stored: dict[str, dict[str, t.Any]]) -> dict[str, dict[str, t.Any]]:
    return {key: {n: v for n, v in values.items() if n.lower() != "usemachineid"} for key, values in stored.items()}


def test_the_fallback_is_set_only_where_it_is_asked_for(fleet: FleetFactory) -> None:
    hosts = over_both(
        {
            f"{state}-{name}": {"registry": registry(ONE, old)}
            for state, (name, old) in itertools.product(FALLBACK_STATES, FALLBACK_STORED.items())
        }
    )
    subject = fleet(hosts)
    task = {"winsec.lsa.use_machine_id": {"null_session_fallback": "{{ inventory_hostname.split('-') | first }}"}}
    run = subject.play({"name": "enforce", **task}, {"name": "enforce again", **task})
    for host in hosts:
        state, name, _connection = host.split("-")
        old = FALLBACK_STORED[name]
        new = wanted_fallback(state, old)
        assert value(subject.stored(host), MSV1_0, "AllowNullSessionFallback") == new, host
        assert run.of("enforce")[host].result["changed"] == (new != old), host
        assert run.of("enforce again")[host].status == "ok", host


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
