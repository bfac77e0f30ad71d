# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the ssh plugin is made to send, which differs between releases of ansible-core. tests/wine has real servers."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
import yaml

from ..support.expectations import LSA
from ..support.imitation import RELEASE, ImitatedRegistry
from ..support.runs import Controller

SSH = Path(__file__).with_name("ssh.py")
SEPARATORS = {"cmd": " & ", "powershell": "; "}


@pytest.mark.canary
@pytest.mark.parametrize("shell", SEPARATORS)
def test_nothing_runs_on_a_host_but_reg_exe(tmp_path: Path, shell: str) -> None:
    registry, log, ssh = ImitatedRegistry(tmp_path / "registry"), tmp_path / "log", tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec {sys.executable} {SSH} {log} "$@" -- {shlex.join(registry.reg_exe)}\n')
    ssh.chmod(0o755)
    subject = Controller(tmp_path / "controller", {"ANSIBLE_SSH_ARGS": ""})
    host = {"ansible_connection": "ssh", "ansible_shell_type": shell, "ansible_ssh_executable": str(ssh)}
    subject.inventory.write_text(yaml.safe_dump({"windows": {"hosts": {"host": host}}}))
    run = subject.play(
        {"name": "facts", "winsec.lsa.use_machine_id_facts": {}},
        {"name": "enforce", "winsec.lsa.use_machine_id": {}},
        {"name": "again", "winsec.lsa.use_machine_id": {}},
    )
    assert [result.status for result in run.results] == ["ok", "changed", "ok"], run.output
    assert run.results[0].result["ansible_facts"]["use_machine_id"]["windows"]["release"] == RELEASE
    assert registry.values(LSA)["UseMachineId"] == "REG_DWORD    0x1"
    for line in log.read_text().splitlines():
        assert all(command.startswith("reg.exe ") for command in line.split(SEPARATORS[shell])), line
