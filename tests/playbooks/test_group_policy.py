# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns a value: what hosts have logged of the policy they applied, and what the tasks make of it."""

from __future__ import annotations

import json
import typing as t

import pytest

from ..support.expectations import LSA, MSV1_0, ONE, ZERO
from ..support.fleet import over_both, registry, value
from ..support.imitation import ImitatedRegistry

if t.TYPE_CHECKING:
    from pathlib import Path

    from ..support.fleet import FleetFactory

    Form: t.TypeAlias = "dict[str, t.Any]"

IDENTITY, FALLBACK = rf"{LSA}\UseMachineId", rf"{MSV1_0}\AllowNullSessionFallback"
DEVICE = r"SOFTWARE\Microsoft\PolicyManager\current\device\LocalPoliciesSecurityOptions"
GUID = "31B2F340-016D-11D2-945F-00C04FB984F9"


def dword(data: int) -> Form:
    return {"type": "REG_DWORD", "data": data}


def gpo(name: str, data: int, *, guid: str | None = None, path: str = IDENTITY) -> Form:
    """One that sets a security option."""
    return {"name": name, "security_options": {path: dword(data)}, **({"guid": guid} if guid else {})}


#: Policy without a word on either value.
OTHER: Form = gpo("Default Domain Policy", 1, guid=GUID, path=r"System\CurrentControlSet\Control\Lsa\NoLMHash")
PRINT: Form = gpo("Print servers", 0, path=IDENTITY.upper(), guid="6ac1786c-016f-11d2-945f-00c04fb984f9")
TEMPLATE: Form = {"name": "Registry", "administrative_templates": {IDENTITY: dword(1)}}
CLEANUP: Form = {"name": "Cleanup", "administrative_templates": {IDENTITY: None}}

HOSTS: Form = {
    "fresh": {},
    "free": {"rsop": {"gpos": [OTHER]}},
    "owned": {"rsop": {"gpos": [PRINT]}, "registry": registry(ZERO)},
    "conflict": {"rsop": {"gpos": [PRINT, gpo("Baseline", 1), gpo("LocalGPO", 1)]}, "registry": registry(ZERO)},
    "local": {"rsop": {"gpos": [gpo("LocalGPO", 1)]}, "registry": registry(ONE)},
    "template": {"rsop": {"gpos": [TEMPLATE, OTHER]}, "registry": registry(ONE)},
    "deleted": {"rsop": {"gpos": [CLEANUP]}},
    "failed": {"rsop": {"gpos": [PRINT], "status": 3}},
    "loggingoff": {"rsop": {"gpos": [OTHER], "hours_ago": 300}},
    "incomplete": {"rsop": {"gpos": [OTHER], "logging_status": 2}},
    "broken": {"rsop": {"gpos": [OTHER], "error": 1332}},
    "denied": {"rsop": {"namespace": "denied"}},
    "missing": {"rsop": {"namespace": "missing"}},
    "base": {"rsop": {"gpos": [PRINT], "properties": "base"}},
    "paged": {"rsop": {"gpos": [PRINT]}, "answers": {"enumeration": "one_per_page"}},
    "extra": {"rsop": {"gpos": [PRINT]}, "answers": {"extra_elements": True, "prefixes": "default"}},
    "reg": {"rsop": {"gpos": [PRINT]}},
    "managed": {
        "release": "11",
        "registry": {
            **registry(ONE),
            DEVICE: {f"NetworkSecurity_{'AllowLocalSystemTo'}UseComputerIdentityForNTLM": dword(1)},
        },
    },
}
OWNED = {"owned", "conflict", "paged", "extra", "failed"}


def owners_of(run: t.Any, task: str) -> dict[str, Form]:
    return {host: result.result["ansible_facts"]["use_machine_id"]["gpo"] for host, result in run.of(task).items()}


