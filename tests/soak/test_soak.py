# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many hosts, many runs, and two controllers at once: nothing fails, nothing is left, and nothing grows."""

from __future__ import annotations

import concurrent.futures
import itertools
import json
import statistics
import time
import typing as t
from pathlib import Path

import pytest
import yaml

from ..support.audits import FLEET, records_in
from ..support.expectations import LSA
from ..support.fleet import CONNECTIONS, value
from ..support.imitation import ImitatedRegistry
from ..support.logins import change
from ..support.runs import Controller
from .watch import Scratch, Watch

if t.TYPE_CHECKING:
    from ..support.fleet import Fleet, FleetFactory
    from ..support.runs import Run
    from .sizes import Sizes

    Tell: t.TypeAlias = t.Callable[[str], None]

ENFORCE = "Enforce the desired state for this generation of Windows"
DATA = {"enabled": 1, "disabled": 0}

#: MiB that Ansible may have more for each host of an inventory, and for anything else that comes with time.
MEMORY_PER_HOST = 0.1
MEMORY = 8
#: And for each result of a loop, which it keeps until the loop ends.
MEMORY_PER_RESULT = 0.01


@pytest.fixture
def tell(record_property: t.Callable[[str, object], None]) -> Tell:
    return lambda figures: record_property("figures", figures)


def variables(**given: t.Any) -> list[str]:
    return ["-e", json.dumps({f"use_machine_id_{name}": content for name, content in given.items()})]


def stored(subject: Fleet, host: str) -> t.Any:
    return (value(subject.stored(host), LSA, "UseMachineId") or (None, None))[1]


def assert_changed(run: Run, hosts: t.Collection[str]) -> None:
    assert run.exit_status == 0, run.output[-4000:]
    assert {host: found.status for host, found in run.of(ENFORCE).items()} == dict.fromkeys(hosts, "changed")


def work_on(subject: Fleet, hosts: list[str], forks: int) -> Watch:
    """Enforce and audit, and return what that has taken."""
    scratch, records = Scratch(subject.folder / "home"), subject.folder / "audit.jsonl"
    audit = ["winsec.lsa.audit", f"--forks={forks}", *variables(audit_output=str(records), audit_workers=forks)]
    with Watch() as watch:
        subject.environment = {**watch.environment, **scratch.environment}
        subject.playbook(*audit, *variables(audit_fail_on=[]), f"--limit={hosts[0]}")
        before = scratch.names()
        assert_changed(subject.playbook("winsec.lsa.enforce", f"--forks={forks}"), hosts)
        run = subject.playbook(*audit)
    assert run.exit_status == 0, run.output[-4000:]
    assert {host: record["verdict"] for host, record in records_in(records).items()} == dict.fromkeys(
        hosts, "compliant"
    )
    assert {stored(subject, host) for host in hosts} == {1}
    assert watch.left() == []
    assert scratch.names() == before
    return watch


def test_many_hosts(fleet: FleetFactory, sizes: Sizes, tell: Tell) -> None:
    """More hosts take more time, and nothing else but what Ansible itself keeps of each."""
    watches = []
    for count in sizes.fleets:
        forms = {f"host{number:04}": {"connection": CONNECTIONS[number % 2]} for number in range(count)}
        started = time.monotonic()
        watches.append(watch := work_on(fleet(forms), [*forms], sizes.forks))
        seconds = time.monotonic() - started
        tell(
            f"{count} hosts, {sizes.forks} at once, enforced and audited in {seconds:.0f} s: of a single process at "
            f"most {watch.most('files'):.0f} open files, {watch.most('sockets'):.0f} of them sockets, and "
            f"{watch.most('peak'):.0f} MiB; nothing left"
        )
    smaller, larger = watches
    hosts = sizes.fleets[1] - sizes.fleets[0]
    assert larger.most("files") <= smaller.most("files") + sizes.forks
    assert larger.most("threads") <= smaller.most("threads") + sizes.forks
    assert larger.most("peak") <= smaller.most("peak") + MEMORY + hosts * MEMORY_PER_HOST


def few(fleet: FleetFactory, count: int, folder: Path) -> tuple[Fleet, dict[str, ImitatedRegistry]]:
    """Hosts over both connections, and two of them by reg.exe in shells, which takes longer here than on Windows."""
    registries = {f"host{number:02}": ImitatedRegistry(folder / f"{number}") for number in range(count)}
    by_shell = [*registries][2:4]
    forms = {
        host: {
            "connection": CONNECTIONS[number % 2],
            **({"reg_exe": registries[host].reg_exe} if host in by_shell else {}),
        }
        for number, host in enumerate(registries)
    }
    subject = fleet(forms)
    change(subject, lambda host: {"use_machine_id_via": "reg" if host in by_shell else "wmi"})
    return subject, {host: registries[host] for host in by_shell}


