# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""reg.exe in shells over winrm and psrp, whose plugins differ between releases of ansible-core. tests/wine has more."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

import pytest

from .contract import LSA, MSV1_0
from .fleet import CONNECTIONS

if t.TYPE_CHECKING:
    from .fleet import Fleet

    FleetFactory = t.Callable[..., Fleet]

REG_EXE = str(Path(__file__).with_name("reg_exe.py"))
#: As reg.exe shows it.
REGISTRY = {
    r"SOFTWARE\Microsoft\Windows NT\CurrentVersion": {
        "CurrentVersion": "REG_SZ    6.0",
        "CurrentBuildNumber": "REG_SZ    6002",
    },
    r"SYSTEM\CurrentControlSet\Control\ProductOptions": {"ProductType": "REG_SZ    ServerNT"},
    LSA: {"Bounds": "REG_BINARY    0030000000200000"},
    MSV1_0: {"NtlmMinClientSec": "REG_DWORD    0x20000000"},
}


@pytest.mark.canary
def test_a_host_that_forbids_wmi_is_served_by_reg_exe(fleet: FleetFactory, tmp_path: Path) -> None:
    files = {connection: tmp_path / f"{connection}.json" for connection in CONNECTIONS}
    for file in files.values():
        file.write_text(json.dumps(REGISTRY))
    subject = fleet(
        {
            connection: {
                "connection": connection,
                "reg_exe": [sys.executable, "-I", REG_EXE, str(file)],
                "misbehave": {"fault": "access_denied", "only": ["wmi"]},
            }
            for connection, file in files.items()
        }
    )
    run = subject.play(
        {"name": "facts", "winsec.lsa.use_machine_id_facts": {}},
        {"name": "enforce", "winsec.lsa.use_machine_id": {}},
        {"name": "again", "winsec.lsa.use_machine_id": {"via": "reg"}},
    )
    assert run.exit_status == 0, run.output
    for host, file in files.items():
        facts = run.of("facts")[host].result["ansible_facts"]["use_machine_id"]
        assert (facts["windows"]["release"], facts["effective"]) == ("Windows Server 2008", "anonymous")
        assert [run.of(task)[host].status for task in ("enforce", "again")] == ["changed", "ok"]
        assert json.loads(file.read_text())[LSA]["UseMachineId"] == "REG_DWORD    0x1"