def test_the_facts_name_the_owner_or_say_why_they_can_not(fleet: FleetFactory) -> None:
    subject = fleet(HOSTS)
    run = subject.play({"winsec.lsa.use_machine_id_facts": {}})
    assert run.exit_status == 0, run.output
    found = owners_of(run, "use_machine_id_facts")
    managed = {host: gpo["managed"] for host, gpo in found.items()}
    assert {host for host, owned in managed.items() if owned} == OWNED | {"local", "template", "deleted", "reg"}
    assert [host for host, owned in managed.items() if owned is False] == ["free"]
    for host in OWNED:
        gpo = found[host]
        assert (gpo["name"], gpo["id"]) == ("Print servers", "{6AC1786C-016F-11D2-945F-00C04FB984F9}"), host
        assert (gpo["state"], gpo["value"]) == ("disabled", dword(0)), host
        assert gpo["managed_by"] == "group_policy", host
    assert [(gpo["name"], gpo["state"]) for gpo in found["conflict"]["others"]] == [
        ("Baseline", "enabled"),
        ("Local Group Policy", "enabled"),
    ]
    assert (found["local"]["managed_by"], found["local"]["id"]) == ("local_policy", "LocalGPO")
    assert (found["template"]["source"], found["template"]["state"]) == ("administrative_template", "enabled")
    assert (found["deleted"]["state"], found["deleted"]["value"]) == ("not_defined", None)
    assert "did not apply" in found["failed"]["reason"]
    assert found["free"]["applied"]
    for host, words in {
        "fresh": "policy was never applied",
        "loggingoff": "logging is turned off",
        "incomplete": "not complete",
        "broken": "failed",
        "denied": "denied access",
        "missing": "lacks something",
        "base": "something else than such settings",
        "managed": "no security option",
    }.items():
        assert found[host]["managed"] is None
        assert words in found[host]["reason"], host
    assert found["managed"]["managed_by"] == "device_management"


@pytest.mark.canary
def test_the_facts_cost_at_most_two_requests_more(fleet: FleetFactory) -> None:
    subject = fleet(over_both({name: HOSTS[name] for name in HOSTS if name != "paged"}))
    for asks, most in ((False, 3), (True, 5)):
        subject.forget_requests()
        run = subject.play({"winsec.lsa.use_machine_id_facts": {"gpo": asks}})
        for host in run.of("use_machine_id_facts"):
            requests = subject.requests(host)
            assert len(requests) <= most, host
            assert sum(request["request_bytes"] + request["request_header_bytes"] for request in requests) <= 11 * 1024
    facts = subject.play({"winsec.lsa.use_machine_id_facts": {"gpo": False}})
    assert "option gpo is false" in owners_of(facts, "use_machine_id_facts")["owned-winrm"]["reason"]


def test_a_module_run_asks_only_where_it_changes_something(fleet: FleetFactory) -> None:
    subject = fleet({"compliant": {**HOSTS["local"]}, "free": HOSTS["free"], "owned": HOSTS["owned"]})
    run = subject.play({"winsec.lsa.use_machine_id": {}})
    assert subject.actions("compliant") == {"Enumerate": 1, "GetDWORDValue": 2}
    assert "gpo" not in run.of("use_machine_id")["compliant"].result["use_machine_id"]
    for host in ("free", "owned"):
        assert subject.actions(host) == {"Enumerate": 3, "GetDWORDValue": 3, "SetDWORDValue": 1}
        assert run.of("use_machine_id")[host].result["use_machine_id"]["gpo"]["managed"] is (host == "owned")
    subject.forget_requests()
    run = subject.play({"winsec.lsa.use_machine_id": {"state": "disabled", "gpo_conflict": "ignore"}})
    assert subject.actions("owned") == {"Enumerate": 1, "GetDWORDValue": 3, "SetDWORDValue": 1}


def test_a_change_against_the_owner_is_warned_of_or_refused(fleet: FleetFactory) -> None:
    subject = fleet({name: HOSTS[name] for name in ("owned", "free", "denied")})
    run = subject.play({"winsec.lsa.use_machine_id": {"gpo_conflict": "fail"}}, ignore_errors=True)
    results = run.of("use_machine_id")
    assert {host: result.status for host, result in results.items()} == {
        "owned": "failed",
        "free": "changed",
        "denied": "changed",
    }
    message = results["owned"].result["msg"]
    assert "the GPO 'Print servers' {6AC1786C-016F-11D2-945F-00C04FB984F9} sets it to disabled" in message
    assert "at the latest after 16 hours" in message
    assert 'Security Options > "Network security: Allow Local System to use computer identity for NTLM"' in message
    refused = results["owned"].result["use_machine_id"]
    assert (refused["configured"], refused["gpo"]["name"]) == ("disabled", "Print servers")
    assert value(subject.stored("owned"), LSA, "UseMachineId") == ZERO
    assert "SetDWORDValue" not in subject.actions("owned")

    run = subject.play(
        {"winsec.lsa.use_machine_id": {}},
        {"name": "again", "winsec.lsa.use_machine_id": {}},
        {"name": "refuse", "winsec.lsa.use_machine_id": {"gpo_conflict": "fail"}},
        ignore_errors=True,
    )
    assert value(subject.stored("owned"), LSA, "UseMachineId") == ONE
    for task in ("use_machine_id", "again"):
        told = {host: result.result.get("warnings", []) for host, result in run.of(task).items()}
        assert (told["free"], told["denied"]) == ([], []), task
        assert len(told["owned"]) == 1, task
        assert "is to be enabled, but the GPO 'Print servers'" in told["owned"][0], task
    # What the first task has found out is a fact, so that the others need not ask.
    assert run.of("again")["owned"].status == "ok"
    assert run.of("again")["owned"].result["use_machine_id"]["gpo"]["name"] == "Print servers"
    assert run.of("refuse")["owned"].status == "failed"


