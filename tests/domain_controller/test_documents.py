# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide on GPOs is followed word for word, and the examples of both modules are run, in a domain of that name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ..docs.snippets import ROOT, Snippet, read
from ..docs.walk import follow, kind, missing_output
from .conftest import Run, module_environment
from .policies import Policy, new_policy, template
from .samba import BASE, PASSWORD, DomainController
from .test_change import USE

GUIDE = "docs/docsite/rst/guide_host_or_gpo.rst"
MODULES = ("plugins/modules/use_machine_id_gpo.yml", "plugins/modules/use_machine_id_gpo_info.yml")
EDITOR = "gpo-editor"
HARDENING = "Hardening"


@pytest.fixture(scope="module")
def hardening(controller: DomainController, run: Run) -> Policy:
    """The domain that documents speak of: servers, a GPO that is linked to them, and who may edit it."""
    policy = new_policy(controller, HARDENING)
    assert run(gpo=policy.guid, state="disabled")["changed"]
    controller.tool_by_ldap("ou", "create", f"OU=Servers,{BASE}")
    controller.tool_by_ldap("gpo", "setlink", f"OU=Servers,{BASE}", policy.guid)
    for name in (EDITOR, "auditor"):
        controller.tool("user", "create", name, PASSWORD)
    controller.tool("group", "addmembers", "Domain Admins", EDITOR)
    return policy


def place(controller: DomainController, folder: Path) -> dict[str, str]:
    """A folder beside whose playbooks the certificate is, and the environment of a user who works there."""
    shutil.copy2(controller.authority, folder / "example-ca.pem")
    controller.ticket(folder / "tickets", f"{EDITOR}@EXAMPLE.COM")
    return {
        **{name: value for name, value in module_environment(controller).items() if name != "PYTHONPATH"},
        "KRB5CCNAME": str(folder / "tickets"),
        "GPO_EDITOR_PASSWORD": PASSWORD,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }


def test_the_guide(controller: DomainController, hardening: Policy, tmp_path: Path) -> None:
    snippets = read(GUIDE, (ROOT / GUIDE).read_text())
    assert [snippet.id for snippet in snippets if kind(snippet) is None] == []
    walk = follow(snippets, tmp_path, place(controller, tmp_path), "localhost,", "")
    assert walk.exit_status == 0, walk.last
    assert missing_output(snippets, walk) == []
    assert hardening.template.read_bytes() == template(f"{USE}=4,1")
    assert len(list((tmp_path / "gpo-backups").iterdir())) == 1


def test_the_owner_is_corrected(controller: DomainController, hardening: Policy, run: Run, tmp_path: Path) -> None:
    """The hosts of the guide are not here: what they would say of their owner takes the place of the first task."""
    assert not run(gpo=hardening.guid, state="disabled").get("failed")
    (snippet,) = (each for each in read(GUIDE, (ROOT / GUIDE).read_text()) if each.first_line == "# correct.yml")
    (play,) = yaml.safe_load(snippet.text)
    facts, correction = play["tasks"]
    assert "winsec.lsa.use_machine_id_facts" in facts
    owner = {"managed_by": "group_policy", "source": "security_option", "state": "disabled", "id": hardening.guid}
    fact = {"use_machine_id": {"gpo": owner}, "cacheable": True}
    play["tasks"] = [{"name": facts["name"], "ansible.builtin.set_fact": fact}, correction]
    (tmp_path / "correct.yml").write_text(yaml.safe_dump([play]))
    (tmp_path / "inventory.yml").write_text("windows: {hosts: {web1: , web2: }}\n")
    command = ["ansible-playbook", "correct.yml", "-i", "inventory.yml"]
    done = subprocess.run(
        command, cwd=tmp_path, env=place(controller, tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("changed=1") == 1
    assert done.stdout.count("failed=0") == 2
    assert hardening.template.read_bytes() == template(f"{USE}=4,1")


def plays(snippets: list[Snippet]) -> list[dict[str, t.Any]]:
    tasks = [task for snippet in snippets for task in yaml.safe_load(snippet.text)]
    return [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]


def test_the_examples(controller: DomainController, hardening: Policy, tmp_path: Path) -> None:
    snippets = [snippet for file in MODULES for snippet in read(file, (ROOT / file).read_text())]
    playbook = tmp_path / "examples.yml"
    playbook.write_text(yaml.safe_dump(plays(snippets)))
    vault = [f"vault_{name}_password={PASSWORD}" for name in ("gpo_editor", "auditor")]
    command = ["ansible-playbook", str(playbook), *(option for each in vault for option in ("-e", each)), "-vvv"]
    done = subprocess.run(
        command, cwd=tmp_path, env=place(controller, tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed=0" in done.stdout
    assert "skipped=0" in done.stdout
    assert '"password": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"' in done.stdout
    assert hardening.template.read_bytes() == template()[: -len("[Registry Values]\r\n") * 2]
