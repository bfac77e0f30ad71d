# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role and the two playbooks, as users run them."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml

from ..support.expectations import LSA, MSV1_0, ONE, ZERO
from ..support.fleet import over_both, registry, value

if t.TYPE_CHECKING:
    from ..support.fleet import Fleet, FleetFactory
    from ..support.runs import Run

ENFORCE, AUDIT = "winsec.lsa.enforce", "winsec.lsa.audit"
MODULE = "Enforce the desired state for this generation of Windows"

HOSTS: dict[str, t.Any] = {
    "vista": {"release": "vista"},
    "srv2008": {"release": "2008", "connection": "psrp", "registry": registry(ZERO)},
    "srv2012r2": {"release": "2012r2", "registry": registry(("REG_SZ", "1"))},
    "srv2022": {"registry": registry(ONE)},
    "win11": {"release": "11", "connection": "psrp", "registry": registry(None, ONE)},
}


def audit(subject: Fleet, *options: str, environment: dict[str, str] | None = None) -> tuple[Run, dict[str, str]]:
    """Run the audit, and return the verdict on each host with its reason."""
    output = subject.folder / "audit.jsonl"
    output.unlink(missing_ok=True)
    run = subject.playbook(AUDIT, "-e", f"use_machine_id_audit_output={output}", *options, environment=environment)
    records = map(json.loads, output.read_text().splitlines()) if output.exists() else ()
    return run, {record["host"]: f"{record['verdict']:14} {record['reason']}" for record in records}


def screen(run: Run) -> list[str]:
    """The lines that an audit shows."""
    (report,) = run.of("Report").values()
    return t.cast("list[str]", report.result["msg"])


def add_to_inventory(subject: Fleet, **hosts: dict[str, t.Any]) -> None:
    inventory = yaml.safe_load(subject.inventory.read_text())
    inventory["windows"]["hosts"].update(hosts)
    subject.inventory.write_text(yaml.safe_dump(inventory))


@pytest.mark.canary
def test_a_host_that_fails_is_told_as_failed_under_ignore_errors(fleet: FleetFactory) -> None:
    subject = fleet(
        over_both({"denied": {"misbehave": {"deny_reads": True}}, "lost": {"misbehave": {"close_connection": True}}})
    )
    role = {"ansible.builtin.include_role": {"name": "winsec.lsa.use_machine_id"}}
    run = subject.play(role, ignore_errors=True, ignore_unreachable=True)
    expected = {"denied": "failed", "lost": "unreachable"}
    for host, result in run.of(MODULE).items():
        assert result.status == expected[host.partition("-")[0]], run.output
        assert "attribute" not in result.result["msg"]
    assert len(run.of(MODULE)) == 4


def test_a_variable_of_a_generation_in_the_inventory_wins_over_the_command_line(fleet: FleetFactory) -> None:
    """As the documents warn, which say how to override all of them."""
    subject = fleet({"vista": {"release": "vista", "registry": registry(ONE)}})
    add_to_inventory(subject, vista={"use_machine_id_state_vista_2008": "unmanaged", **subject.variables("vista")})
    one = ["-e", "use_machine_id_state=disabled"]
    every = ["-e", "use_machine_id_state_vista_2008=disabled", "-e", "use_machine_id_state_7_2008r2=disabled"]
    assert subject.playbook(ENFORCE, *one).of(MODULE)["vista"].status == "ok"
    assert subject.playbook(ENFORCE, *every).of(MODULE)["vista"].status == "changed"
    assert value(subject.stored("vista"), LSA, "UseMachineId") == ZERO


@pytest.mark.canary
def test_enforce_reaches_every_host_and_then_changes_nothing(fleet: FleetFactory) -> None:
    subject = fleet(HOSTS)
    predicted = subject.playbook(ENFORCE, "--check", "--diff")
    assert predicted.exit_status == 0, predicted.output
    assert value(subject.stored("vista"), LSA, "UseMachineId") is None
    first, second = subject.playbook(ENFORCE, "--diff"), subject.playbook(ENFORCE)
    for host in HOSTS:
        assert value(subject.stored(host), LSA, "UseMachineId") == ONE, host
        expected = "ok" if host == "srv2022" else "changed"
        assert predicted.of(MODULE)[host].status == expected, host
        assert first.of(MODULE)[host].status == expected, host
        assert second.of(MODULE)[host].status == "ok", host
    assert "+REG_DWORD 1\n" in first.output
    assert second.exit_status == 0, second.output
    assert value(subject.stored("win11"), MSV1_0, "AllowNullSessionFallback") == ONE, "unmanaged unless asked for"


