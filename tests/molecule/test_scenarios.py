# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Molecule scenarios pass with the installed collection, and fail with a broken role or without hosts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from ..docs.snippets import ROOT, read
from ..support.expectations import LSA, ONE, ZERO
from ..support.fleet import Fleet, registry, value

if t.TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = "docs/docsite/rst/guide_molecule.rst"
SNIPPETS = {snippet.language: snippet.text for snippet in read(GUIDE, (ROOT / GUIDE).read_text(encoding="utf-8"))}
#: The last command of the guide, without the program.
BRING_YOUR_OWN = SNIPPETS["console"].split()[-2:]
SCENARIOS = sorted(file.parent.name for file in ROOT.glob("extensions/molecule/*/molecule.yml"))
ROLE_TASKS = "ansible_collections/winsec/lsa/roles/use_machine_id/tasks/main.yml"

#: For bring-your-own: the host of the guide, and one whose value has to be there again at the end.
HOSTS: dict[str, t.Any] = {
    "srv2022.example.com": {"authentication": ["ntlm"]},
    "vista": {"release": "vista", "connection": "psrp", "registry": registry(ZERO)},
}


def denying(times: int) -> dict[str, t.Any]:
    """A host that takes one write, and then denies some."""
    denial = {"deny_writes": True, "only": ["SetDWORDValue"], "after": 2, "times": times}
    return {"registry": registry(ZERO, ONE), "misbehave": denial}


#: Each has one of two values changed when the converge fails. One fails once more, when it is to be put back.
DENYING = {"once": denying(1), "twice": denying(2)}


class Outcome(t.NamedTuple):
    """The outcome of a run of molecule. ``steps`` has every step as (scenario, step, status)."""

    exit_status: int
    steps: list[tuple[str, str, str]]
    output: str

    def words(self) -> str:
        """The output without the frame that molecule draws around it and breaks its lines for."""
        return " ".join(self.output.replace("│", "").split())


@pytest.fixture
def hosts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    """Hosts that the scenarios do not start, in the inventory of the guide: ``HOSTS`` or those of a test."""
    fleet = Fleet(tmp_path / "hosts", getattr(request, "param", HOSTS))
    inventory = yaml.safe_load(SNIPPETS["yaml"])
    assert inventory["windows"]["hosts"].keys() <= HOSTS.keys()
    inventory["windows"]["hosts"] = yaml.safe_load(fleet.inventory.read_text())["windows"]["hosts"]
    fleet.inventory.write_text(yaml.safe_dump(inventory))
    yield fleet
    fleet.close()


def molecule(*arguments: str, inventory: Path, collections: Path | None = None) -> Outcome:
    environment = {**os.environ, "WINDOWS_INVENTORY": str(inventory)}
    if collections:
        environment["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
    done = subprocess.run(
        ["molecule", *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=3600,
        check=False,
    )
    output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    print(output)
    report = output.rpartition("DETAILS")[2]
    return Outcome(done.returncode, re.findall(r"^(\S+) [➜>] (\S+): Executed: (\w+)", report, re.MULTILINE), output)


def test_all_scenarios_pass_and_leave_nothing_behind(hosts: Fleet) -> None:
    before = {host: hosts.stored(host) for host in HOSTS}
    outcome = molecule("test", "--all", inventory=hosts.inventory)
    assert outcome.exit_status == 0
    assert {status for _scenario, _step, status in outcome.steps} == {"Successful"}
    for scenario in SCENARIOS:
        assert {(scenario, step, "Successful") for step in ("converge", "idempotence", "verify")} <= {*outcome.steps}
    assert {host: hosts.stored(host) for host in HOSTS} == before, "bring-your-own has put everything back"
    assert hosts.actions("vista")["SetDWORDValue"] > 0, "bring-your-own has been there"
    assert [*Path.home().glob(".ansible/tmp/**/pid")] == [], "nothing runs any more"


@pytest.mark.parametrize("hosts", [DENYING], indirect=True)
def test_cleanup_puts_back_what_a_failed_converge_has_changed(hosts: Fleet) -> None:
    def identities() -> dict[str, t.Any]:
        return {host: value(hosts.stored(host), LSA, "UseMachineId") for host in DENYING}

    before = {host: hosts.stored(host) for host in DENYING}
    command, scenario = BRING_YOUR_OWN
    assert molecule(command, scenario, "--destroy=never", inventory=hosts.inventory).exit_status != 0
    assert identities() == {"once": ONE, "twice": ONE}
    assert molecule("cleanup", scenario, inventory=hosts.inventory).exit_status != 0
    assert identities() == {"once": ZERO, "twice": ONE}
    assert molecule("cleanup", scenario, inventory=hosts.inventory).exit_status == 0
    assert {host: hosts.stored(host) for host in DENYING} == before


def broken(tmp_path: Path, change: t.Callable[[str], str]) -> Path:
    """Copy the installed collection and change the tasks of the role in it."""
    copy = tmp_path / "collections"
    shutil.copytree(os.environ["ANSIBLE_COLLECTIONS_PATH"], copy)
    tasks = copy / ROLE_TASKS
    changed = change(tasks.read_text())
    assert changed != tasks.read_text()
    tasks.write_text(changed)
    return copy


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(
            lambda tasks: re.sub(r" (state\w*): .*", r" \1: disabled", tasks),
            "UseMachineId is stored as REG_DWORD 0, expected: REG_DWORD 1",
            id="does the wrong thing",
        ),
        pytest.param(
            lambda tasks: f"{tasks}  changed_when: true\n",
            "Idempotence test failed because of the following tasks",
            id="changes something every time",
        ),
    ],
)
def test_a_broken_role_fails(hosts: Fleet, tmp_path: Path, change: t.Callable[[str], str], complaint: str) -> None:
    outcome = molecule(*BRING_YOUR_OWN, inventory=hosts.inventory, collections=broken(tmp_path, change))
    assert outcome.exit_status != 0
    assert complaint in outcome.words()


# What was stored before is in a file of the one, and remembered by the other.
@pytest.mark.parametrize("scenario", ["psrp", "bring-your-own"])
def test_a_role_that_sets_what_it_was_not_asked_for_fails(hosts: Fleet, tmp_path: Path, scenario: str) -> None:
    inventory = yaml.safe_load(hosts.inventory.read_text())
    for variable in ("use_machine_id_null_session_fallback", "expected_values"):
        del inventory["windows"]["vars"][variable]
    hosts.inventory.write_text(yaml.safe_dump(inventory))
    collections = broken(
        tmp_path,
        lambda tasks: re.sub(r" (null_session_fallback\w*): .*", r" \1: disabled", tasks),
    )
    outcome = molecule("test", f"--scenario-name={scenario}", inventory=hosts.inventory, collections=collections)
    assert outcome.exit_status != 0
    assert "AllowNullSessionFallback is stored as REG_DWORD 0, expected: absent" in outcome.words()


@pytest.mark.parametrize("text", [None, "windows: {}\n"])
def test_a_run_without_hosts_is_not_a_success(tmp_path: Path, text: str | None) -> None:
    inventory = tmp_path / "inventory.yml"
    if text:
        inventory.write_text(text)
    outcome = molecule(*BRING_YOUR_OWN, inventory=inventory)
    assert outcome.exit_status != 0
    assert "The group windows has no hosts" in outcome.words().rpartition("fatal:")[2], "the last message is the cause"
