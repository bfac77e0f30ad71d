# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every document is followed word for word on look-alikes of the hosts that it speaks of."""

from __future__ import annotations

import os
import shutil
import typing as t
from pathlib import Path

import pytest
import yaml

from ..support import checkout
from ..support.expectations import LSA, MSV1_0, ONE, ZERO
from ..support.fleet import PASSWORD, registry, value
from ..support.imitation import ImitatedRegistry
from ..support.runs import Run
from .claims import ENDPOINT, is_run_here
from .conftest import Place
from .snippets import Snippet, all_snippets
from .walk import FAILED, ends_in_failure, follow, kind, missing_output

GET_STARTED = "docs/docsite/rst/guide_get_started.rst"
FLEET = "docs/docsite/rst/guide_fleet.rst"
UNDO = "docs/docsite/rst/guide_undo.rst"
ROLE = "roles/use_machine_id/README.md"
README = "README.md"
START = "docs/site/start.rst"
GOING_BACK = "plugins/modules/use_machine_id.yml"

#: Documents with tasks to copy into a play of one's own, in the order in which they are run.
TASKS = (
    # While there is something to change.
    "plugins/modules/use_machine_id_revert.yml",
    "plugins/modules/use_machine_id_journal_info.yml",
    "docs/docsite/rst/guide_benchmarks.rst",
    GOING_BACK,
    "plugins/modules/use_machine_id_facts.yml",
    "plugins/modules/use_machine_id_check_variables.yml",
    "plugins/modules/use_machine_id_fleet_info.yml",
    "plugins/filter/to_security_template.yml",
    "plugins/filter/from_security_template.yml",
    "docs/docsite/rst/guide_what_the_value_means.rst",
)

#: A user of a domain, who logs in by NTLM.
DOMAIN_USER = {"authentication": ["ntlm"], "username": "automation@EXAMPLE.COM"}

MakePlace = t.Callable[[dict[str, t.Any]], Place]


def snippets_to_run(file: str) -> list[Snippet]:
    return [snippet for snippet in all_snippets() if snippet.file == file and is_run_here(snippet)]


def walked(place: Place, file: str, inventory: str, environment: dict[str, str], typed: str = "") -> None:
    walked_snippets(place, snippets_to_run(file), inventory, environment, typed)


def walked_snippets(
    place: Place, snippets: list[Snippet], inventory: str, environment: dict[str, str], typed: str = ""
) -> None:
    walk = follow(snippets, place.folder, environment, inventory, typed)
    assert walk.exit_status == 0, walk.last
    # Ansible takes it for success that there is nothing to do.
    assert [place for place, output in walk.outputs.items() if "Could not match" in output] == []
    assert missing_output(snippets, walk) == []


def stored(place: Place, key: str, name: str) -> dict[str, tuple[str, t.Any] | None]:
    hosts = yaml.safe_load(place.fleet.inventory.read_text())["windows"]["hosts"]
    return {host: value(place.fleet.stored(host), key, name) for host in hosts}


def test_every_snippet_is_run() -> None:
    run = {README, START, ROLE, ENDPOINT, FLEET, UNDO, GET_STARTED, *TASKS}
    left = [s.id for s in all_snippets() if is_run_here(s) and (s.file not in run or not kind(s))]
    assert left == [], "no test runs these: give them a way to be run, or a reason in claims.py"


def test_readme(make_place: MakePlace) -> None:
    stored_before: dict[str, dict[str, t.Any]] = {
        "2008": {},
        "2016": registry(use_machine_id=ZERO),
        "2022": registry(use_machine_id=ONE),
    }
    place = make_place(
        {
            f"srv{release}.example.com": {"release": release, "registry": values, **DOMAIN_USER}
            for release, values in stored_before.items()
        }
    )
    checkout.copy_to(place.folder)
    leave_a_release(place.folder / "dist")
    place.lead_names_to_fleet("inventory")
    secrets = place.folder / "inventory" / "group_vars" / "windows.yml"
    secrets.parent.mkdir()
    secrets.write_text(yaml.safe_dump({"vault_automation_password": PASSWORD}))
    snippets = snippets_to_run(README)
    (installation,) = (snippet for snippet in snippets if snippet.heading == "Installation")
    walked_snippets(place, [installation, *snippets], "inventory", place.environment("ANSIBLE_COLLECTIONS_PATH"))
    assert stored(place, LSA, "UseMachineId") == {
        "srv2008.example.com": None,
        "srv2016.example.com": ZERO,
        "srv2022.example.com": ONE,
    }


def leave_a_release(dist: Path) -> None:
    """Leave what `make release` leaves: the README has to work all the same."""
    dist.mkdir()
    for name in ("winsec-lsa-0.9.0.tar.gz", "winsec_endpoint-0.9.0.tar.gz", "SHA256SUMS"):
        (dist / name).write_text("of another release\n")


def test_role_readme(make_place: MakePlace) -> None:
    hosts = {"old-scanner": "2022", "server": "2019", "oldest": "2008"}
    fallback = registry(use_machine_id=ONE, fallback=ONE)
    place = make_place({name: {"release": release, "registry": fallback} for name, release in hosts.items()})
    (place.folder / "inventory.yml").symlink_to(place.fleet.inventory)
    walked(place, ROLE, "inventory.yml", place.environment())
    assert set(stored(place, LSA, "UseMachineId").values()) == {ONE}
    assert set(stored(place, MSV1_0, "AllowNullSessionFallback").values()) == {ONE}
    # The start page of the site audits and enforces, with the variables that the README of the role has set.
    walked(place, START, "inventory.yml", place.environment())
    assert stored(place, LSA, "UseMachineId") == {"old-scanner": None, "server": ONE, "oldest": ONE}
    assert stored(place, MSV1_0, "AllowNullSessionFallback") == {"old-scanner": ZERO, "server": ZERO, "oldest": ZERO}