def test_variables_override_a_host_a_group_and_a_generation(fleet: FleetFactory) -> None:
    subject = fleet({"vista": {"release": "vista"}, "old": {"release": "2008"}, "new": {}, "mine": {}})
    inventory = yaml.safe_load(subject.inventory.read_text())
    inventory["windows"]["vars"] = {
        "use_machine_id_state_vista_2008": "computer_identity",
        "use_machine_id_state_7_2008r2": "computer_identity",
        "use_machine_id_null_session_fallback_vista_2008": "disabled",
    }
    inventory["windows"]["hosts"]["mine"]["use_machine_id_state_7_2008r2"] = "disabled"
    subject.inventory.write_text(yaml.safe_dump(inventory))
    run = subject.playbook(ENFORCE)
    assert run.exit_status == 0, run.output
    found = {host: value(subject.stored(host), LSA, "UseMachineId") for host in ("vista", "old", "new", "mine")}
    assert found == {"vista": ONE, "old": ONE, "new": None, "mine": ZERO}
    fallback = {host: value(subject.stored(host), MSV1_0, "AllowNullSessionFallback") for host in ("vista", "new")}
    assert fallback == {"vista": ZERO, "new": None}


@pytest.mark.parametrize(("choice", "status", "exits"), [("fail", "failed", 2), ("skip", "skipped", 0)])
def test_a_release_before_vista_fails_or_is_skipped(fleet: FleetFactory, choice: str, status: str, exits: int) -> None:
    run = fleet({"xp": {"release": "xp"}, "new": {}}).playbook(ENFORCE, "-e", f"use_machine_id_unsupported={choice}")
    assert (run.exit_status, run.of(MODULE)["xp"].status, run.of(MODULE)["new"].status) == (exits, status, "changed")


@pytest.mark.parametrize("playbook", [ENFORCE, AUDIT])
@pytest.mark.canary
def test_mistaken_variables_are_told_once_before_anything_is_read(fleet: FleetFactory, playbook: str) -> None:
    subject = fleet({"host[1:9]": {}})
    inventory = yaml.safe_load(subject.inventory.read_text())
    inventory["windows"]["vars"] = {"use_machine_id_state": True, "use_machine_id_sate_7_2008r2": "enabled"}
    inventory["windows"]["hosts"]["host3"]["use_machine_id_via"] = "{{ not_there }}"
    subject.inventory.write_text(yaml.safe_dump(inventory))
    run = subject.playbook(playbook)
    assert run.exit_status == 2
    (told,) = run.of("Check the variables of all hosts").values()
    mistakes = told.result["msg"].split(". ")
    misspelled = "use_machine_id_sate_7_2008r2 is not a variable of winsec.lsa"
    assert f"{misspelled}: did you mean use_machine_id_state_7_2008r2? (on every host)" in mistakes
    assert sum("use_machine_id_state must be one of" in text and "but is True" in text for text in mistakes) == 1
    assert sum("use_machine_id_via" in text and text.endswith("(on host3)") for text in mistakes) == 1
    assert mistakes[-1] == "No host was contacted."
    assert not any(subject.requests(f"host{number}") for number in range(1, 10))


