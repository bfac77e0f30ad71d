# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible run as a user runs it, and what a run comes to. Whatever the hosts are."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import typing as t
from pathlib import Path

import yaml

from .imported_ansible import OF_A_RUN, importer_for

#: For a run to end, also on a busy machine. It is there to end one that never would.
_SECONDS = 7200


#: Environment variables; None takes one away.
Variables: t.TypeAlias = t.Mapping[str, str | None]


def heed_interrupts() -> None:
    """Have the programs that are started from now on end by SIGINT, which a shell lets those ignore that it starts in
    the background, with all that they start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class TaskResult(t.NamedTuple):
    """One task on one host. ``status`` is ok, changed, failed, unreachable or skipped."""

    status: str
    host: str
    task: str
    result: dict[str, t.Any]
    seconds: float


class Run(t.NamedTuple):
    """The outcome of a run of Ansible."""

    exit_status: int
    output: str
    results: list[TaskResult]

    def of(self, task: str) -> dict[str, TaskResult]:
        """The results of one task, by host."""
        return {result.host: result for result in self.results if result.task.endswith(task)}


class Controller:
    """Runs Ansible on the hosts of ``folder``/inventory.yml."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.inventory = folder / "inventory.yml"
        self.environment = environment or {}

    def play(
        self,
        *tasks: dict[str, t.Any],
        options: t.Sequence[str] = (),
        environment: Variables | None = None,
        **keywords: t.Any,
    ) -> Run:
        """Run tasks on all hosts, in one play."""
        play = {"hosts": "windows", "gather_facts": False, **keywords, "tasks": list(tasks)}
        playbook = self.folder / "play.yml"
        playbook.write_text(yaml.safe_dump([play], sort_keys=False))
        return self.playbook(str(playbook), *options, environment=environment)

    def playbook(self, name: str, *options: str, environment: Variables | None = None) -> Run:
        return self._run(
            ["ansible-playbook", name, f"--inventory={self.inventory}", "--forks=10", *options], environment
        )

    def shell(self, script: str, given: str = "") -> Run:
        """Run lines that run Ansible as a user types them, who types the rest into them."""
        return self._run(["bash", "-c", script], None, given)

    def ad_hoc(self, *arguments: str) -> Run:
        return self._run(["ansible", "windows", f"--inventory={self.inventory}", *arguments], None)

    def _run(self, command: list[str], environment: Variables | None, given: str = "") -> Run:
        results = self.folder / "results"
        results.write_text("")
        settings: dict[str, str | None] = {
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            "ANSIBLE_LOAD_CALLBACK_PLUGINS": "true",
            "ANSIBLE_INJECT_FACT_VARS": "false",
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "RESULTS_FILE": str(results),
            **self.environment,
            **(environment or {}),
        }
        variables = {name: text for name, text in {**os.environ, **settings}.items() if text is not None}
        if command[0] == "ansible-playbook" and not self.environment and not environment:
            ansible = importer_for(frozenset(item for item in variables.items() if item[0] not in OF_A_RUN))
            return _outcome(*ansible.run(command, self.folder, str(results), _SECONDS), results)
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=variables,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        return _outcome(done.returncode, done.stdout, results)


def _outcome(exit_status: int, output: str, results: Path) -> Run:
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    return Run(exit_status, output, [TaskResult(**line) for line in lines])