def test_endpoint_readme(make_place: MakePlace) -> None:
    place = make_place({"beside": {}})
    walked(place, ENDPOINT, "inventory.yml", place.environment())


@pytest.mark.word_for_word
def test_fleet_guide(make_place: MakePlace) -> None:
    place = make_place({f"host{number}": {"release": "2022"} for number in range(3)} | {"old": {"release": "2008"}})
    (place.folder / "inventory.yml").symlink_to(place.fleet.inventory)
    shutil.copy2(os.environ["TARBALL"], place.folder / "winsec-lsa.tar.gz")
    walked(place, FLEET, "inventory.yml", place.environment())
    assert set(stored(place, LSA, "UseMachineId").values()) == {ONE}
    assert "winsec-lsa.tar.gz" in (place.folder / "context" / "_build" / "requirements.yml").read_text()


def test_undo_guide(make_place: MakePlace) -> None:
    place = make_place(
        {"new": {}, "old": {"release": "2008", "registry": registry(ZERO)}, "good": {"registry": registry(ONE)}}
    )
    (place.folder / "inventory.yml").symlink_to(place.fleet.inventory)
    walked(place, UNDO, "inventory.yml", place.environment())
    assert stored(place, LSA, "UseMachineId") == {"new": None, "old": ZERO, "good": ONE}


OWNER: dict[str, t.Any] = {
    "name": "Servers",
    "security_options": {rf"{LSA}\UseMachineId": {"type": "REG_DWORD", "data": 1}},
}


def test_tasks(make_place: MakePlace, tmp_path: Path) -> None:
    """All tasks in one run. None fails, and none is skipped everywhere."""
    hosts: dict[str, dict[str, t.Any]] = {
        # Some tasks are for a host whose value a Group Policy object owns.
        "server": {"release": "2022", "rsop": {"gpos": [OWNER]}},
        "workstation": {"release": "11", "connection": "psrp"},
        "oldest": {"release": "2008"},
    }
    # What tasks with ``via: reg`` find is another Windows, but they find one. Each host has its own, for they write.
    place = make_place(
        {name: {**host, "reg_exe": ImitatedRegistry(tmp_path / name).reg_exe} for name, host in hosts.items()}
    )
    plays = [play for file in TASKS for snippet in snippets_to_run(file) for play in plays_of(snippet)]
    template = place.fleet.folder / "machine_id.inf.j2"
    template.write_text("{{ settings | winsec.lsa.to_security_template }}")
    run = run_plays(place, [play for play in plays if not ends_in_failure(play)])
    assert run.exit_status == 0, run.output
    done = {result.task for result in run.results if result.status in ("ok", "changed")}
    assert {result.task for result in run.results} - done == set()


def test_going_back(make_place: MakePlace) -> None:
    """The application that the example asks for is not there. What is said of each host is true of it."""
    hosts: dict[str, dict[str, t.Any]] = {
        "plain": {"release": "2022"},
        "invalid": {"release": "2022", "registry": registry(("REG_SZ", "1"))},
        "denied": {"misbehave": {"deny_reads": True}},
    }
    place = make_place(hosts)
    plays = [play for snippet in snippets_to_run(GOING_BACK) for play in plays_of(snippet)]
    run = run_plays(place, [play for play in plays if ends_in_failure(play)])
    assert run.exit_status == FAILED, run.output
    assert {host: result.result["msg"] for host, result in run.of("Fail all the same").items()} == {
        "plain": "Check the application failed. Both policies are as they were.",
        "invalid": "Check the application failed. An invalid value was not put back: see cis.previous.",
        "denied": "Set both policies as the CIS benchmark requires failed. Nothing was changed.",
    }, run.output
    assert stored(place, LSA, "UseMachineId") == {"plain": None, "invalid": ONE, "denied": None}
    assert set(stored(place, MSV1_0, "AllowNullSessionFallback").values()) == {None}


def run_plays(place: Place, plays: list[dict[str, t.Any]]) -> Run:
    playbook = place.fleet.folder / "examples.yml"
    playbook.write_text(yaml.safe_dump(plays, sort_keys=False))
    return place.fleet.playbook(str(playbook))


def plays_of(snippet: Snippet) -> list[dict[str, t.Any]]:
    """The plays of a snippet, and its tasks in a play; those that go back and fail, each in one of its own."""
    items = yaml.safe_load(snippet.text) if kind(snippet) in ("play", "tasks") else []
    plays = [item for item in items if "hosts" in item]
    tasks = [item for item in items if "hosts" not in item]
    kept = [task for task in tasks if not ends_in_failure(task)]
    parts = [kept, *([task] for task in tasks if ends_in_failure(task))]
    return [*plays, *({"name": snippet.id, "hosts": "windows", "gather_facts": False, "tasks": part} for part in parts)]


@pytest.mark.word_for_word
def test_get_started(make_place: MakePlace) -> None:
    """On a machine with an empty home, from the tarball."""
    hosts = {"srv2008.example.com": "2008", "srv2022.example.com": "2022"}
    place = make_place({name: {"release": release, **DOMAIN_USER} for name, release in hosts.items()})
    shutil.copy2(os.environ["TARBALL"], place.folder)
    place.lead_names_to_fleet()
    environment = place.environment("ANSIBLE_COLLECTIONS_PATH", "VIRTUAL_ENV")
    walked(place, GET_STARTED, "inventory.yml", environment, typed=f"{PASSWORD}\n")
    assert stored(place, LSA, "UseMachineId") == {"srv2008.example.com": ONE, "srv2022.example.com": None}
