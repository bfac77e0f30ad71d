# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit in slices, as AWX runs them: the playbooks of the guide, an inventory for each job, and ansible-runner."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import yaml

from ..support.expectations import ONE
from ..support.fleet import registry
from .snippets import all_snippets
from .test_documents import FLEET
from .walk import file_name

if t.TYPE_CHECKING:
    from .conftest import Place
    from .test_documents import MakePlace

SLICES = 3
HOSTS: dict[str, t.Any] = {
    "good[1:5]": {"registry": registry(ONE)},
    "silent": {"misbehave": {"close_connection": True}},
    "unset": {"connection": "psrp"},
}


def playbook(name: str, folder: Path) -> str:
    """A playbook of the guide, with a folder where the guide has that of a site."""
    (found,) = (snippet for snippet in all_snippets() if snippet.file == FLEET and file_name(snippet) == name)
    return found.text.replace("/reports/", f"{folder}/")


def run_slice(place: Place, number: int) -> int:
    """Run a job as AWX does.

    It sorts the hosts by name and takes every n-th (awx/main/models/inventory.py, get_script_data), and tells the
    playbook the number of the job (awx/main/models/unified_jobs.py, awx_meta_vars).
    """
    every = yaml.safe_load(place.fleet.inventory.read_text())["windows"]["hosts"]
    hosts = sorted(every)[number - 1 :: SLICES]
    inventory = {"windows": {"hosts": {host: every[host] for host in hosts}}}
    folder = place.folder / f"job{number}"
    for name, content in (
        ("inventory/hosts.yml", yaml.safe_dump(inventory)),
        ("project/audit.yml", playbook("audit.yml", place.folder)),
        ("env/extravars", json.dumps({"awx_job_id": 40 + number})),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    command = ["ansible-runner", "run", str(folder), "--playbook=audit.yml"]
    done = subprocess.run(command, env=place.environment(), capture_output=True, text=True, check=False, timeout=3600)
    assert f"{len(hosts)} hosts: " in done.stdout, done.stdout + done.stderr
    return done.returncode


def test_slices_are_merged(make_place: MakePlace) -> None:
    place = make_place(HOSTS)
    # The only slice with a host that can't be reached is red.
    assert [run_slice(place, number) for number in (1, 2, 3)] == [0, 0, 2]
    (place.folder / "merge.yml").write_text(playbook("merge.yml", place.folder))
    command = ["ansible-playbook", "merge.yml"]
    subprocess.run(command, cwd=place.folder, env=place.environment(), check=True, timeout=3600)
    document = json.loads((place.folder / "merged" / "report.json").read_text())
    verdicts = {record["host"]: record["verdict"] for record in document["hosts"]}
    good = {f"good{number}": "compliant" for number in range(1, 6)}
    assert verdicts == {**good, "silent": "unreachable", "unset": "not compliant"}
    assert [source["hosts"] for source in document["meta"]["sources"]] == [3, 2, 2]
