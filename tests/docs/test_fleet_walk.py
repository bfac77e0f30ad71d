# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the fleet guide with a large fleet, on a terminal: audit, compare, Ctrl-C, go on, divide, merge.

The session docs_from_nothing does it with some dozens of hosts, ``--hosts=10000 --numprocesses=0 -s`` with as many as
the limit of open files allows, and says what it took.
"""

from __future__ import annotations

import json
import re
import time
import typing as t
from collections import Counter
from pathlib import Path

import pytest

from ..support.expectations import ONE
from ..support.fleet import registry
from ..support.terminal import CTRL_C, Terminal
from .snippets import all_snippets
from .test_documents import FLEET
from .walk import file_name

if t.TYPE_CHECKING:
    from .conftest import Place
    from .test_documents import MakePlace

AUDIT = "Audit all hosts"
STEPS = "A large fleet, step by step"

#: The exit status of a run that was interrupted.
INTERRUPTED = 99

#: Seconds for a run to end, also with many hosts on a busy machine.
LONG = 7200

#: A fleet that is small would be done before anybody could interrupt it: it gets few workers and slow hosts.
SMALL = 1000
WORKERS = 4
DELAY = 0.2


class Walk:
    """Follows the commands of two sections, in one folder."""

    def __init__(self, place: Place, hosts: int) -> None:
        self._place = place
        self._half = hosts // 2
        found = [snippet for snippet in all_snippets() if snippet.file == FLEET and snippet.heading in (AUDIT, STEPS)]
        self._commands = iter([line for s in found if s.language == "console" for line in s.text.splitlines()])
        for snippet in found:
            if name := file_name(snippet):
                (place.folder / name).write_text(snippet.text)

    def begin(self) -> Terminal:
        """Type the next command. Parts are halves."""
        command = next(self._commands)
        command = command.replace("windows[0:1]", f"windows[0:{self._half - 1}]")
        command = command.replace("windows[2:]", f"windows[{self._half}:]")
        print(f"\n$ {command}")
        return Terminal(["bash", "-c", command], self._place.folder, self._place.environment())

    def run(self) -> str:
        """Run the next command to its end, and return what it has shown."""
        start = time.monotonic()
        terminal = self.begin()
        assert terminal.end(LONG) == 0, terminal.shown[-4000:]
        print(f"{time.monotonic() - start:.0f} seconds")
        return terminal.shown

    def document(self, folder: str = "report") -> dict[str, t.Any]:
        files = {name: self._place.folder / folder / name for name in ("report.json", "report.html", "report.csv")}
        print(", ".join(f"{name}: {file.stat().st_size:,} bytes" for name, file in files.items()))
        return t.cast("dict[str, t.Any]", json.loads(files["report.json"].read_text()))

    def is_complete(self) -> bool:
        return next(self._commands, None) is None


def verdicts(document: dict[str, t.Any]) -> Counter[str]:
    return Counter(record["verdict"] for record in document["hosts"])


def asked(place: Place) -> Counter[str]:
    """How many requests each host has got, since they were last forgotten."""
    lines = (place.fleet.folder / "log").read_text().splitlines()
    place.fleet.forget_requests()
    return Counter(json.loads(line)["host"] for line in lines)


def records(file: Path) -> dict[str, str]:
    """The verdict on each host in a file of records, of whole lines."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len({line["host"] for line in lines}) == len(lines)
    return {line["host"]: line["verdict"] for line in lines}


@pytest.mark.word_for_word
def test_a_large_fleet_step_by_step(make_place: MakePlace, request: pytest.FixtureRequest) -> None:
    hosts: int = request.config.getoption("--hosts")
    is_small = hosts < SMALL
    form: dict[str, t.Any] = {"misbehave": {"delay": DELAY}} if is_small else {}
    unset = hosts // 10
    place = make_place({f"good[1:{hosts - unset}]": {**form, "registry": registry(ONE)}, f"unset[1:{unset}]": form})
    (place.folder / "inventory.yml").symlink_to(place.fleet.inventory)
    (place.folder / "group_vars").mkdir()
    if is_small:
        (place.folder / "group_vars" / "windows.yml").write_text(f"use_machine_id_audit_workers: {WORKERS}\n")
    walk = Walk(place, hosts)

    totals = f"{hosts:,} hosts: {hosts - unset:,} compliant, {unset:,} not compliant"
    assert totals in walk.run()
    first = walk.document()
    once = asked(place)
    assert len(first["hosts"]) == len(once) == hosts

    place.fleet.playbook("winsec.lsa.enforce", "--limit=unset1")
    place.fleet.forget_requests()

    terminal = walk.begin()
    terminal.wait_for(lambda shown: max(map(int, done_in(shown)), default=0) >= hosts // 3, LONG)
    terminal.press(CTRL_C)
    assert terminal.end(LONG) == INTERRUPTED, terminal.shown[-4000:]
    assert walk.document() == first, "the report stays as it is"
    left = place.folder / "report" / "audit.jsonl"
    wait_until(lambda: len(left.read_text().splitlines()) == hosts)
    found = records(left)
    done = {host for host, verdict in found.items() if verdict != "not tried"}
    print(f"{len(done):,} hosts were done, {hosts - len(done):,} were not tried")
    assert hosts // 3 <= len(done) < hosts

    shown = walk.run()
    assert f"{hosts:,} hosts: {hosts - unset + 1:,} compliant, {unset - 1:,} not compliant" in shown
    assert "1 host fixed: unset1 " in shown
    second = walk.document()
    assert {record["host"] for record in second["hosts"]} == set(once)
    assert len(second["hosts"]) == hosts
    assert "not tried" not in verdicts(second)
    both = asked(place)
    assert {host: both[host] for host in done} == {host: once[host] for host in done}, "who is done is not asked again"

    for _part in range(2):
        walk.run()
    walk.run()
    merged = walk.document("merged")
    assert len({record["host"] for record in merged["hosts"]}) == len(merged["hosts"]) == hosts
    assert verdicts(merged) == verdicts(second)
    assert [source["hosts"] for source in merged["meta"]["sources"]] == [hosts // 2, hosts - hosts // 2]
    assert walk.is_complete()


def done_in(shown: str) -> list[str]:
    """How many hosts were done, in each line of progress."""
    return [count.replace(",", "") for count in re.findall(r"\r([\d,]+) of [\d,]+ hosts", shown)]


def wait_until(true: t.Callable[[], bool]) -> None:
    """The process of a task may live a moment longer than ansible-playbook."""
    deadline = time.monotonic() + 120
    while not true() and time.monotonic() < deadline:
        time.sleep(0.1)
