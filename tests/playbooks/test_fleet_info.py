# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many hosts asked by one process: each over its own connection, and judged as enforce would act on it."""

from __future__ import annotations

import functools
import shlex
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ..support.audits import FLEET, ask, edit, gpo, records_in
from ..support.expectations import ONE, ZERO
from ..support.fleet import over_both, registry
from ..support.imitation import ImitatedRegistry

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory
    from ..support.runs import Run

ENFORCE = "winsec.lsa.enforce"
MODULE = "Enforce the desired state for this generation of Windows"
SSH = Path(__file__).with_name("ssh.py")

TEXT = ("REG_SZ", "1")


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
    """Return what enforce did in check mode, as a verdict, with the message of a failure."""
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


def test_a_host_whose_name_is_not_a_pattern_is_asked(fleet: FleetFactory) -> None:
    subject = fleet({"one": {"registry": registry(ONE)}, "two": {}})
    verdicts = {"one": "compliant", "two": "not compliant"}
    verdicts |= {"SRV01, one": "compliant", "another two": "not compliant"}

    def name_again(windows: dict[str, t.Any]) -> None:
        for name in ("SRV01, one", "another two"):
            windows["hosts"][name] = windows["hosts"][name.split()[-1]]

    edit(subject, name_again)
    run, found = ask(subject)
    assert run.exit_status == 0, run.output
    assert {host: record["verdict"] for host, record in found.items()} == verdicts
