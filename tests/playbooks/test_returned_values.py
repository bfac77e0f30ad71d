# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks return what their documentation promises, key by key, in the circumstances that it names."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t

import pytest

from ..support.expectations import LSA, MSV1_0, ONE, ZERO
from ..support.fleet import registry
from ..unit.plugins.action.returned import differences_of_value

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory
    from ..support.runs import Run, TaskResult

    Form: t.TypeAlias = "dict[str, t.Any]"

MODULE, FACTS = "winsec.lsa.use_machine_id", "winsec.lsa.use_machine_id_facts"

TEXT = ("REG_SZ", "1")


def gpo(name: str, value: Form | None, source: str = "security_options") -> Form:
    """One that sets both values."""
    return {"name": name, source: {rf"{LSA}\UseMachineId": value, rf"{MSV1_0}\AllowNullSessionFallback": value}}


def dword(data: int) -> Form:
    return {"type": "REG_DWORD", "data": data}


DOMAIN: Form = {"name": "Domain", "security_options": {rf"{LSA}\NoLMHash": dword(1)}}
BINARY: Form = {"type": "REG_BINARY", "data": [1]}
DEVICE = r"SOFTWARE\Microsoft\PolicyManager\current\device\LocalPoliciesSecurityOptions"
BY_DEVICE = {
    "NetworkSecurity_AllowLocalSystemToUseComputerIdentityForNTLM": dword(1),
    "NetworkSecurity_AllowLocalSystemNULLSessionFallback": dword(1),
}

#: Every choice of every returned value is met on one of these.
HOSTS: Form = {
    "ungoverned": {"rsop": {"gpos": [DOMAIN]}},
    "governed": {
        "rsop": {
            "gpos": [
                gpo("Print servers", dword(0)),
                gpo("Odd", BINARY),
                gpo("Text", {"type": "REG_SZ", "data": "1"}),
                gpo("Cleanup", None, "administrative_templates"),
            ]
        }
    },
    "cleaned": {"rsop": {"gpos": [gpo("Cleanup", None, "administrative_templates"), DOMAIN]}},
    "local": {"rsop": {"gpos": [gpo("LocalGPO", dword(1))], "status": 3}},
    "odd": {"rsop": {"gpos": [gpo("Odd", BINARY)]}},
    "text": {"rsop": {"gpos": [gpo("Text", {"type": "REG_SZ", "data": "1"})]}},
    "device": {"release": "11", "registry": {**registry(ONE, ZERO), DEVICE: BY_DEVICE}},
    "xp": {"release": "xp"},
    "vista": {"release": "vista"},
    "vistanull": {"release": "vista", "registry": registry(ZERO, ZERO)},
    "vistaodd": {"release": "vista", "registry": registry(ZERO, TEXT)},
    "srv2008": {"release": "2008", "registry": registry(ONE, ONE), "connection": "psrp"},
    "win10": {"release": "10", "registry": registry(("REG_QWORD", 1), ZERO)},
    "srv2022": {"registry": registry(TEXT, TEXT)},
    "multi": {"registry": registry(("REG_MULTI_SZ", ["1", "2"]), ("REG_BINARY", [1, 2])), "connection": "psrp"},
    "none": {"release": "8.1", "registry": registry(("REG_NONE", [1]), ("REG_NONE", []))},
    "dc": {"release": "2019", "domain_controller": True, "registry": registry(ZERO)},
    "compliant": {"registry": registry(ONE)},
    "denied": {"misbehave": {"deny_reads": True}},
    "denieswrites": {"misbehave": {"deny_writes": True}},
    "gone": {"misbehave": {"close_connection": True}},
    "lost": {"misbehave": {"close_connection": True, "only": ["writes"]}, "connection": "psrp"},
}
TASKS: dict[str, Form] = {
    "check": {MODULE: {}, "check_mode": True},
    "check with a diff": {MODULE: {"null_session_fallback": "disabled"}, "check_mode": True, "diff": True},
    "authorities": {MODULE: {"state": "cis", "null_session_fallback": "stig"}, "diff": False},
    "module": {MODULE: {"null_session_fallback": "disabled"}, "diff": True},
    "module again": {MODULE: {}, "diff": True},
    "module undone": {MODULE: {"state": "not_defined"}},
    "module with a journal": {MODULE: {"journal": "{{ playbook_dir }}/journal.jsonl"}},
    "module refused": {MODULE: {"state": "of no kind"}},
}

#: Values that Ansible documents for every task.
COMMON = {"changed", "exception", "failed", "msg", "unreachable", "warnings"}
#: No Windows is known that hides its product type. Unit tests tell of one.
NEVER_MET = (
    "windows.product_type: {'unknown'}",
    # A number that can't be read, and a GPO whose name was not logged: unit tests have both.
    "others.name can be null",
    "others.state can be null",
)


