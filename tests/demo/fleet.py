# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoint of the demo, as a child or kept in the background, and Ansible on it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import typing as t
from pathlib import Path

import yaml
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).resolve().parent
CALLBACKS = HERE.parent / "support" / "callback"

#: For a fleet that is kept to end by itself, since the last request.
IDLE_MINUTES = 30

Form: t.TypeAlias = "dict[str, t.Any]"
Registry: t.TypeAlias = "dict[tuple[str, str], Form]"


#: What audit writes, in the folder of the demo, and what it finds out there.
REPORT: t.Final = "report"
RECORDS: t.Final = f"{REPORT}/audit.jsonl"


class Deviation(Exception):
    """Something is not as it has to be. The text says what."""


class Run(t.NamedTuple):
    """The outcome of a playbook: facts and results of the module by host, and the lines of audit."""

    facts: dict[str, Form]
    outcomes: dict[str, Form]
    report: list[str]

    @classmethod
    def of(cls, results: list[Form], records: list[Form]) -> Run:
        """``records`` are those that audit writes."""
        run = cls({}, {}, [])
        for host, result in ((line["host"], line["result"]) for line in results):
            if "previous" in result:
                run.outcomes[host] = result
            elif isinstance(result.get("msg"), list):
                run.report.extend(result["msg"])
        for record in records:
            run.facts[record["host"]] = record["use_machine_id"]
            run.outcomes[record["host"]] = {"changed": record["verdict"] == "not compliant"}
        return run

    def summary(self) -> str:
        changed = sum(outcome["changed"] for outcome in self.outcomes.values())
        return f"{changed} of {len(self.outcomes)} hosts changed.\n"


class Fleet:
    """The endpoint, and Ansible on it. All files lie in one folder, from where the commands are run."""

    def __init__(self, folder: Path, screen: Console) -> None:
        self._folder = folder
        self._screen = screen
        shutil.copy(HERE / "fleet.yml", folder)

    def running(self, keep: bool) -> contextlib.AbstractContextManager[None]:
        command = self._announced("winsec-endpoint --fleet fleet.yml --inventory inventory.yml --state state")
        return self._kept(command) if keep else self._as_child(command)

    @contextlib.contextmanager
    def _kept(self, command: list[str]) -> t.Iterator[None]:
        """Leave the endpoint in the background, unless the demo fails."""
        options = ["--detach", "--pid-file=pid", f"--idle-exit={IDLE_MINUTES}m"]
        status = subprocess.run([*command, *options], cwd=self._folder, check=False).returncode
        if status:
            raise Deviation(f"the endpoint did not start: exit status {status}")
        try:
            yield
        except BaseException:
            os.kill(self.pid, signal.SIGTERM)
            raise

    @property
    def pid(self) -> int:
        return int((self._folder / "pid").read_text())

    @contextlib.contextmanager
    def _as_child(self, command: list[str]) -> t.Iterator[None]:
        """Keep the endpoint as a child: it ends with this process, whatever ends that."""
        endpoint = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.PIPE, text=True)
        try:
            if not endpoint.stdout or not endpoint.stdout.readline():  # it says when it is ready
                raise Deviation(f"the endpoint did not start: exit status {endpoint.wait()}")
            yield
        finally:
            endpoint.terminate()
            endpoint.communicate()

    def play(self, playbook: str, *options: str) -> Run:
        """Run a playbook. Its output is shown only if it failed."""
        command = self._announced(" ".join(["ansible-playbook", playbook, "-i inventory.yml", *options]))
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
        run = Run.of(_lines(results), _lines(self._folder / RECORDS) if "winsec.lsa.audit" in playbook else [])
        left_out = self.stored().keys() - run.outcomes.keys()
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


def _lines(file: Path) -> list[Form]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
