# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many hosts asked by one process, and the records that it leaves of them."""

from __future__ import annotations

import json
import typing as t

import yaml

from .expectations import LSA, MSV1_0

if t.TYPE_CHECKING:
    from pathlib import Path

    from .fleet import Fleet
    from .runs import Run

FLEET = "winsec.lsa.use_machine_id_fleet_info"


def gpo(data: int) -> dict[str, t.Any]:
    """One that sets both values."""
    value = {"type": "REG_DWORD", "data": data}
    settings = {rf"{LSA}\UseMachineId": value, rf"{MSV1_0}\AllowNullSessionFallback": value}
    return {"gpos": [{"name": "Print servers", "security_options": settings}]}


def ask(subject: Fleet, environment: dict[str, str] | None = None, **options: t.Any) -> tuple[Run, dict[str, t.Any]]:
    """Ask all hosts, and return the records by host."""
    output = subject.folder / "audit.jsonl"
    task = {FLEET: {"output": str(output), **options}, "run_once": True, "delegate_to": "localhost"}
    run = subject.play(task, environment=environment)
    return run, records_in(output)


def records_in(output: Path) -> dict[str, t.Any]:
    lines = output.read_text().splitlines() if output.exists() else []
    records = [json.loads(line) for line in lines]
    assert len({record["host"] for record in records}) == len(records)
    return {record["host"]: record for record in records}


def edit(subject: Fleet, change: t.Callable[[dict[str, t.Any]], None]) -> None:
    inventory = yaml.safe_load(subject.inventory.read_text())
    change(inventory["windows"])
    subject.inventory.write_text(yaml.safe_dump(inventory))
