# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Audit and enforce a fleet of simulated Windows hosts, show the result in one table, and verify every cell of it.

``make demo`` calls this with the collection and the endpoint installed. What is shown comes from the results of the
playbooks. It is held against the registries that the endpoint stores, and any deviation is an exit status of 1.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
import typing as t
from pathlib import Path

import yaml
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

HERE = Path(__file__).resolve().parent
CALLBACKS = HERE.parent / "support" / "callback"

#: Where the policy is stored, in lower case because Windows does not mind, and what is stored once it is in force.
POLICY = (r"system\currentcontrolset\control\lsa", "usemachineid")
IN_FORCE = {"type": "REG_DWORD", "data": 1}

#: What each host of fleet.yml does before anything is enforced. It is never shown, only compared.
EFFECTIVE_BEFORE = {
    "vista": "anonymous",
    "srv2008": "anonymous",
    "win10": "computer_identity",
    "srv2025": "computer_identity",
    "srv2022": "computer_identity",
    "win11": "computer_identity",
    "srv2008r2": "anonymous",
    "dc2019": "anonymous",
    "srv2012r2": "unknown",
    "srv2016": "unknown",
}

#: The longest line of the audit's report; nothing is wrapped where no terminal limits the width.
WIDTH = 120
COLOURS = {"computer_identity": "green", "anonymous": "red", "unknown": "yellow"}

Form: t.TypeAlias = "dict[str, t.Any]"
Registry: t.TypeAlias = "dict[tuple[str, str], Form]"


class Deviation(Exception):
    """Something is not as it has to be. The text says what."""


class Run(t.NamedTuple):
    """What a playbook left: by host, what each of the two plugins returned; and the lines with which audit ends."""

    facts: dict[str, Form]
    outcomes: dict[str, Form]
    report: list[str]

    @classmethod
    def of(cls, results: list[Form]) -> Run:
        run = cls({}, {}, [])
        for host, result in ((line["host"], line["result"]) for line in results):
            if "previous" in result:
                run.outcomes[host] = result
            elif "use_machine_id" in result.get("ansible_facts", {}):
                run.facts[host] = result["ansible_facts"]["use_machine_id"]
            elif isinstance(result.get("msg"), list):
                run.report.extend(result["msg"])
        return run

    def summary(self) -> str:
        changed = sum(outcome["changed"] for outcome in self.outcomes.values())
        return f"{changed} of {len(self.outcomes)} hosts changed.\n"


