# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many hosts asked by one process: each over its own connection, and judged as enforce would act on it."""

from __future__ import annotations

import functools
import json
import shlex
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
import yaml

from ..support.expectations import LSA, MSV1_0, ONE, ZERO
from ..support.fleet import over_both, registry
from ..support.imitation import ImitatedRegistry

if t.TYPE_CHECKING:
    from ..support.fleet import Fleet, FleetFactory
    from ..support.runs import Run

ENFORCE = "winsec.lsa.enforce"
MODULE = "Enforce the desired state for this generation of Windows"
FLEET = "winsec.lsa.use_machine_id_fleet_info"
SSH = Path(__file__).with_name("ssh.py")

TEXT = ("REG_SZ", "1")


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


# --- Verdicts ---------------------------------------------------------------------------------------------------------

RELEASES = ("xp", "vista", "2008", "7", "2008r2", "2012r2", "2016", "10", "11", "2022", "2025")
STORED: dict[str, t.Any] = {
    "absent": registry(),
    "one": registry(ONE),
    "zero": registry(ZERO),
    "text": registry(TEXT),
    "both": registry(ONE, ZERO),
    "null": registry(ZERO, ONE),
    "odd": registry(ZERO, TEXT),
}
TROUBLES: dict[str, t.Any] = {
    "denied": {"misbehave": {"deny_reads": True}},
    "lost": {"misbehave": {"close_connection": True}},
    "midway": {"misbehave": {"close_connection": True, "only": ["GetDWORDValue"], "after": 2}},
    "refused": {"misbehave": {"refuse_login": True}},
    "page": {"misbehave": {"body": "html_502"}},
    "bomb": {"misbehave": {"body": "billion_laughs"}},
    "forbidden": {"misbehave": {"fault": "access_denied", "only": ["wmi"]}},
    "owned": {"rsop": gpo(0)},
    "agreed": {"rsop": gpo(1), "registry": registry(ONE)},
    "contradicted": {"rsop": gpo(0), "registry": registry(ONE)},
}
#: Variables of the inventory, for groups of hosts.
VARIABLES: dict[str, dict[str, t.Any]] = {
    "plain": {},
    "generations": {
        "use_machine_id_state_vista_2008": "unmanaged",
        "use_machine_id_state_7_2008r2": "{{ 'disabled' if inventory_hostname is search('zero') else 'cis' }}",
        "use_machine_id_null_session_fallback_vista_2008": "disabled",
        "use_machine_id_gpo_conflict": "fail",
    },
    "authority": {
        "use_machine_id_state": "stig",
        "use_machine_id_null_session_fallback": "{{ use_machine_id_state }}",
        "use_machine_id_unsupported": "skip",
        "use_machine_id_gpo_conflict": "ignore",
    },
    "careful": {
        "use_machine_id_state": "computer_identity",
        "use_machine_id_gpo": False,
        "use_machine_id_gpo_conflict": "fail",
        "use_machine_id_via": "wmi",
    },
}


def every_case() -> dict[str, t.Any]:
    """Hosts of every release with every stored values, and hosts that make trouble, over both connections by turns."""
    hosts = {
        f"{release.replace('.', '')}-{name}": {"release": release, "registry": stored}
        for release in RELEASES
        for name, stored in STORED.items()
    }
    connections = ("winrm", "psrp")
    plain = {name: {**form, "connection": connections[n % 2]} for n, (name, form) in enumerate(hosts.items())}
    return {**plain, **over_both(TROUBLES)}


def over_ssh(folder: Path, shell: str) -> dict[str, t.Any]:
    """The variables of a host that is reached with ssh."""
    ssh = folder / f"ssh-{shell}"
    imitated = ImitatedRegistry(folder / f"registry-{shell}")
    ssh.write_text(f'#!/bin/sh\nexec {sys.executable} {SSH} {folder / "log"} "$@" -- {shlex.join(imitated.reg_exe)}\n')
    ssh.chmod(0o755)
    return {"ansible_connection": "ssh", "ansible_shell_type": shell, "ansible_ssh_executable": str(ssh)}


def acted(run: Run, host: str) -> tuple[str, str | None]:
    """What enforce did in check mode, as a verdict, with the message of a failure."""
    result = run.of(MODULE)[host]
    message = result.result["msg"] if result.status in ("failed", "unreachable") else None
    if result.status == "ok":
        unknown = result.result["undecided"] or result.result["use_machine_id"]["outcome"] == "unknown"
        return ("unknown" if unknown else "compliant"), None
    return {"changed": "not compliant", "skipped": "not applicable"}.get(result.status, result.status), message


