# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of plays and controllers that concern the actions without being options of theirs."""

from __future__ import annotations

import typing as t

import pytest

from ..support.expectations import LSA, ONE, ZERO
from ..support.fleet import value

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory

GROUP, MODULE, FACTS = "group/winsec.lsa.lsa", "winsec.lsa.use_machine_id", "winsec.lsa.use_machine_id_facts"


@pytest.mark.canary
def test_defaults_of_the_action_group_reach_both_actions(fleet: FleetFactory) -> None:
    subject = fleet({"host": {}})
    tasks: list[dict[str, t.Any]] = [{MODULE: {}, "ignore_errors": True}, {FACTS: {}}]
    refused = subject.play(*tasks, module_defaults={GROUP: {"via": "pigeon"}})
    assert [result.status for result in refused.results] == ["failed", "failed"], refused.output
    assert all("value of via must be one of" in result.result["msg"] for result in refused.results)
    run = subject.play(*tasks, module_defaults={GROUP: {"via": "wmi"}, MODULE: {"state": "disabled"}})
    assert [result.status for result in run.results] == ["changed", "ok"], run.output
    assert value(subject.stored("host"), LSA, "UseMachineId") == ZERO


@pytest.mark.canary
@pytest.mark.parametrize("injected", ["true", "false"])
def test_it_does_not_matter_whether_facts_become_variables(fleet: FleetFactory, injected: str) -> None:
    subject = fleet({"vista": {"release": "vista"}, "new": {}})
    environment = {"ANSIBLE_INJECT_FACT_VARS": injected}
    enforced = subject.playbook("winsec.lsa.enforce", environment=environment)
    assert enforced.exit_status == 0, enforced.output
    assert {value(subject.stored(host), LSA, "UseMachineId") for host in ("vista", "new")} == {ONE}
    strict = "--extra-vars=use_machine_id_audit_strict=true"
    audited = subject.playbook("winsec.lsa.audit", strict, environment=environment)
    assert audited.exit_status == 0, audited.output
