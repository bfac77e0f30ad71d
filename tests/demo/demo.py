# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Audit and enforce a fleet of simulated Windows hosts, show the result in one table, and verify every cell of it.

``make demo`` calls this with the collection and the endpoint installed. What is shown comes from the results of the
playbooks. It is held against the registries that the endpoint stores, and any deviation is an exit status of 1. With
``--keep`` (``make demo KEEP=1``) the fleet keeps running, for the user to go on with.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
import textwrap
import time
import typing as t
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .fleet import IDLE_MINUTES, REPORT, Deviation, Fleet, Form, Registry

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

#: What owns the value of a host, and whether that is known: a Group Policy object by its name, or device management,
#: beside which it stays open whether one does. No other host has an owner.
OWNERS = {"srv2008r2": (True, "Printers"), "win11": (None, "MDM")}
NO_OWNER = (False, "none")

#: The longest line of the audit's report; nothing is wrapped where neither a terminal nor COLUMNS limits the width.
WIDTH = 120

#: Where the report stays when the fleet is gone, until the next demo or `make clean`.
KEPT_REPORT = Path(__file__).parents[2] / ".nox" / "demo-report"

#: What its user's shell needs to find Ansible, the collection and the hosts.
KEPT_VARIABLES = ("ANSIBLE_COLLECTIONS_PATH", "NO_PROXY", "no_proxy")

NEXT = """
Next:
  make demo KEEP=1    leaves the fleet running for you to try things
  docs/docsite/rst/guide_get_started.rst    goes on with hosts of your own"""

NEXT_WITH_FLEET = """
The fleet keeps running, until nobody has used it for {minutes} minutes. Try:
  cd {folder} && . ./demo.env
  ansible windows -i inventory.yml -m winsec.lsa.use_machine_id_facts
  ansible-playbook winsec.lsa.enforce -i inventory.yml --diff \\
    -e use_machine_id_state=not_defined
Stop it:
  kill {pid}; rm -rf {folder}"""

COLOURS = {"computer_identity": "green", "anonymous": "red", "unknown": "yellow"}


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
        owner = OWNERS.get(self.host, NO_OWNER)
        if (self.before["gpo"]["managed"], _owner(self.before["gpo"])) != owner:
            yield f"audit found the owner {self.before['gpo']}, not {owner}"
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


def tell(fleet: Fleet, screen: Console, keep: bool) -> list[Story]:
    """Audit, enforce, enforce again."""
    with fleet.running(keep):
        first = fleet.stored()
        screen.print(f"{len(first)} hosts ready. They look like Windows to Ansible; all of them are one process.\n")
        if first.keys() != EFFECTIVE_BEFORE.keys():
            raise Deviation(f"only demo.py or only fleet.yml has {sorted(first.keys() ^ EFFECTIVE_BEFORE.keys())}")
        audit = fleet.play("winsec.lsa.audit", f"-e use_machine_id_audit_report={REPORT}")
        longest = max(audit.facts, key=len)
        for line in audit.report:
            indent = len(longest) + 37 if line.split()[0] in audit.facts else 4
            screen.print(textwrap.fill(line, screen.width, subsequent_indent=" " * indent))
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
    """Return the columns that differ from host to host. Afterwards none may differ."""
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for title in ("host", "Windows", "before", "effective before", "changed", "set by"):
        rows.add_column(title, no_wrap=True)
    for story in stories:
        rows.add_row(
            story.host,
            story.before["windows"]["release"].removeprefix("Windows "),
            _configured(story.before),
            _effective(story.before),
            "yes" if story.changes[1] else "no",
            Text(_owner(story.before["gpo"]), "yellow" if story.host in OWNERS else ""),
        )
    return rows


def _configured(facts: Form) -> Text:
    """Return the configured state; an invalid value as it is stored."""
    if facts["configured"] == "invalid":
        return Text(f"{facts['value']['type']} {json.dumps(facts['value']['data'])}", COLOURS["unknown"])
    return Text(facts["configured"].replace("_", " "))


def _owner(gpo: Form) -> str:
    """Tell what will undo a change that is made on the host."""
    if gpo["name"]:
        return str(gpo["name"])
    if gpo["managed_by"] == "device_management":
        return "MDM"
    return "none" if gpo["managed"] is False else "unknown"


def _effective(facts: Form) -> Text:
    return Text(facts["effective"].replace("_", " "), COLOURS[facts["effective"]])


def what_next(folder: Path, pid: int | None) -> str:
    if pid is None:
        return NEXT
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    lines = [f"export {name}={shlex.quote(text)}" for name, text in kept.items()]
    lines.append(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH")
    (folder / "demo.env").write_text("\n".join(lines) + "\n")
    return NEXT_WITH_FLEET.format(minutes=IDLE_MINUTES, folder=shlex.quote(str(folder)), pid=pid)


def report_in(folder: Path, keep: bool) -> Path:
    """The page of the report, in a place that lasts."""
    if keep:
        return folder / REPORT / "report.html"
    shutil.rmtree(KEPT_REPORT, ignore_errors=True)
    return Path(shutil.move(folder / REPORT, KEPT_REPORT)) / "report.html"


def show(folder: Path, screen: Console, keep: bool) -> list[str]:
    """Show everything and return what deviates."""
    start = time.monotonic()
    fleet = Fleet(folder, screen)
    try:
        stories = tell(fleet, screen, keep)
    except Deviation as exc:
        return [str(exc)]
    screen.print(table(stories), "")
    problems = [f"{story.host}: {problem}" for story in stories for problem in story.deviations()]
    if not problems:
        screen.print("Now each has UseMachineId enabled and the computer identity; the second run changed nothing.")
        screen.print(f"Every line agrees with what the hosts have stored. {time.monotonic() - start:.0f} seconds.")
        screen.out(f"\nThe report on what the audit found:\n  {report_in(folder, keep)}")
        screen.out(what_next(folder, fleet.pid if keep else None))
    elif keep:
        os.kill(fleet.pid, signal.SIGTERM)
    return problems


def main() -> int:
    keep = "--keep" in sys.argv[1:]
    is_limited = sys.stdout.isatty() or "COLUMNS" in os.environ
    screen = Console(width=None if is_limited else WIDTH, highlight=False)
    folder = Path(tempfile.mkdtemp(prefix="winsec-lsa-demo-"))
    problems = ["the demo was interrupted"]
    try:
        problems = show(folder, screen, keep)
    finally:
        if problems or not keep:
            shutil.rmtree(folder)
    for problem in problems:
        screen.print(Text(f"DEVIATION: {problem}", "bold red"))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