@pytest.mark.canary
def test_the_audit_judges_every_host_and_changes_nothing(fleet: FleetFactory) -> None:
    hosts = {
        **HOSTS,
        "xp": {"release": "xp"},
        "denied": {"misbehave": {"deny_reads": True}},
        "silent": {"misbehave": {"close_connection": True}, "connection": "psrp"},
        "midway": {"misbehave": {"close_connection": True, "only": ["GetDWORDValue"], "after": 2}},
    }
    subject = fleet(hosts)
    add_to_inventory(
        subject,
        linux={"ansible_connection": "local"},
        gone={"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_connection": "winrm"}
        | {"ansible_user": "u", "ansible_password": "p", "ansible_winrm_transport": "basic"},
    )
    run, found = audit(subject)
    assert run.exit_status == 2, run.output
    text = "REG_SZ '1'"
    todo = "enforce would change UseMachineId from {} to enabled."
    expected = {
        "vista": f"not compliant  Windows Vista: {todo.format('not defined')}",
        "srv2008": f"not compliant  Windows Server 2008: {todo.format('disabled')}",
        "srv2012r2": f"not compliant  Windows Server 2012 R2: {todo.format(text)}",
        "srv2022": "compliant      Windows Server 2022: Local System authenticates as the computer.",
        "win11": f"not compliant  Windows 11: {todo.format('not defined')}",
        "xp": "failed         Windows XP (version 5.1.2600) does not have this policy.",
        "denied": rf"failed         When reading HKLM\{LSA}\UseMachineId, the registry of the host denied access",
        "silent": "unreachable    The connection to the host was lost.",
        "midway": "unreachable    The connection to the host was lost.",
        "linux": "failed         The connection 'local' can't be used to reach the registry of a Windows host.",
        "gone": "unreachable    The host refused the connection.",
    }
    assert set(found) == set(expected)
    for host, line in expected.items():
        assert found[host].startswith(line), found[host]
    assert not any("SetDWORDValue" in subject.actions(host) for host in hosts)
    shown = screen(run)
    assert shown[0] == "11 hosts: 1 compliant, 4 not compliant, 3 unreachable, 3 failed"
    releases = [line for line in shown if line.startswith(("  Windows", "  not read"))]
    assert any(line.startswith("  Windows Server 2022: 1") and line.endswith(" 1 compliant") for line in releases)
    needy = shown[1 + len(releases) :]
    assert needy[1].startswith("vista      not compliant   anonymous          Windows Vista: enforce would change")
    assert [line[:10].strip() or line.strip() for line in needy] == [
        *("srv2008", "vista", "srv2012r2"),
        *("2 hosts", "midway, silent", "denied", "gone", "linux", "xp"),
        "win11",
    ]
    assert "The run fails because there are hosts that are unreachable or failed: the task Report" in run.output


@pytest.mark.parametrize(
    ("limit", "options", "exits"),
    [
        ("good,bad,xp", [], 0),
        ("good,bad,xp", ["-e", "use_machine_id_audit_strict=true"], 2),
        ("good,xp", ["-e", "use_machine_id_audit_strict=true"], 0),
        ("good,lost", [], 2),
        ("good,denied", [], 2),
        ("good,odd", ["-e", "use_machine_id_state=unmanaged"], 2),
        ("all", ["-e", '{"use_machine_id_audit_fail_on": []}'], 0),
        ("good,bad,lost", ["-e", '{"use_machine_id_audit_fail_on": ["failed", "unknown"]}'], 0),
        ("good,lost", ["-e", "use_machine_id_audit_fail_on=unreachable"], 2),
    ],
)
def test_the_exit_status_says_what_the_user_wants_to_know(
    fleet: FleetFactory, limit: str, options: list[str], exits: int
) -> None:
    hosts: dict[str, t.Any] = {
        "good": {"registry": registry(ONE)},
        "bad": {},
        "xp": {"release": "xp"},
        "lost": {"misbehave": {"close_connection": True}},
        "denied": {"misbehave": {"deny_reads": True}},
        "odd": {"registry": registry(("REG_SZ", "1"))},
    }
    run = fleet(hosts).playbook(AUDIT, f"--limit={limit}", "-e", "use_machine_id_unsupported=skip", *options)
    assert run.exit_status == exits, run.output


def test_a_verdict_that_does_not_exist_is_told_first(fleet: FleetFactory) -> None:
    subject = fleet({"host": {}})
    run = subject.playbook(AUDIT, "-e", '{"use_machine_id_audit_fail_on": ["lost"]}')
    assert run.exit_status == 2
    assert "use_machine_id_audit_fail_on must be one of compliant, not compliant, unknown" in run.output
    assert not subject.requests("host")


def test_unknown_is_not_compliant(fleet: FleetFactory) -> None:
    subject = fleet({"norule": {"release": "vista"}, "odd": {"registry": registry(("REG_SZ", "1"))}})
    options = ["-e", "use_machine_id_state_vista_2008=cis", "-e", "use_machine_id_state_7_2008r2=unmanaged"]
    run, found = audit(subject, *options)
    assert run.exit_status == 2
    assert (
        found["norule"]
        == "unknown        Windows Vista: what the chosen authority requires for UseMachineId is not known."
    )
    assert found["odd"].startswith("unknown        Windows Server 2022: What Local System services do")