class Fleet:
    """The endpoint, and Ansible on it. All files lie in one folder, from where the commands are run."""

    def __init__(self, folder: Path, screen: Console) -> None:
        self._folder = folder
        self._screen = screen

    @contextlib.contextmanager
    def running(self) -> t.Iterator[None]:
        """Keep the endpoint as a child: it ends with this process, whatever ends that."""
        shutil.copy(HERE / "fleet.yml", self._folder)
        command = self._announced("winsec-endpoint --fleet fleet.yml --inventory inventory.yml --state state")
        endpoint = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.PIPE, text=True)
        try:
            if not endpoint.stdout or not endpoint.stdout.readline():  # it says when it is ready
                raise Deviation(f"the endpoint did not start: exit status {endpoint.wait()}")
            yield
        finally:
            endpoint.terminate()
            endpoint.communicate()

    def play(self, playbook: str) -> Run:
        """Run a playbook. Its output is shown only if it failed."""
        command = self._announced(f"ansible-playbook {playbook} -i inventory.yml")
        results = self._folder / "results"
        results.write_text("")
        settings = {
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            "RESULTS_FILE": str(results),
        }
        with self._screen.status("running ..."):
            done = subprocess.run(
                command,
                cwd=self._folder,
                env=os.environ | settings,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        run = Run.of([json.loads(line) for line in results.read_text().splitlines()])
        left_out = self.stored().keys() - (run.facts.keys() & run.outcomes.keys())
        if done.returncode or left_out:
            self._screen.out(done.stdout)
            silent = f" and reported nothing on {', '.join(sorted(left_out))}" if left_out else ""
            raise Deviation(f"{playbook} ended with exit status {done.returncode}{silent}: see its output above")
        return run

    def stored(self) -> dict[str, Registry]:
        """Every value that the endpoint stores: by host, then by key and name in lower case."""
        return {
            file.stem: {
                (key.lower(), name.lower()): value
                for key, values in yaml.safe_load(file.read_text()).items()
                for name, value in values.items()
            }
            for file in (self._folder / "state").glob("*.yml")
        }

    def _announced(self, command: str) -> list[str]:
        self._screen.print(Text(f"$ {command}", "bold"))
        return shlex.split(command)


class Story(t.NamedTuple):
    """One host: as the facts and the module report it, and as it was stored at first, then, and at last."""

    host: str
    before: Form
    after: Form
    changes: tuple[bool, bool, bool]  # foretold by audit, done by enforce, done by the second run
    stored: tuple[Registry, Registry, Registry]

    def deviations(self) -> t.Iterator[str]:
        """Whatever is not as it has to be."""
        first, then, last = self.stored
        if self.before["value"] != first.get(POLICY) or self.before["effective"] != EFFECTIVE_BEFORE[self.host]:
            yield f"audit found {_told(self.before)}, not {first.get(POLICY)} ({EFFECTIVE_BEFORE[self.host]})"
        if self.after["value"] != then.get(POLICY) or self.after["effective"] != "computer_identity":
            yield f"enforce reported {_told(self.after)}, not {then.get(POLICY)} (computer_identity)"
        wanted = first | {POLICY: IN_FORCE}
        if then != wanted:
            yield f"enforce left {_difference(then, wanted)} where {_difference(wanted, then)} was wanted"
        if self.changes[:2] != (first != wanted, first != then):
            yield f"audit and enforce reported {self.changes[:2]} for whether it changes"
        if self.changes[2] or last != then:
            yield f"the second run changed {_difference(last, then) or 'something'}"


def _told(facts: Form) -> str:
    return f"{facts['value']} ({facts['effective']})"


def _difference(values: Registry, others: Registry) -> Form:
    return {"\\".join(where): value for where, value in values.items() if others.get(where) != value}


def tell(fleet: Fleet, screen: Console) -> list[Story]:
    """Audit, enforce, enforce again."""
    with fleet.running():
        first = fleet.stored()
        screen.print(f"{len(first)} hosts ready. They look like Windows to Ansible; all of them are one process.\n")
        if first.keys() != EFFECTIVE_BEFORE.keys():
            raise Deviation(f"only demo.py or only fleet.yml has {sorted(first.keys() ^ EFFECTIVE_BEFORE.keys())}")
        audit = fleet.play("winsec.lsa.audit")
        longest = max(audit.facts, key=len)
        for line in audit.report:
            screen.print(textwrap.fill(line, screen.width, subsequent_indent=" " * (len(longest) + 16)))
        screen.print()
        enforce = fleet.play("winsec.lsa.enforce")
        screen.print(enforce.summary())
        then = fleet.stored()
        again = fleet.play("winsec.lsa.enforce")
        screen.print(again.summary())
        last = fleet.stored()
    return [
        Story(
            host,
            audit.facts[host],
            enforce.outcomes[host]["use_machine_id"],
            (audit.outcomes[host]["changed"], enforce.outcomes[host]["changed"], again.outcomes[host]["changed"]),
            (first[host], then[host], last[host]),
        )
        for host in EFFECTIVE_BEFORE
    ]


def table(stories: list[Story]) -> Table:
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for title in (
        "host",
        "Windows",
        "before",
        "effective before",
        "after",
        "effective after",
        "changed by\nsecond run",
    ):
        rows.add_column(title, no_wrap=True)
    for story in stories:
        rows.add_row(
            story.host,
            story.before["windows"]["release"].removeprefix("Windows "),
            _configured(story.before),
            _effective(story.before),
            _configured(story.after),
            _effective(story.after),
            Text("yes", "bold red") if story.changes[2] else Text("no", "green"),
        )
    return rows


def _configured(facts: Form) -> Text:
    """What is configured; an invalid value as it is stored."""
    if facts["configured"] == "invalid":
        return Text(f"{facts['value']['type']} {json.dumps(facts['value']['data'])}", COLOURS["unknown"])
    return Text(facts["configured"].replace("_", " "))


def _effective(facts: Form) -> Text:
    return Text(facts["effective"].replace("_", " "), COLOURS[facts["effective"]])


def main() -> int:
    screen = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="winsec-lsa-demo-") as folder:
            stories = tell(Fleet(Path(folder), screen), screen)
        screen.print(table(stories), "")
        problems = [f"{story.host}: {problem}" for story in stories for problem in story.deviations()]
    except Deviation as exc:
        problems = [str(exc)]
    for problem in problems:
        screen.print(Text(f"DEVIATION: {problem}", "bold red"))
    if not problems:
        screen.print(f"Every line agrees with what the hosts have stored. {time.monotonic() - start:.0f} seconds.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
