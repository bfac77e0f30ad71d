# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that refuse, hang or change, and a run that is interrupted: the audit of a fleet goes on, or is resumed."""

from __future__ import annotations

import signal
import subprocess
import time
import typing as t
from pathlib import Path

import pytest
import yaml

from ..support.audits import FLEET, ask, edit, records_in
from ..support.expectations import LSA, ONE
from ..support.fleet import registry
from ..support.runs import heed_interrupts

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory


@pytest.mark.canary
def test_a_refused_account_is_not_locked(fleet: FleetFactory) -> None:
    subject = fleet({"refuses[1:9]": {"misbehave": {"refuse_login": True}}, "other": {"username": "other"}})
    run, found = ask(subject)
    assert run.exit_status == 0, run.output
    verdicts = [found[f"refuses{number}"]["verdict"] for number in range(1, 10)]
    assert sorted(verdicts) == ["not tried"] * 6 + ["unreachable"] * 3
    assert sum(bool(subject.requests(f"refuses{number}")) for number in range(1, 10)) == 3
    (reason,) = {record["reason"] for record in found.values() if record["verdict"] == "not tried"}
    assert "Hosts in a row refused the login of 'Administrator' (refuses" in reason
    assert found["other"]["verdict"] == "not compliant"
    before = {number for number in range(1, 10) if subject.requests(f"refuses{number}")}
    subject.forget_requests()
    ask(subject, resume=True, max_failed_logins=1)
    after = {number for number in range(1, 10) if subject.requests(f"refuses{number}")}
    assert len(after) == 1
    assert not after & before


def test_a_server_that_is_not_winrm_does_not_prove_an_account(fleet: FleetFactory) -> None:
    page = {"misbehave": {"body": "html_502"}}
    refuses = {"misbehave": {"refuse_login": True}}
    subject = fleet({"a_page[1:3]": page, "refuses[1:9]": refuses})
    _run, found = ask(subject, max_failed_logins=1)
    assert [found[f"a_page{number}"]["verdict"] for number in range(1, 4)] == ["failed"] * 3
    assert sum(bool(subject.requests(f"refuses{number}")) for number in range(1, 10)) == 1


def test_an_account_that_ssh_is_refused_is_not_locked(fleet: FleetFactory, tmp_path: Path) -> None:
    subject = fleet({"host[1:9]": {}})
    log, ssh = tmp_path / "log", tmp_path / "ssh"
    words = "administrator@127.0.0.1: Permission denied (publickey,password)."
    ssh.write_text(f"#!/bin/sh\necho login >> {log}\necho '{words}' >&2\nexit 255\n")
    ssh.chmod(0o755)
    over_it = {"ansible_connection": "ssh", "ansible_shell_type": "cmd", "ansible_ssh_executable": str(ssh)}

    def use_ssh(windows: dict[str, t.Any]) -> None:
        for variables in windows["hosts"].values():
            variables.update(over_it, ansible_ssh_args="")

    edit(subject, use_ssh)
    _run, found = ask(subject, max_failed_logins=2)
    assert sorted(record["verdict"] for record in found.values()) == ["not tried"] * 7 + ["unreachable"] * 2
    assert log.read_text() == "login\n" * 2


def test_a_host_that_hangs_is_given_up(fleet: FleetFactory) -> None:
    subject = fleet({"hangs[1:4]": {"misbehave": {"delay": 30}}, "good[1:20]": {"registry": registry(ONE)}})
    _run, found = ask(subject, timeout=8, workers=8)
    assert {host for host, record in found.items() if record["verdict"] == "compliant"} == {
        f"good{number}" for number in range(1, 21)
    }
    for number in range(1, 5):
        assert found[f"hangs{number}"]["verdict"] == "unreachable"
        assert "8 seconds" in found[f"hangs{number}"]["message"]


