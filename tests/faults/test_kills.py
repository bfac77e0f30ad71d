# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enforce, killed with all its forks at any moment, a hundred times: the journal and the hosts tell what happened."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import subprocess
import sys
import time
import typing as t

import pytest
import yaml

from ..support import killed_runs
from ..support.expectations import LSA, MSV1_0
from ..support.fleet import value

if t.TYPE_CHECKING:
    from ..support.fleet import Fleet, FleetFactory

KILLS, HOSTS = 100, [f"host{number}" for number in range(10)]

PLAY = {
    "hosts": "windows",
    "gather_facts": False,
    "tasks": [{"ansible.builtin.import_role": {"name": "winsec.lsa.use_machine_id", "rolespec_validate": False}}],
    "vars": {
        "use_machine_id_state": "{{ ['enabled', 'disabled', 'not_defined'][number | int % 3] }}",
        "use_machine_id_null_session_fallback": "{{ ['enabled', 'disabled'][number | int % 2] }}",
        "use_machine_id_journal": "journal.jsonl",
        "use_machine_id_gpo_conflict": "ignore",
    },
}


class Killer:
    """Runs the play and kills it."""

    def __init__(self, subject: Fleet) -> None:
        playbook = subject.folder / "play.yml"
        playbook.write_text(yaml.safe_dump([PLAY]))
        arguments = [str(playbook), f"--inventory={subject.inventory}", "--forks=10"]
        self._process = subprocess.Popen(
            [sys.executable, killed_runs.__file__, *arguments],
            cwd=subject.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def after(self, seconds: float) -> str:
        """Return the outcome of a run that is killed after so many seconds."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        self._process.communicate(timeout=60)


#: Both values of a host, each as (type, data) or None.
State: t.TypeAlias = "tuple[t.Any, t.Any]"


def states(subject: Fleet) -> dict[str, State]:
    found = {host: subject.stored(host) for host in HOSTS}
    return {
        host: (value(stored, LSA, "UseMachineId"), value(stored, MSV1_0, "AllowNullSessionFallback"))
        for host, stored in found.items()
    }


def wait_for_hosts(subject: Fleet) -> None:
    """Until they have done what they were asked last: who asked is gone, but a request may still be with them."""
    seen = -1
    while seen != (size := (subject.folder / "log").stat().st_size):
        seen = size
        time.sleep(0.1)


class Account(t.NamedTuple):
    """A run as the journal has it: by host, what there was before, and each state that the host may be in now."""

    run: str
    before: dict[str, State]
    left: dict[str, list[State]]

    @property
    def interrupted(self) -> list[str]:
        return [host for host, left in self.left.items() if len(left) > 1]


def account(subject: Fleet) -> Account:
    """Return what the journal says of its last run. A line that was cut short says nothing."""
    lines = (subject.folder / "journal.jsonl").read_text().split("\n")
    entries = [json.loads(line) for line in lines if line.endswith("}")]
    run = entries[-1]["run"] if entries else ""
    found = Account(run, {}, {})
    for entry in entries:
        if entry["run"] != run:
            continue
        if entry["entry"] == "begin":
            found.before[entry["host"]] = _state(entry["before"])
            one, other = zip(_state(entry["before"]), _state(entry["wanted"]), strict=True)
            found.left[entry["host"]] = [*itertools.product(one, other)]
        else:
            found.left[entry["host"]] = [_state(entry["after"])]
    return found


def _state(form: dict[str, t.Any]) -> State:
    one, other = (value and (value["type"], value["data"]) for value in form.values())
    return one, other


@pytest.mark.xdist_group("kills")
def test_whenever_a_run_is_killed_the_truth_of_every_host_follows(fleet: FleetFactory) -> None:
    subject = fleet({host: {} for host in HOSTS})
    chance = random.Random(13)
    kills = changed = interrupted = put_back = 0
    with contextlib.closing(Killer(subject)) as killer:
        killer.after(600)
        started = time.monotonic()
        assert killer.after(600) == "ended"
        longest = time.monotonic() - started
        run = account(subject).run
        while kills < KILLS:
            before = states(subject)
            if killer.after(chance.uniform(0.1, 1.1) * longest) == "ended":
                run = account(subject).run
                continue
            kills += 1
            wait_for_hosts(subject)
            said, present = account(subject), states(subject)
            if said.run == run:  # killed before the first change
                assert present == before
                continue
            run = said.run
            for host in HOSTS:
                assert said.before.get(host, before[host]) == before[host]
                assert present[host] in said.left.get(host, [before[host]]), host
            changed, interrupted = changed + len(said.left), interrupted + len(said.interrupted)
            if said.interrupted and put_back < kills // 25:
                put_back += 1
                assert (
                    subject.playbook("winsec.lsa.revert", "-e", "use_machine_id_journal=journal.jsonl").exit_status == 0
                )
                assert states(subject) == before
                run = account(subject).run
    print(f"{kills} kills: {changed} changes of hosts, {interrupted} of them interrupted; {put_back} runs put back")
    assert 0 < interrupted < changed
    assert put_back