class Circumstances(t.NamedTuple):
    """The condition that the documentation gives for a key."""

    success: bool
    check_mode: bool
    diff: bool
    changed: bool


#: Whether a key is there, for each text under `returned`. None where the text leaves it open.
RETURNED: dict[str, t.Callable[[Circumstances], bool | None]] = {
    "always": lambda _task: True,
    "success": lambda task: task.success,
    "on failure": lambda task: not task.success,
    "on failure, and if skipped": lambda task: not task.success,
    "success, outside check mode": lambda task: task.success and not task.check_mode,
    "in diff mode, when a managed value differs": lambda task: (
        task.diff and task.changed if task.success else None  # a task can fail between two changes
    ),
    "with O(journal), if a value was to be written, outside check mode": lambda task: (
        False if task.check_mode else None  # it may have been right before
    ),
    "success, and on failure if it is known": lambda task: task.success or None,
    "success, and on failure if it was read": lambda task: task.success or None,
}


def run_all(fleet: FleetFactory, tasks: dict[str, Form]) -> Run:
    """Run each task on each host, whatever became of the one before."""
    named = [{"name": name, **task} for name, task in tasks.items()]
    run = fleet(HOSTS).play(*named, ignore_errors=True, ignore_unreachable=True)
    assert len(run.results) == len(tasks) * len(HOSTS), run.output
    return run


def documentation(name: str, kind: str = "module") -> Form:
    """The return values as ansible-doc shows them, of the collection that is installed."""
    command = ["ansible-doc", "--json", "--type", kind, name]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    return t.cast("Form", json.loads(shown.stdout)[name]["return"])


def values(result: TaskResult) -> Form:
    return {key: value for key, value in result.result.items() if not key.startswith("_ansible_")}


def misplaced(documented: Form, task: Form, result: TaskResult) -> t.Iterator[str]:
    """The keys of a result that its circumstances forbid, and those that they demand."""
    circumstances = Circumstances(
        success=result.status in ("ok", "changed"),
        check_mode=task.get("check_mode", False),
        diff=task.get("diff", False),
        changed=result.result["changed"],
    )
    found = values(result)
    yield from (f"{key} is not documented" for key in found.keys() - documented.keys() - COMMON)
    for key, form in documented.items():
        if RETURNED[form["returned"]](circumstances) not in (None, key in found):
            yield f"{key} is {'' if key in found else 'not '}returned: {form['returned']}"


def check_each_result(documented: Form, tasks: t.Mapping[str, Form], run: Run) -> None:
    for name, task in tasks.items():
        for host, result in run.of(name).items():
            assert not list(misplaced(documented, task, result)), (name, host, values(result))


def check_all_results(documented: Form, results: t.Sequence[Form]) -> None:
    """Each documented key was met, in its documented type, with each of its choices, and no other."""
    for key, form in documented.items():
        found = [result[key] for result in results if key in result]
        assert found, key
        differences = differences_of_value(form, found, key)
        wrong = [difference for difference in differences if not any(never in difference for never in NEVER_MET)]
        assert not wrong, wrong


def test_the_module_returns_what_is_documented(fleet: FleetFactory) -> None:
    documented = documentation(MODULE)
    run = run_all(fleet, TASKS)
    check_each_result(documented, TASKS, run)
    check_all_results(documented, [values(result) for result in run.results])


@pytest.mark.canary
def test_the_facts_are_returned_as_documented(fleet: FleetFactory) -> None:
    documented = documentation(FACTS)
    tasks: dict[str, Form] = {"facts": {FACTS: {}}, "facts in check mode": {FACTS: {}, "check_mode": True}}
    run = run_all(fleet, tasks)
    check_each_result(documented, tasks, run)
    check_all_results(documented, [values(result) for result in run.results])


def test_a_fleet_is_returned_as_documented(fleet: FleetFactory) -> None:
    documented = documentation("winsec.lsa.use_machine_id_fleet_info")
    run = fleet(HOSTS).play(
        {"winsec.lsa.use_machine_id_fleet_info": {"return_hosts": "all"}, "run_once": True, "delegate_to": "localhost"},
        vars={"use_machine_id_unsupported": "skip", "use_machine_id_state_vista_2008": "cis"},
    )
    ((result,),) = [[values(result) for result in run.results]]
    assert {*documented} - {"msg"} == {"summary", "hosts", "lines"}, run.output
    for key in ("summary", "hosts", "lines"):
        assert not list(differences_of_value(documented[key], [result[key]], key))
    assert len(result["hosts"]) == len(HOSTS) == result["summary"]["hosts"]
    for way, form in documented["summary"]["contains"].items():
        if form["type"] == "dict":
            keys = {*result["summary"][way]}
            assert way == "releases" or keys == {*form["sample"]}, way
