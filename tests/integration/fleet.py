# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets of the endpoint, and Ansible run on them as a user runs it: the commands, and what they leave behind."""

from __future__ import annotations

import json
import os
import subprocess
import time
import typing as t
from collections import Counter
from pathlib import Path

import yaml

LSA = r"SYSTEM\CurrentControlSet\Control\Lsa"
MSV1_0 = rf"{LSA}\MSV1_0"

CONNECTIONS = ("winrm", "psrp")

#: What the endpoint gives every host unless the fleet says otherwise.
PASSWORD = "winsec-endpoint"


class TaskResult(t.NamedTuple):
    """One task on one host. ``status`` is ok, changed, failed, unreachable or skipped."""

    status: str
    host: str
    task: str
    result: dict[str, t.Any]


class Run(t.NamedTuple):
    """What a run of Ansible came to."""

    exit_status: int
    output: str
    results: list[TaskResult]

    def of(self, task: str) -> dict[str, TaskResult]:
        """The results of one task, by host."""
        return {result.host: result for result in self.results if result.task.endswith(task)}


class Fleet:
    """A running endpoint with its inventory, its stored registries and its log of requests."""

    def __init__(self, folder: Path, hosts: dict[str, t.Any]) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.inventory = folder / "inventory.yml"
        (folder / "fleet.yml").write_text(yaml.safe_dump({"hosts": hosts}))
        command = ["winsec-endpoint", "--fleet=fleet.yml", "--inventory=inventory.yml", "--state=state", "--log=log"]
        command += ["--idle-exit=10m"]
        self._process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 30
        while not self.inventory.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError(f"the endpoint did not start: {self._process.communicate()[1]}")
            time.sleep(0.02)

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)

    def stored(self, host: str) -> dict[str, dict[str, t.Any]]:
        """The values of a host below HKEY_LOCAL_MACHINE, by key and by name, as the endpoint keeps them."""
        return t.cast(
            "dict[str, dict[str, t.Any]]", yaml.safe_load((self.folder / "state" / f"{host}.yml").read_text())
        )

    def requests(self, host: str) -> list[dict[str, t.Any]]:
        """The requests that a host has got until now."""
        lines = (self.folder / "log").read_text().splitlines() if (self.folder / "log").exists() else []
        return [request for request in map(json.loads, lines) if request["host"] == host]

    def actions(self, host: str) -> Counter[str]:
        return Counter(request["action"] for request in self.requests(host))

    def forget_requests(self) -> None:
        (self.folder / "log").write_text("")

    def play(self, *tasks: dict[str, t.Any], options: t.Sequence[str] = (), **keywords: t.Any) -> Run:
        """Run tasks on all hosts, in one play."""
        play = {"hosts": "windows", "gather_facts": False, **keywords, "tasks": list(tasks)}
        playbook = self.folder / "play.yml"
        playbook.write_text(yaml.safe_dump([play], sort_keys=False))
        return self.playbook(str(playbook), *options)

    def playbook(self, name: str, *options: str, environment: dict[str, str] | None = None) -> Run:
        return self._run(
            ["ansible-playbook", name, f"--inventory={self.inventory}", "--forks=10", *options], environment
        )

    def ad_hoc(self, *arguments: str) -> Run:
        return self._run(["ansible", "windows", f"--inventory={self.inventory}", *arguments], None)

    def _run(self, command: list[str], environment: dict[str, str] | None) -> Run:
        results = self.folder / "results"
        results.write_text("")
        settings = {
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            "ANSIBLE_LOAD_CALLBACK_PLUGINS": "true",
            "ANSIBLE_INJECT_FACT_VARS": "false",
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "RESULTS_FILE": str(results),
        }
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **settings, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        lines = [json.loads(line) for line in results.read_text().splitlines()]
        return Run(done.returncode, done.stdout, [TaskResult(**line) for line in lines])


def over_both(hosts: dict[str, t.Any]) -> dict[str, t.Any]:
    """Each host twice, once for each connection plugin, in one fleet: Ansible starts once for both."""
    return {
        f"{name}-{connection}": {**form, "connection": connection}
        for name, form in hosts.items()
        for connection in CONNECTIONS
    }


def registry(use_machine_id: t.Any = None, fallback: t.Any = None, name: str = "UseMachineId") -> dict[str, t.Any]:
    """The two values as a fleet describes them, each as (type, data) or absent."""
    form: dict[str, t.Any] = {}
    if use_machine_id is not None:
        form[LSA] = {name: dict(zip(("type", "data"), use_machine_id, strict=True))}
    if fallback is not None:
        form[MSV1_0] = {"AllowNullSessionFallback": dict(zip(("type", "data"), fallback, strict=True))}
    return form


def value(stored: dict[str, dict[str, t.Any]], key: str, name: str) -> tuple[str, t.Any] | None:
    """A stored value whatever the case of its name; None where there is none."""
    for found, form in stored[key].items():
        if found.lower() == name.lower():
            return (form["type"], form["data"])
    return None