def test_a_delegated_task_does_not_take_the_facts_of_another_host(fleet: FleetFactory) -> None:
    subject = fleet({"owned": HOSTS["owned"], "other": {"registry": registry(ONE)}})
    run = subject.play(
        {"winsec.lsa.use_machine_id_facts": {}},
        {"name": "delegated", "winsec.lsa.use_machine_id": {}, "delegate_to": "other"},
    )
    assert "gpo" not in run.of("delegated")["owned"].result["use_machine_id"]


def test_a_lost_host_and_a_refused_login_stay_what_they_are(fleet: FleetFactory) -> None:
    subject = fleet(
        over_both(
            {
                "lost": {"misbehave": {"close_connection": True, "only": ["Enumerate"], "after": 2}},
                "slow": {"misbehave": {"fault": "operation_timeout", "only": ["Enumerate"], "after": 2}},
                "html": {"misbehave": {"body": "html_200", "only": ["Enumerate"], "after": 2}},
            }
        )
    )
    run = subject.play({"winsec.lsa.use_machine_id_facts": {}}, ignore_unreachable=True)
    for host, result in run.of("use_machine_id_facts").items():
        assert result.status == ("unreachable" if host.startswith("lost") else "ok"), host
        if result.status == "ok":
            assert result.result["ansible_facts"]["use_machine_id"]["gpo"]["managed"] is None
        else:
            assert len(subject.requests(host)) == 4


def test_reg_exe_can_not_tell(fleet: FleetFactory, tmp_path: Path) -> None:
    owned: Form = {"rsop": {"gpos": [PRINT]}, "reg_exe": ImitatedRegistry(tmp_path / "registry").reg_exe}
    forbidden = {"misbehave": {"fault": "access_denied", "only": ["wmi"]}}
    subject = fleet(over_both({"chosen": owned, "fallback": {**owned, **forbidden}}))
    run = subject.play(
        {"winsec.lsa.use_machine_id_facts": {"via": "{{ 'reg' if 'chosen' in inventory_hostname else 'auto' }}"}}
    )
    assert run.exit_status == 0, run.output
    for host, result in run.of("use_machine_id_facts").items():
        facts = result.result["ansible_facts"]["use_machine_id"]
        for gpo in (facts["gpo"], facts["null_session_fallback"]["gpo"]):
            assert (gpo["managed"], gpo["name"]) == (None, None), host
            assert "only WMI calls over winrm or psrp can tell" in gpo["reason"], host
        assert subject.actions(host)["Enumerate"] == (1 if host.startswith("fallback") else 0), host


def test_the_audit_names_the_owner(fleet: FleetFactory) -> None:
    subject = fleet({name: HOSTS[name] for name in ("owned", "local", "free", "managed")})
    subject.playbook("winsec.lsa.audit", "-e", "use_machine_id_audit_output=audit.jsonl")
    records = map(json.loads, (subject.folder / "audit.jsonl").read_text().splitlines())
    lines = {record["host"]: record["reason"] for record in records}
    assert (
        "UseMachineId is set to disabled by the GPO 'Print servers' {6AC1786C-016F-11D2-945F-00C04FB984F9}"
        in lines["owned"]
    )
    assert "UseMachineId is set to enabled by the local Group Policy of the host" in lines["local"]
    assert "GPO" not in lines["free"]
    assert "Device management" in lines["managed"]