def test_many_runs(fleet: FleetFactory, sizes: Sizes, tell: Tell, tmp_path: Path) -> None:
    """Each run finds what the one before has left, and takes as much as that."""
    subject, registries = few(fleet, sizes.hosts, tmp_path)
    hosts = [f"host{number:02}" for number in range(sizes.hosts)]
    playbook = subject.folder / "site.yml"
    names = ("winsec.lsa.audit", "winsec.lsa.enforce")
    playbook.write_text(yaml.safe_dump([{"ansible.builtin.import_playbook": name} for name in names]))
    known = variables(audit_fail_on=[], audit_report="out", journal="journal.jsonl")
    scratch = Scratch(subject.folder / "home")
    peaks, seconds, kept = [], [], set[str]()
    for number, state in zip(range(sizes.runs), itertools.cycle(DATA), strict=False):
        with Watch() as watch:
            subject.environment = {**watch.environment, **scratch.environment}
            started = time.monotonic()
            run = subject.playbook(str(playbook), f"--forks={sizes.forks}", *known, *variables(state=state))
            seconds.append(time.monotonic() - started)
        assert_changed(run, hosts)
        for host in hosts:
            shown = registries[host].values(LSA)["UseMachineId"] if host in registries else stored(subject, host)
            assert shown in (DATA[state], f"REG_DWORD    0x{DATA[state]}"), host
        assert watch.left() == []
        kept = kept or scratch.names()
        assert scratch.names() == kept, number
        peaks.append(watch.most("peak"))
    actions = subject.actions(next(iter(registries)))
    assert actions["Create"] == actions["Delete"] > 0
    some = max(1, sizes.runs // 10)
    first, last = (statistics.median(part) for part in (peaks[:some], peaks[-some:]))
    tell(
        f"{sizes.runs} runs on {sizes.hosts} hosts, each audited and changed, of {statistics.median(seconds):.1f} s: "
        f"at most {first:.0f} MiB of a process at first, and {last:.0f} MiB at last; nothing left"
    )
    assert last <= first + MEMORY


def test_many_visits_in_one_process(fleet: FleetFactory, sizes: Sizes, tell: Tell, tmp_path: Path) -> None:
    """The audit of all hosts, and the change of each, again and again by the same process."""
    subject, _registries = few(fleet, sizes.hosts, tmp_path)
    with Watch() as watch:
        subject.environment = watch.environment
        run = subject.play(
            {
                "name": "ask",
                FLEET: {"workers": sizes.forks, "return_hosts": "none"},
                "loop": [*range(sizes.visits)],
                "run_once": True,
                "delegate_to": "localhost",
            },
            {
                "name": "change",
                "winsec.lsa.use_machine_id": {"state": "{{ item }}", "via": "{{ use_machine_id_via }}"},
                "loop": [state for state, _number in zip(itertools.cycle(DATA), range(sizes.visits), strict=False)],
            },
            options=[f"--forks={sizes.hosts}"],
        )
    assert run.exit_status == 0, run.output[-4000:]
    assert {found.status for found in run.of("change").values()} == {"changed"}
    assert watch.left() == []
    compared = [samples for samples in watch.samples.values() if len(samples) >= 12]
    for samples in compared:
        part = len(samples) // 3
        middle, last = samples[part : 2 * part], samples[2 * part :]
        for what in ("files", "threads"):
            assert max(getattr(s, what) for s in last) <= max(getattr(s, what) for s in middle) + 2, what
    grown = max(samples[-1].memory - samples[len(samples) // 3].memory for samples in compared)
    tell(
        f"{sizes.visits} times {sizes.hosts} hosts in one process: at most {watch.most('files'):.0f} open files and "
        f"{watch.most('threads'):.0f} threads, {watch.most('peak'):.0f} MiB, of which {grown:.1f} "
        "came after the first third"
    )
    assert grown < MEMORY + sizes.visits * sizes.hosts * MEMORY_PER_RESULT


def test_two_controllers(fleet: FleetFactory, sizes: Sizes, tell: Tell) -> None:
    """Both read before either of them writes, since the reads are slow: neither fails, nor harms the other."""
    hosts = [f"host{number}" for number in range(4)]
    slow = {"delay": 3, "only": ["Enumerate"]}
    subject = fleet({host: {"connection": CONNECTIONS[n % 2], "misbehave": slow} for n, host in enumerate(hosts)})
    other = Controller(subject.folder / "other")
    other.inventory = subject.inventory
    journal = subject.folder / "journal.jsonl"
    met = 0
    for number, state in zip(range(sizes.meetings), itertools.cycle(DATA), strict=False):
        arguments = ["winsec.lsa.enforce", *variables(state=state, journal=str(journal))]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            started = [pool.submit(controller.playbook, *arguments) for controller in (subject, other)]
        runs = [future.result() for future in started]
        for run in runs:
            assert run.exit_status == 0, run.output[-4000:]
        for host in hosts:
            statuses = [run.of(ENFORCE)[host].status for run in runs]
            assert "changed" in statuses
            met += statuses == ["changed", "changed"]
            assert stored(subject, host) == DATA[state], (number, host)
    entries = [json.loads(line) for line in journal.read_text().splitlines()]
    kinds = [entry["entry"] for entry in entries]
    assert kinds.count("begin") == kinds.count("end") == sizes.meetings * len(hosts) + met
    tell(
        f"two controllers, {sizes.meetings} times at the same {len(hosts)} hosts at once: {met} times both changed the "
        "same value, and neither failed"
    )
    assert met
