# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands that the ssh plugin sends differ between releases of ansible-core. tests/wine has real servers."""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
import typing as t
from pathlib import Path

import pytest
import yaml

from ..support.expectations import LSA
from ..support.imitation import RELEASE, ImitatedRegistry
from ..support.runs import Controller

SSH = Path(__file__).with_name("ssh.py")
SEPARATORS = {"cmd": " & ", "powershell": "; "}
TASKS: tuple[dict[str, t.Any], ...] = (
    {"name": "facts", "winsec.lsa.use_machine_id_facts": {}},
    {"name": "enforce", "winsec.lsa.use_machine_id": {}},
    {"name": "again", "winsec.lsa.use_machine_id": {}},
)


def over(ssh: Path, shell: str) -> Controller:
    """Ansible and one host, which this program plays ssh for."""
    ssh.chmod(0o755)
    subject = Controller(ssh.parent / "controller", {"ANSIBLE_SSH_ARGS": ""})
    host = {"ansible_connection": "ssh", "ansible_shell_type": shell, "ansible_ssh_executable": str(ssh)}
    subject.inventory.write_text(yaml.safe_dump({"windows": {"hosts": {"host": host}}}))
    return subject


def test_a_host_that_refuses_reg_exe_says_so_first(tmp_path: Path) -> None:
    """As cmd.exe does where a policy forbids the program, or where it is not found."""
    ssh = tmp_path / "ssh"
    ssh.write_text(
        "#!/bin/sh\nprintf '\\r\\nThis program is blocked by group policy.\\302\\23331m\\r\\n' >&2\nexit 1\n"
    )
    subject = over(ssh, "cmd")
    (result,) = subject.play({"winsec.lsa.use_machine_id_facts": {}}).results
    assert result.status == "failed"
    assert result.result["msg"].startswith(
        "reg.exe on the host reported no Windows version (exit status 1, and the host says: This program is blocked by "
        "group policy.\\x9b31m). Check that this user may run it: a policy such as AppLocker can forbid it"
    )


@pytest.mark.canary
@pytest.mark.parametrize("shell", SEPARATORS)
def test_nothing_runs_on_a_host_but_reg_exe(tmp_path: Path, shell: str) -> None:
    registry, log, ssh = ImitatedRegistry(tmp_path / "registry"), tmp_path / "log", tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec {sys.executable} {SSH} {log} "$@" -- {shlex.join(registry.reg_exe)}\n')
    subject = over(ssh, shell)
    run = subject.play(*TASKS)
    assert [result.status for result in run.results] == ["ok", "changed", "ok"], run.output
    assert run.results[0].result["ansible_facts"]["use_machine_id"]["windows"]["release"] == RELEASE
    assert registry.values(LSA)["UseMachineId"] == "REG_DWORD    0x1"
    for line in log.read_text().splitlines():
        assert all(command.startswith("reg.exe ") for command in line.split(SEPARATORS[shell])), line


@pytest.mark.canary
def test_a_profile_that_stops_at_the_first_failure_denies_nothing(tmp_path: Path) -> None:
    """The value is absent, so the query for it fails, as others do on the way to the version."""
    registry, ssh = ImitatedRegistry(tmp_path / "registry"), tmp_path / "ssh"
    imitation = f'{sys.executable} {SSH} {tmp_path / "log"} "$@" -- {shlex.join(registry.reg_exe)}'
    ssh.write_text(f"#!/bin/sh\nSTOP_AT_FAILURE=1 exec {imitation}\n")
    subject = over(ssh, "powershell")
    run = subject.play(*TASKS)
    assert [result.status for result in run.results] == ["ok", "changed", "ok"], run.output
    facts = run.results[0].result["ansible_facts"]["use_machine_id"]
    assert (facts["windows"]["release"], facts["configured"]) == (RELEASE, "not_defined")


@pytest.mark.canary
def test_items_of_a_loop_that_differ_share_no_master(tmp_path: Path) -> None:
    """Whatever names a ControlPath, and though the plugin's own knows host, port and user only."""
    registry, calls, ssh = ImitatedRegistry(tmp_path / "registry"), tmp_path / "calls", tmp_path / "ssh"
    imitation = f'{sys.executable} {SSH} {tmp_path / "log"} "$@" -- {shlex.join(registry.reg_exe)}'
    ssh.write_text(f'#!/bin/sh\necho "$*" >> {calls}\nexec {imitation}\n')
    ssh.chmod(0o755)
    with tempfile.TemporaryDirectory() as sockets:
        environment = {
            "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s",
            "ANSIBLE_SSH_CONTROL_PATH": "%(directory)s/%%h-%%r",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": sockets,
        }
        subject = Controller(tmp_path / "controller", environment)
        host = {"ansible_connection": "ssh", "ansible_shell_type": "cmd", "ansible_ssh_executable": str(ssh)}
        subject.inventory.write_text(yaml.safe_dump({"windows": {"hosts": {"host": host}}}))
        items = [
            ("first", 22),
            ("second", 22),
            ("first", 22),
            ("first", 2222),
            ("-o ControlPath=/shared -S /shared", 22),
        ]
        run = subject.play(
            {
                "winsec.lsa.use_machine_id_facts": {},
                "vars": {"ansible_ssh_common_args": "-J {{ item.0 }}", "ansible_port": "{{ item.1 }}"},
                "loop": [list(item) for item in items],
            },
            {
                "winsec.lsa.use_machine_id_facts": {},
                "vars": {"ansible_ssh_common_args": "-J first", "ansible_port": 22},
            },
        )
    assert run.exit_status == 0, run.output
    masters: dict[tuple[str, str], set[str]] = {}
    for call in calls.read_text().splitlines():
        jump, path, port = (re.findall(option, call)[-1] for option in (r"-J (.*?) -", r"-S (\S+)", r"Port=(\d+)"))
        masters.setdefault((jump, port), set()).add(path)
        assert Path(path).parent == Path(sockets), call
    assert [len(paths) for paths in masters.values()] == [1] * 4, masters
    assert len(set().union(*masters.values())) == 4, masters
