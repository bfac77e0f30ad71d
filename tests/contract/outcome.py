# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of one case on one host. It is run once, in a play with many others, and judged by itself."""

from __future__ import annotations

import json
import typing as t

from ..support.expectations import FALLBACK, LSA, MSV1_0, ONE, USE_MACHINE_ID, ZERO, ThreeRuns, Value
from .cases import WINDOWS, Case

if t.TYPE_CHECKING:
    from ..support.reg_file import Values
    from ..support.runs import Controller

#: By key below HKEY_LOCAL_MACHINE, and by name.
Registry: t.TypeAlias = "dict[str, Values]"

Result: t.TypeAlias = "dict[str, t.Any]"

MODULE, FACTS = "winsec.lsa.use_machine_id", "winsec.lsa.use_machine_id_facts"
TASKS = ("facts", "predict", "enforce", "enforce again")


class Placed(t.NamedTuple):
    """A case on a host of a release, and which way to the registry is asked for."""

    case: Case
    release: str
    via: str = "auto"

    @classmethod
    def nth(cls, case: Case, number: int) -> Placed:
        """On one of the releases that will do, by turns."""
        return cls(case, case.releases[number % len(case.releases)])


class Outcome(t.NamedTuple):
    """The stored values, and the result of each task.

    If a log says so: with which login messages came and whether encrypted by it, and the logins accepted and refused.
    """

    placed: Placed
    before: Registry
    after: Registry
    results: dict[str, Result]
    messages: frozenset[tuple[str, bool]] = frozenset()
    logins: tuple[int, int] = (0, 0)

    def check(self) -> None:
        self._check_registry()
        fails = self.placed.case.fails(self.placed.release)
        for task in TASKS:
            if task in fails:
                self._check_refusal(task)
            else:
                assert not self.results[task].get("failed"), self.results[task]
        if "facts" not in fails:
            self._check_facts(self.results["facts"]["ansible_facts"]["use_machine_id"])
        if not fails:
            runs = ThreeRuns(*(self.results[task] for task in TASKS[1:]))
            runs.check(self.placed.case.name, differs=self.placed.case.differs(self.placed.release))

    def _check_registry(self) -> None:
        """The two values become what is asked for where nothing fails, and nothing else is touched."""
        case, stored = self.placed.case, self.placed.case.stored[:2]
        assert ours(self.before) == stored, "stored before"
        wanted = stored if case.fails(self.placed.release) else case.asked_for(self.placed.release)
        assert ours(self.after) == wanted, "stored after"
        assert _others(self.after) == _others(self.before)
        if None not in (stored[0], wanted[0]):
            assert case.stored.name in self.after[LSA]

    def _check_refusal(self, task: str) -> None:
        denial, found = self.placed.case.denial, self.results[task]
        assert denial is not None
        assert (found["failed"], found["changed"], found.get("unreachable", False)) == (True, False, False), found
        for words in (denial.word, rf"HKLM\{denial.key}", "to this user"):
            assert words in found["msg"], found["msg"]
        assert "ansible_facts" not in found

    def _check_facts(self, facts: dict[str, t.Any]) -> None:
        identity, fallback = self.placed.case.stored[:2]
        windows = facts["windows"]
        assert (windows["release"], windows["product_type"]) == WINDOWS[self.placed.release]
        assert facts["configured"] == _configured(identity)
        assert facts["null_session_fallback"]["configured"] == _configured(fallback)


def take(controller: Controller, placed: t.Mapping[str, Placed], hosts: str) -> dict[str, dict[str, Result]]:
    """Read the facts of hosts and take each to its state: in check mode, for real, and once more. By host and task."""
    asked = {
        host: {"state": case.state, "fallback": case.fallback, "via": via}
        for host, (case, _release, via) in placed.items()
    }
    variables = controller.folder / "asked.json"
    variables.write_text(json.dumps({"asked": asked}))
    options = {"state": "state", "null_session_fallback": "fallback", "via": "via"}
    values = {option: f"{{{{ asked[inventory_hostname].{name} }}}}" for option, name in options.items()}
    run = controller.play(
        {"name": "facts", FACTS: {"via": values["via"]}, "ignore_errors": True},
        {
            "name": "module",
            MODULE: values,
            # In a loop, which costs one process for each host and not three.
            "loop": [{"check": True}, {"check": False}, {"check": False}],
            "check_mode": "{{ item.check }}",
            "diff": "{{ item.check }}",
            "ignore_errors": True,
        },
        hosts=hosts,
        options=["--extra-vars", f"@{variables}"],
        # Results are written to the file only: to show thousands takes a tenth of the time.
        environment={"ANSIBLE_STDOUT_CALLBACK": "results", "ANSIBLE_CALLBACKS_ENABLED": None},
    )
    assert run.exit_status == 0, run.output
    facts, module = run.of("facts"), run.of("module")
    results = {}
    for host in placed:
        first = {**facts[host].result, "failed": facts[host].status == "failed"}
        results[host] = dict(zip(TASKS, (first, *module[host].result["results"]), strict=True))
    return results


def _configured(value: Value) -> str:
    if value is None:
        return "not_defined"
    return {ONE: "enabled", ZERO: "disabled"}.get(value, "invalid")


def ours(registry: Registry) -> tuple[Value, Value]:
    return _find(registry, LSA, USE_MACHINE_ID), _find(registry, MSV1_0, FALLBACK)


def _find(registry: Registry, key: str, name: str) -> Value:
    """A value whatever the case of its name."""
    return next((value for found, value in registry[key].items() if found.lower() == name.lower()), None)


def _others(registry: Registry) -> Registry:
    ours = {(LSA, USE_MACHINE_ID.lower()), (MSV1_0, FALLBACK.lower())}
    return {
        key: {name: value for name, value in values.items() if (key, name.lower()) not in ours}
        for key, values in registry.items()
    }