@pytest.mark.canary
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_can_be_resumed(fleet: FleetFactory, number: signal.Signals) -> None:
    subject = fleet({"good[1:5]": {"registry": registry(ONE)}, "slow[1:5]": {"misbehave": {"delay": 40, "times": 1}}})
    output = subject.folder / "audit.jsonl"
    playbook = subject.folder / "interrupted.yml"
    task = {FLEET: {"output": str(output), "workers": 20}, "run_once": True, "delegate_to": "localhost"}
    playbook.write_text(yaml.safe_dump([{"hosts": "windows", "gather_facts": False, "tasks": [task]}]))
    command = ["ansible-playbook", str(playbook), f"--inventory={subject.inventory}"]
    heed_interrupts()
    with subprocess.Popen(
        command, cwd=subject.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 60
        while len(records_in(output)) < 5 and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(number)
        process.wait(60)
    wait_until_written(output)
    found = records_in(output)
    assert {host for host, record in found.items() if record["verdict"] == "compliant"} == {
        f"good{number}" for number in range(1, 6)
    }
    left = {host: record for host, record in found.items() if record["verdict"] == "not tried"}
    assert left.keys() == {f"slow{number}" for number in range(1, 6)}
    assert {record["reason"] for record in left.values()} == {"The run was interrupted before this host was done."}
    subject.forget_requests()
    run, again = ask(subject, resume=True)
    assert run.exit_status == 0, run.output
    assert [again[host]["verdict"] for host in left] == ["not compliant"] * 5
    assert not any(subject.requests(f"good{number}") for number in range(1, 6))
    assert run.results[0].result["summary"]["hosts"] == 10


def test_a_host_whose_variables_have_changed_is_asked_again(fleet: FleetFactory) -> None:
    subject = fleet({"same": {"registry": registry(ONE)}, "other": {"registry": registry(ONE)}, "wrong": {}})

    def set_states(other: str, wrong: str) -> None:
        def change(windows: dict[str, t.Any]) -> None:
            windows["hosts"]["other"]["use_machine_id_state"] = other
            windows["hosts"]["wrong"]["use_machine_id_state"] = wrong

        edit(subject, change)

    set_states("enabled", "ture")
    _run, before = ask(subject)
    assert [before[host]["verdict"] for host in ("same", "other", "wrong")] == ["compliant", "compliant", "failed"]
    set_states("disabled", "enabled")
    subject.forget_requests()
    run, after = ask(subject, resume=True)
    assert [after[host]["verdict"] for host in ("same", "other", "wrong")] == ["compliant", *["not compliant"] * 2]
    assert not subject.requests("same")
    assert run.results[0].result["summary"]["hosts"] == 3
    subject.forget_requests()
    ask(subject, resume=True)
    assert not any(subject.requests(host) for host in ("same", "other", "wrong"))


def test_a_password_that_can_not_be_rendered_is_not_quoted(fleet: FleetFactory) -> None:
    subject = fleet({"tag": {}, "filter": {}, "fails": {}, "fine": {}})
    start = "Begins-with-this"

    def spoil(windows: dict[str, t.Any]) -> None:
        windows["hosts"]["tag"]["ansible_password"] = f"{start}{{%no_tag"
        windows["hosts"]["filter"]["ansible_password"] = "{{ the_secret }}"
        windows["hosts"]["filter"]["the_secret"] = f"{start}{{{{ 1 | no_filter }}}}"
        windows["hosts"]["fails"]["ansible_password"] = f"{start}{{{{ 1 / 0 }}}}"

    edit(subject, spoil)
    run, found = ask(subject, return_hosts="all")
    assert run.exit_status == 0, run.output
    assert found["fine"]["verdict"] == "not compliant"
    for host in ("tag", "filter", "fails"):
        assert found[host]["verdict"] == "failed"
        assert found[host]["message"].startswith("ansible_password can't be rendered: ")
        assert not subject.requests(host)
    assert start not in run.output + str(run.results) + str(found)


def wait_until_written(output: Path) -> None:
    """The process of the task may live a moment longer than ansible-playbook."""
    deadline = time.monotonic() + 60
    while len(records_in(output)) < 10 and time.monotonic() < deadline:
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hosts": ["nobody"]}, "There is no host to ask."),
        ({"resume": True}, "needs output"),
        ({"workers": 0}, "workers is 0, but it has to be at least 1."),
        ({"workers": 999999999}, "run ulimit -n 8000000056 before"),
        ({"output": "inventory.yml", "resume": True}, "Line 1 of"),
        ({"output": "inventory.yml"}, "inventory.yml has no records of hosts, and stays as it is."),
        ({"output": "/proc/audit.jsonl"}, "/proc/audit.jsonl can't be written: "),
        ({"return_hosts": "some"}, "value of return_hosts must be one of"),
    ],
)
def test_what_can_not_be_asked(fleet: FleetFactory, options: dict[str, t.Any], message: str) -> None:
    subject = fleet({"host": {}})
    run = subject.play({FLEET: options, "run_once": True, "delegate_to": "localhost"})
    assert run.exit_status == 2
    assert message in run.results[0].result["msg"]
    assert "Traceback" not in run.output
    assert not subject.requests("host")


def test_returned_hosts_are_those_asked_for(fleet: FleetFactory) -> None:
    subject = fleet({"good": {"registry": registry(ONE)}, "unset": {}, "vista": {"release": "vista"}})
    expected = {"attention": ["vista", "unset"], "all": ["good", "unset", "vista"], "none": []}
    for which, hosts in expected.items():
        run, _found = ask(subject, return_hosts=which)
        result = run.results[0].result
        assert [entry["host"] for entry in result["hosts"]] == hosts
        assert result["changed"] is False
        assert result["lines"][0] == "3 hosts: 1 compliant, 2 not compliant"


def test_a_compliant_host_that_a_gpo_will_reset_needs_attention(fleet: FleetFactory) -> None:
    hosts = {"agreed": 1, "contradicted": 0}
    setting = rf"{LSA}\UseMachineId"
    gpos = {
        host: [{"name": "Print servers", "security_options": {setting: {"type": "REG_DWORD", "data": data}}}]
        for host, data in hosts.items()
    }
    subject = fleet({host: {"registry": registry(ONE), "rsop": {"gpos": gpos[host]}} for host in hosts})
    run, found = ask(subject)
    result = run.results[0].result
    assert {host: (record["verdict"], record["attention"]) for host, record in found.items()} == {
        "agreed": ("compliant", None),
        "contradicted": ("compliant", "reset_by_group_policy"),
    }
    assert result["summary"]["attention"]["reset_by_group_policy"] == 1
    assert "UseMachineId is set to disabled by the GPO 'Print servers'" in result["lines"][-1]