@pytest.mark.canary
def test_the_verdicts_are_those_of_enforce_in_check_mode(fleet: FleetFactory, tmp_path: Path) -> None:
    subject = fleet(every_case())

    def add(windows: dict[str, t.Any]) -> None:
        for shell in ("cmd", "powershell"):
            windows["hosts"][f"ssh-{shell}"] = over_ssh(tmp_path, shell)
        windows["hosts"]["plugin"] = {"ansible_connection": "no_such_plugin"}
        windows["hosts"]["undefined"] = {"ansible_connection": "winrm", "ansible_host": "{{ nowhere }}"}
        windows["hosts"]["linux"] = {"ansible_connection": "local"}

    edit(subject, add)
    for variables in VARIABLES.values():
        edit(subject, functools.partial(dict.update, vars={"ansible_ssh_args": "", **variables}))
        enforced = subject.playbook(ENFORCE, "--check")
        run, found = ask(subject, max_failed_logins=99)
        assert run.exit_status == 0, run.output
        expected = {host: acted(enforced, host) for host in enforced.of(MODULE)}
        judged = {host: (record["verdict"], record["message"]) for host, record in found.items()}
        assert {host: verdict for host, (verdict, _message) in judged.items()} == {
            host: verdict for host, (verdict, _message) in expected.items()
        }
        # Ansible words differently in each release what it says itself.
        said = judged.keys() - {"plugin", "undefined"}
        assert {host: judged[host][1] for host in said} == {host: expected[host][1] for host in said}
        assert all(found[host]["message"] for host in ("plugin", "undefined"))
    assert not any("SetDWORDValue" in subject.actions(host) for host in every_case())


def test_a_record_says_what_the_facts_say(fleet: FleetFactory) -> None:
    subject = fleet(over_both({"owned": {"rsop": gpo(0)}, "vista": {"release": "vista"}}))
    facts = subject.play({"winsec.lsa.use_machine_id_facts": {}})
    _run, found = ask(subject)
    for result in facts.results:
        told, expected = found[result.host]["use_machine_id"], result.result["ansible_facts"]["use_machine_id"]
        for owned in (told, expected, told["null_session_fallback"], expected["null_session_fallback"]):
            owned["gpo"].pop("applied")  # the endpoint's time is that of the answer
        assert told == expected
        assert found[result.host]["connection"] == subject.variables(result.host)["ansible_connection"]
        assert found[result.host]["variables"]["use_machine_id_state_7_2008r2"] == "enabled"
    _run, found = ask(subject, gpo=False)
    assert "was not asked for" in found["owned-winrm"]["use_machine_id"]["gpo"]["reason"]


def test_variables_come_from_where_ansible_finds_them(fleet: FleetFactory) -> None:
    """Vault, group_vars beside the inventory, Jinja with other variables, the command line."""
    subject = fleet({"host": {}, "other": {}})
    secret = subject.variables("host")["ansible_password"]
    (subject.folder / "key").write_text("of the vault")
    (subject.folder / "group_vars").mkdir()
    (subject.folder / "group_vars" / "windows.yml").write_text(
        yaml.safe_dump({"the_password": secret, "use_machine_id_state": "{{ wanted }}", "wanted": "disabled"})
    )
    encrypt = ["ansible-vault", "encrypt", "--vault-password-file=key", "group_vars/windows.yml"]
    subprocess.run(encrypt, cwd=subject.folder, check=True, capture_output=True)

    def hide(windows: dict[str, t.Any]) -> None:
        for form in windows["hosts"].values():
            form["ansible_password"] = "{{ the_password }}"

    edit(subject, hide)
    task = {FLEET: {"output": "out", "hosts": ["host"]}, "run_once": True, "delegate_to": "localhost"}
    run = subject.play(task, options=["--vault-password-file=key", "-e", "use_machine_id_gpo=false"])
    assert run.exit_status == 0, run.output
    (record,) = records_in(subject.folder / "out").values()
    assert record["changes"] == [{"setting": "use_machine_id", "from": "not_defined", "to": "disabled"}]
    assert secret not in run.output


def test_the_password_of_one_host_is_not_sent_to_another(fleet: FleetFactory) -> None:
    subject = fleet({"first": {}, "second": {}})

    def take_away(windows: dict[str, t.Any]) -> None:
        del windows["hosts"]["second"]["ansible_password"]

    edit(subject, take_away)
    task = {FLEET: {"output": "out"}, "run_once": True}
    run = subject.play(task)
    assert run.exit_status == 0, run.output
    assert records_in(subject.folder / "out")["first"]["verdict"] == "not compliant"
    assert records_in(subject.folder / "out")["second"]["verdict"] == "unreachable"
    assert subject.requests("second") == []


# --- Trouble ----------------------------------------------------------------------------------------------------------


@pytest.mark.canary
def test_a_refused_account_is_not_locked(fleet: FleetFactory) -> None:
    subject = fleet({"refuses[1:9]": {"misbehave": {"refuse_login": True}}, "other": {"username": "other"}})
    run, found = ask(subject)
    assert run.exit_status == 0, run.output
    verdicts = [found[f"refuses{number}"]["verdict"] for number in range(1, 10)]
    assert sorted(verdicts) == ["not tried"] * 6 + ["unreachable"] * 3
    assert sum(bool(subject.requests(f"refuses{number}")) for number in range(1, 10)) == 3
    (reason,) = {record["reason"] for record in found.values() if record["verdict"] == "not tried"}
    assert "Hosts in a row refused the login of 'administrator' (refuses" in reason
    assert found["other"]["verdict"] == "not compliant"
    before = {number for number in range(1, 10) if subject.requests(f"refuses{number}")}
    subject.forget_requests()
    ask(subject, resume=True, max_failed_logins=1)
    after = {number for number in range(1, 10) if subject.requests(f"refuses{number}")}
    assert len(after) == 1
    assert not after & before


def test_what_is_no_winrm_does_not_prove_an_account(fleet: FleetFactory) -> None:
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
