# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README tells the truth: every key and value is in it, and its examples work."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml

from winsec_endpoint.fleet.answers import Answers
from winsec_endpoint.fleet.hosts import HostOptions, load
from winsec_endpoint.fleet.journal import Entry
from winsec_endpoint.fleet.misbehavior import GROUPS, OPERATIONS, Misbehavior
from winsec_endpoint.fleet.releases import RELEASES
from winsec_endpoint.fleet.rsop import Logging
from winsec_endpoint.http.authentication import Mechanism
from winsec_endpoint.http.bodies import BODIES
from winsec_endpoint.http.tls import Tls
from winsec_endpoint.registry.form import apply
from winsec_endpoint.registry.memory import MemoryRegistry
from winsec_endpoint.wsman.faults import NAMED_FAULTS

README = (Path(__file__).parent.parent / "README.md").read_text()
EXAMPLES = {kind: re.findall(rf"```{kind}\n(.*?)```", README, re.DOTALL) for kind in ("yaml", "json")}
CHOICES = [
    item
    for cls in (Answers, Logging, Tls)
    for hint in get_type_hints(cls).values()
    for item in get_args(hint)
    if isinstance(item, str) and not item.startswith("root/")
]


@pytest.mark.parametrize("cls", [HostOptions, Answers, Logging, Tls, Misbehavior])
def test_every_key(cls: Any) -> None:
    assert [item.name for item in fields(cls) if f"`{item.name}`" not in README] == []


@pytest.mark.parametrize("values", [RELEASES, BODIES, NAMED_FAULTS, GROUPS, OPERATIONS, CHOICES, get_args(Mechanism)])
def test_every_value(values: Any) -> None:
    assert [value for value in values if f"`{value}`" not in README] == []


def test_example_runs(start: Any) -> None:
    fleet = start(**yaml.safe_load(EXAMPLES["yaml"][0]))
    assert fleet.client("legacy").call("GetDWORDValue", sValueName="UseMachineId").text("uValue") == "0"
    assert fleet.client("locked").call("SetDWORDValue", sValueName="UseMachineId", uValue=1).code == 5
    assert sorted(path.stem for path in (fleet.directory / "state").iterdir())[-1] == "web03"


def test_rsop_example_is_a_fleet(tmp_path: Path) -> None:
    (tmp_path / "fleet.yml").write_text(EXAMPLES["yaml"][1])
    (host,) = load(tmp_path / "fleet.yml")
    assert [gpo.name for gpo in host.rsop.gpos] == ["Print servers", "Local Group Policy"]


def test_shells_example_is_a_fleet(tmp_path: Path) -> None:
    (tmp_path / "fleet.yml").write_text(EXAMPLES["yaml"][3])
    (host,) = load(tmp_path / "fleet.yml")
    assert host.reg_exe[-1] == "reg.exe"


def test_state_example() -> None:
    registry = MemoryRegistry()
    apply(registry, yaml.safe_load(EXAMPLES["yaml"][2]), "README")
    assert registry.key(r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0")


def test_log_example() -> None:
    assert tuple(json.loads(EXAMPLES["json"][0])) == Entry._fields
