# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The GPOs of a domain are read, and the winner at a place is found."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from .conftest import Result, Run
from .policies import OURS, Policy, new_policy, template
from .samba import BASE, USER, USER_PASSWORD, DomainController
from .test_change import USE

INFO = "use_machine_id_gpo_info"


@pytest.fixture(scope="module")
def domain(controller: DomainController) -> dict[str, Policy]:
    """Three GPOs: one for the domain, one for an organizational unit, and one that nobody has linked."""
    policies = {name: new_policy(controller, name) for name in ("for the domain", "for the unit", "for nobody")}
    for name, value in (("for the domain", 1), ("for the unit", 0), ("for nobody", 1)):
        policies[name].put(template(f"{USE}=4,{value}"))
        policies[name].set(gPCMachineExtensionNames=OURS)
    controller.tool_by_ldap("ou", "create", f"OU=Unit,{BASE}")
    controller.tool_by_ldap("ou", "create", f"OU=Blocking,OU=Unit,{BASE}")
    controller.tool_by_ldap("gpo", "setinheritance", f"OU=Blocking,OU=Unit,{BASE}", "block")
    controller.tool_by_ldap("gpo", "setlink", BASE, policies["for the domain"].guid)
    controller.tool_by_ldap("gpo", "setlink", f"OU=Unit,{BASE}", policies["for the unit"].guid)
    return policies


def winner(result: Result) -> tuple[str | None, str]:
    found = result["winners"]["use_machine_id"]
    return found["name"], found["state"]


def test_each_gpo_and_where_it_is_linked(domain: dict[str, Policy], run: Run) -> None:
    gpos = {gpo["name"]: gpo for gpo in run(INFO)["gpos"]}
    assert {name: gpos[name]["settings"]["use_machine_id"] for name in domain} == {
        "for the domain": "enabled",
        "for the unit": "disabled",
        "for nobody": "enabled",
    }
    assert [link["target"] for link in gpos["for the unit"]["links"]] == [f"OU=Unit,{BASE}"]
    assert gpos["for nobody"]["links"] == []
    assert gpos["Default Domain Policy"]["settings"]["use_machine_id"] == "not_defined"
    assert all(gpos[name]["error"] is None for name in (*domain, "Default Domain Policy"))  # others damage theirs


def test_which_one_wins(domain: dict[str, Policy], run: Run, controller: DomainController) -> None:
    assert winner(run(INFO, ou=BASE)) == ("for the domain", "enabled")
    unit = run(INFO, ou=f"ou=unit,{BASE.lower()}", gpo="for nobody")
    assert winner(unit) == ("for the unit", "disabled")
    assert [gpo["name"] for gpo in unit["gpos"]] == ["for nobody"]
    blocking = run(INFO, ou=f"OU=Blocking,OU=Unit,{BASE}")
    assert winner(blocking) == (None, "not_defined")
    assert blocking["blocked_at"] == [f"OU=Blocking,OU=Unit,{BASE}"]
    guid = domain["for the domain"].guid
    controller.tool_by_ldap("gpo", "dellink", BASE, guid)
    controller.tool_by_ldap("gpo", "setlink", BASE, guid, "--enforce")
    assert winner(run(INFO, ou=f"OU=Blocking,OU=Unit,{BASE}")) == ("for the domain", "enabled")
    controller.tool_by_ldap("gpo", "dellink", BASE, guid)
    controller.tool_by_ldap("gpo", "setlink", BASE, guid)


def test_one_that_hosts_do_not_apply_does_not_win(domain: dict[str, Policy], run: Run) -> None:
    for attributes in ({"flags": "2"}, {"gPCMachineExtensionNames": ""}):
        domain["for the unit"].set(**attributes)
        assert winner(run(INFO, ou=f"OU=Unit,{BASE}"))[0] == "for the domain"
        domain["for the unit"].set(flags="0", gPCMachineExtensionNames=OURS)


@contextlib.contextmanager
def damaged(policy: Policy) -> t.Iterator[None]:
    before = policy.template.read_bytes()
    policy.template.write_bytes(b"no template")
    yield
    policy.template.write_bytes(before)


def test_what_can_not_be_read_is_unknown(domain: dict[str, Policy], run: Run) -> None:
    with damaged(domain["for the unit"]):
        result = run(INFO, ou=f"OU=Unit,{BASE}")
    assert winner(result) == (None, "unknown")
    (gpo,) = (gpo for gpo in result["gpos"] if gpo["name"] == "for the unit")
    assert (gpo["settings"], "not a security template" in gpo["error"]) == (None, True)


def test_a_place_that_does_not_exist(run: Run) -> None:
    assert "refused OU=Nowhere" in run(INFO, ou=f"OU=Nowhere,{BASE}")["msg"]


def test_every_user_may_look(domain: dict[str, Policy], run: Run) -> None:
    result = run(INFO, gpo=domain["for nobody"].guid, username=USER, password=USER_PASSWORD)
    assert result["gpos"][0]["settings"]["use_machine_id"] == "enabled"