def test_a_host_that_no_task_can_run_on_does_not_take_the_report_of_the_others(fleet: FleetFactory) -> None:
    subject = fleet({"alpha": {}, "good": {"registry": registry(ONE)}})
    add_to_inventory(
        subject, alpha={"ansible_connection": "no_such_plugin"}, zulu={"ansible_host": "{{ undefined_here }}"}
    )
    run, found = audit(subject)
    assert set(found) == {"alpha", "good", "zulu"}, run.output
    assert found["good"].startswith("compliant")
    assert found["alpha"].startswith("failed")
    assert "no_such_plugin" in found["alpha"]
    assert found["zulu"].startswith("failed")
    assert "undefined_here" in found["zulu"]
    enforced = subject.playbook(ENFORCE, "-e", '{"use_machine_id_hosts": ["good"]}')
    assert enforced.exit_status == 0, enforced.output


def test_settings_of_the_user_do_not_change_what_the_audit_says(fleet: FleetFactory) -> None:
    subject = fleet({"denied": {"misbehave": {"deny_reads": True}}, "good": {"registry": registry(ONE)}, "bad": {}})
    for setting in ({"ANSIBLE_ANY_ERRORS_FATAL": "true"}, {"ANSIBLE_STRATEGY": "free"}):
        run, found = audit(subject, "-e", "found=1", environment=setting)
        assert run.exit_status == 2, run.output
        assert [found[host].split("  ")[0] for host in ("denied", "good", "bad")] == [
            "failed",
            "compliant",
            "not compliant",
        ]


def test_the_role_judges_the_host_that_it_asked(fleet: FleetFactory) -> None:
    subject = fleet({"new": {}, "vista": {"release": "vista"}})
    role = {"name": "winsec.lsa.use_machine_id", "apply": {"delegate_to": "vista", "delegate_facts": True}}
    run = subject.play(
        {"winsec.lsa.use_machine_id_facts": {}},
        {"ansible.builtin.include_role": role, "when": "inventory_hostname == 'new'"},
        vars={"use_machine_id_state_vista_2008": "unmanaged", "use_machine_id_state_7_2008r2": "disabled"},
    )
    assert run.exit_status == 0, run.output
    assert value(subject.stored("vista"), LSA, "UseMachineId") is None


def test_a_strict_audit_passes_after_enforce_in_the_same_run(fleet: FleetFactory) -> None:
    subject = fleet({"vista": {"release": "vista"}, "new": {}})
    playbook = subject.folder / "site.yml"
    playbook.write_text(yaml.safe_dump([{"ansible.builtin.import_playbook": name} for name in (AUDIT, ENFORCE, AUDIT)]))
    run = subject.playbook(str(playbook))
    reports = [result.result["msg"][0] for result in run.results if result.task == "Report"]
    assert reports == ["2 hosts: 2 not compliant", "2 hosts: 2 compliant"]


@pytest.mark.parametrize("playbook", [ENFORCE, AUDIT])
def test_a_pattern_without_hosts_fails_at_once(fleet: FleetFactory, playbook: str) -> None:
    subject = fleet({"host": {}, "other": {}})
    wrong = subject.playbook(playbook, "-e", "use_machine_id_hosts=nobody")
    limited = subject.playbook(playbook, "-e", "use_machine_id_hosts=host", "--limit=other")
    for run, pattern in ((wrong, "nobody"), (limited, "host")):
        assert run.exit_status == 2
        assert f"The pattern {pattern} matches no host of the inventory" in run.output
    assert subject.requests("other") == []


@pytest.mark.parametrize("playbook", [ENFORCE, AUDIT])
def test_a_pattern_that_only_the_inventory_knows_is_refused(fleet: FleetFactory, playbook: str) -> None:
    subject = fleet({"new": {}, "old": {}})
    inventory = yaml.safe_load(subject.inventory.read_text())
    inventory["windows"]["vars"] = {"use_machine_id_hosts": "windows:!old"}
    subject.inventory.write_text(yaml.safe_dump(inventory))
    refused = subject.playbook(playbook)
    assert refused.exit_status == 2
    assert "use_machine_id_hosts is set to 'windows:!old' in the inventory" in refused.output
    assert subject.requests("old") == subject.requests("new") == []
    assert subject.playbook(playbook, "-e", "use_machine_id_hosts=new").exit_status == 0
    assert subject.requests("old") == []


def test_hosts_are_chosen_by_a_variable(fleet: FleetFactory) -> None:
    subject = fleet({"one": {}, "two": {}, "three": {}})
    run = subject.playbook(ENFORCE, "-e", "use_machine_id_hosts=one:three")
    assert sorted(run.of(MODULE)) == ["one", "three"]
    assert value(subject.stored("two"), LSA, "UseMachineId") is None
