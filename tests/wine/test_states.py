# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each state from each stored value, in a registry that is not ours, told by a program that is not ours."""

from __future__ import annotations

import json
import typing as t

import pytest

from ..integration.contract import (
    AUTHORITIES,
    FALLBACK_STATES,
    FALLBACK_STORED,
    FIRST_GENERATION,
    LSA,
    MSV1_0,
    ONE,
    PLAIN_STATES,
    STORED,
    ZERO,
    Passage,
    Stored,
    Value,
    wanted,
    wanted_fallback,
)
from .hosts import HOSTS
from .rig import FALLBACK, IMITATION

if t.TYPE_CHECKING:
    from .rig import Rig

#: With a value beside it whose line of output begins like ours.
IMITATED = {
    "absent and imitated": Stored(),
    "zero and imitated": Stored(ZERO),
    "text and imitated": Stored(("REG_SZ", "1")),
}
BEFORE = {**STORED, **IMITATED}

NEW_HOSTS = [host for host in HOSTS if host not in FIRST_GENERATION]


class Case(t.NamedTuple):
    state: str
    stored: str


def plan() -> list[dict[str, Case]]:
    """Rounds with one case for each host: hosts take turns, as far as a case leaves the choice."""
    queues: dict[str, list[Case]] = {host: [] for host in HOSTS}

    def add(hosts: t.Iterable[str], case: Case) -> None:
        queues[min(hosts, key=lambda host: len(queues[host]))].append(case)

    for stored in BEFORE:
        add(FIRST_GENERATION, Case("computer_identity", stored))
    for host in ("vista", "srv2022"):
        for authority in AUTHORITIES:
            add([host], Case(authority, "zero"))
    for stored in BEFORE:
        add(NEW_HOSTS, Case("computer_identity", stored))
        for state in PLAIN_STATES:
            add(HOSTS, Case(state, stored))
    rounds = max(map(len, queues.values()))
    return [{host: queue[i] for host, queue in queues.items() if i < len(queue)} for i in range(rounds)]


ROUNDS = plan()


def passages(rig: Rig, option: str, states: dict[str, str]) -> dict[str, Passage]:
    """Take each host to its state: in check mode, for real, and once more."""
    task = {"winsec.lsa.use_machine_id": {"state": "unmanaged", option: "{{ states[inventory_hostname] }}"}}
    run = rig.play(
        {"name": "predict", **task, "check_mode": True, "diff": True},
        {"name": "enforce", **task},
        {"name": "enforce again", **task},
        hosts=":".join(states),
        options=["--extra-vars", json.dumps({"states": states})],
    )
    assert run.exit_status == 0, run.output
    results = [run.of(name) for name in ("predict", "enforce", "enforce again")]
    return {host: Passage(*(result[host].result for result in results)) for host in states}


def find(values: dict[str, Value], name: str) -> Value:
    """A value whatever the case of its name."""
    return next((value for found, value in values.items() if found.lower() == name.lower()), None)


def everything_else(stored: dict[str, dict[str, Value]], name: str) -> dict[str, dict[str, Value]]:
    return {key: {n: v for n, v in values.items() if n.lower() != name.lower()} for key, values in stored.items()}


@pytest.mark.parametrize("number", range(len(ROUNDS)))
def test_each_state_is_reached_from_each_stored_value(rig: Rig, number: int) -> None:
    cases = ROUNDS[number]
    imitated = [host for host, case in cases.items() if case.stored in IMITATED]
    rig.store({host: BEFORE[case.stored] for host, case in cases.items()}, imitated)
    before = rig.stored()
    reached = passages(rig, "state", {host: case.state for host, case in cases.items()})
    after = rig.stored()
    for host, case in cases.items():
        where = f"{case.state} from {case.stored} on {host}"
        old = BEFORE[case.stored].use_machine_id
        new = wanted(case.state, host, old)
        assert (IMITATION in before[host][LSA]) == (host in imitated), where
        assert find(before[host][LSA], "UseMachineId") == old, where
        assert find(after[host][LSA], "UseMachineId") == new, where
        reached[host].check(where, differs=new != old)
        assert everything_else(after[host], "UseMachineId") == everything_else(before[host], "UseMachineId"), where


#: What the fallback is set to on each host, and what is stored there before.
FALLBACK_CASES = {
    "vista": Case("unmanaged", "one"),
    "srv2008": Case("disabled", "absent"),
    "win7": Case("enabled", "text"),
    "srv2012r2": Case("not_defined", "two"),
    "win10": Case("disabled", "one"),
    "win11": Case("enabled", "one"),
    "dc2019": Case("not_defined", "zero"),
    "srv2022": Case("stig", "one"),
}


def test_the_fallback_is_set_only_where_it_is_asked_for(rig: Rig) -> None:
    assert {case.state for case in FALLBACK_CASES.values()} | {"cis", "microsoft"} == set(FALLBACK_STATES)
    rig.store({host: Stored(ONE, FALLBACK_STORED[case.stored]) for host, case in FALLBACK_CASES.items()})
    before = rig.stored()
    reached = passages(rig, "null_session_fallback", {host: case.state for host, case in FALLBACK_CASES.items()})
    after = rig.stored()
    for host, case in FALLBACK_CASES.items():
        old = FALLBACK_STORED[case.stored]
        new = wanted_fallback(case.state, old)
        assert after[host][MSV1_0].get(FALLBACK) == new, host
        reached[host].check(host, differs=new != old)
        assert everything_else(after[host], FALLBACK) == everything_else(before[host], FALLBACK), host
