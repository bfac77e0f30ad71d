# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each fault at each step of a change, over winrm, psrp and ssh: the task keeps its word, or says what happened.

Many hosts in one run of Ansible, since most of the time goes into starting it. What it leaves is run again without any
fault, and has to converge.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import shlex
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ..support.expectations import LSA
from ..support.fleet import CONNECTIONS, PASSWORD, registry, value
from ..support.hostile import HostileServer
from ..support.imitation import ImitatedRegistry
from ..support.impostors import Answer, NtlmImpostor
from ..support.logins import change
from ..support.runs import Controller
from .cases import DONE, LOST, SSH, STEPS, TIME, over_http

if t.TYPE_CHECKING:
    from ..support.fleet import Fleet, FleetFactory
    from ..support.runs import Run, TaskResult

ENFORCE: dict[str, t.Any] = {"name": "enforce", "winsec.lsa.use_machine_id": {}}
FORKS = "--forks=20"
#: Seconds that a host may take at most, on a busy machine: its own deadline, and Ansible's way to it and back.
LONGEST = 10 * TIME + 60
WANTED = ("REG_DWORD", 1)

TIMES = {
    "winrm": {"ansible_winrm_read_timeout_sec": TIME, "ansible_winrm_operation_timeout_sec": 2},
    "psrp": {f"ansible_psrp_{name}_timeout": TIME for name in ("read", "connection")}
    | {"ansible_psrp_operation_timeout": 2},
}


class Expected(t.NamedTuple):
    statuses: tuple[str, ...]
    words: str


def check(found: TaskResult, expected: Expected, stored: t.Any) -> None:
    """Check what holds of every case: ``stored`` is what the registry has now, in which there was nothing before."""
    message = found.result.get("msg", "")
    assert found.status in expected.statuses, (found, stored)
    assert found.seconds < LONGEST, found
    assert stored in (None, WANTED, ("REG_DWORD", 0)), found
    if found.status not in DONE:
        assert expected.words in message, (found.host, message)
        assert ". " in message, "a next step"
    if "not known" not in message:
        assert found.result["changed"] == (stored is not None), (found, stored)
    if "previous" in found.result:
        assert found.result["previous"]["use_machine_id"]["configured"] == "not_defined", found
    told = found.result.get("use_machine_id", {}).get("configured")
    assert told in (None, {None: "not_defined", WANTED: "enabled"}.get(stored, "disabled")), (found, stored)


class Tally:
    """Counts the cases that a test checks, for the end of the session to tell (conftest.py)."""

    def __init__(self, record: t.Callable[[str, object], None]) -> None:
        self._record = record
        self._failures: list[str] = []
        self._cases = 0

    def check(self, found: TaskResult, expected: Expected, stored: t.Any) -> None:
        self._cases += 1
        try:
            check(found, expected, stored)
        except AssertionError as exc:
            self._failures.append(f"{found.host}: {exc}")

    def close(self, run: Run) -> None:
        self._record("faults", [self._cases - len(self._failures), self._cases])
        for leak in ("Traceback", PASSWORD, "Bug in winsec.lsa", "<html"):
            assert leak not in run.output
        assert not self._failures, "\n".join(self._failures)
        assert self._cases == len(run.results)


@pytest.fixture
def tally(record_property: t.Callable[[str, object], None]) -> Tally:
    return Tally(record_property)


def stored(subject: Fleet, host: str) -> t.Any:
    return value(subject.stored(host), LSA, "UseMachineId")


def converges(start: FleetFactory, left: dict[str, tuple[str, t.Any]]) -> None:
    """``left`` is the connection of each host, and what is stored there."""
    form = {name: {"connection": connection, "registry": registry(kept)} for name, (connection, kept) in left.items()}
    subject = start(form)
    run = subject.play(ENFORCE, options=[FORKS])
    for host, found in run.of("enforce").items():
        assert found.status == ("ok" if left[host][1] == WANTED else "changed"), found
        assert stored(subject, host) == WANTED, host


def test_faults_over_http(fleet: FleetFactory, tally: Tally) -> None:
    hosts: dict[str, dict[str, t.Any]] = {}
    expected: dict[str, Expected] = {}
    for (name, step, rule, fault), connection in itertools.product(over_http(), CONNECTIONS):
        hosts[f"{name}-{connection}"] = {"connection": connection, "scheme": fault.scheme, "misbehave": rule}
        expected[f"{name}-{connection}"] = Expected(fault.ends(step, rule), fault.words)
    subject = fleet(hosts)
    change(subject, lambda name: TIMES[name.rpartition("-")[2]])
    run = subject.play(ENFORCE, options=[FORKS])
    left: dict[str, tuple[str, t.Any]] = {}
    for host, found in run.of("enforce").items():
        left[host] = (hosts[host]["connection"], stored(subject, host))
        tally.check(found, expected[host], left[host][1])
    tally.close(run)
    converges(fleet, left)


CERTIFICATES = {"expired": "expired", "wrongname": "wrong_name", "unknown": "untrusted"}
CERTIFICATE = "The TLS certificate of the host is not accepted"


def at_connect() -> dict[str, tuple[dict[str, t.Any], dict[str, t.Any], str]]:
    """The form of a host, variables in place of the endpoint's, and words."""
    return {
        **{
            name: ({"scheme": "https", "tls": {"certificate": form}}, {}, CERTIFICATE)
            for name, form in CERTIFICATES.items()
        },
        "closed": ({}, {"ansible_port": 1}, "The host refused the connection"),
        "unnamed": ({}, {"ansible_host": "no-such-host.invalid"}, "name of the host could not be resolved"),
        "password": ({}, {"ansible_password": "another-than-that"}, "The host refused the login"),
        "ntlmpassword": (
            {"authentication": ["ntlm"]},
            {"ansible_password": "another-than-that"},
            "The host refused the login",
        ),
    }


#: What is said in the clear where a login should begin.
AT_LOGIN = {f"status{status}": Answer(status) for status in (200, 400, 403, 404, 413, 429, 500)} | {
    "status503": Answer(503, {"Retry-After": "1"})
}


class Refuses(NtlmImpostor):
    """Says the same at the first part of a login already."""

    def answer_to_login(self, _authorization: str) -> Answer:
        return self.says


def test_faults_at_connect_and_login(fleet: FleetFactory, tally: Tally) -> None:
    cases = {
        **at_connect(),
        **{name: ({"authentication": ["ntlm"]}, {}, "not the host that was asked") for name in AT_LOGIN},
        "silence": ({}, {}, "did not answer in time"),
        "handshake": ({"scheme": "https"}, {}, "did not answer in time"),
    }
    hosts = {f"{name}-{each}": {**case[0], "connection": each} for name, case in cases.items() for each in CONNECTIONS}
    subject = fleet(hosts)
    with contextlib.ExitStack() as running:
        ports = {name: running.enter_context(Refuses(answer)).port for name, answer in AT_LOGIN.items()}
        ports["silence"] = running.enter_context(HostileServer("silence")).port
        ports["handshake"] = running.enter_context(HostileServer("slowhandshake")).port

        def variables(host: str) -> dict[str, t.Any]:
            name, connection = host.split("-")
            port = {"ansible_port": ports[name]} if name in ports else {}
            return {**TIMES[connection], **cases[name][1], **port}

        change(subject, variables)
        run = subject.play(ENFORCE, options=[FORKS])
    for host, found in run.of("enforce").items():
        tally.check(found, Expected(LOST, cases[host.split("-")[0]][2]), stored(subject, host))
    tally.close(run)


AT_CLOSE: dict[str, dict[str, t.Any]] = {
    "reset": {"close_connection": True},
    "cut": {"body": "cut"},
    "hang": {"delay": 3600},
    "login": {"refuse_login": True},
    "page": {"body": "html_200"},
    "garbage": {"body": "garbage"},
    "oversized": {"body": "oversized"},
    "unavailable": {"body": "unavailable"},
    "quota": {"fault": "quota_operations"},
    "denied": {"fault": "access_denied"},
}


def test_faults_at_close(fleet: FleetFactory, tmp_path: Path, tally: Tally) -> None:
    """All has been done by then: a shell that does not close is nothing that a user could do something about."""
    registries = {
        f"{name}-{connection}": ImitatedRegistry(tmp_path / f"{name}-{connection}")
        for name, connection in itertools.product(AT_CLOSE, CONNECTIONS)
    }
    hosts = {
        host: {
            "connection": host.split("-")[1],
            "reg_exe": kept.reg_exe,
            "misbehave": {**AT_CLOSE[host.split("-")[0]], "only": ["Delete"]},
        }
        for host, kept in registries.items()
    }
    subject = fleet(hosts)
    change(subject, lambda host: TIMES[host.split("-")[1]])
    run = subject.play({"name": "enforce", "winsec.lsa.use_machine_id": {"via": "reg"}}, options=[FORKS])
    for host, found in run.of("enforce").items():
        tally.check(found, Expected(DONE, ""), registries[host].values(LSA).get("UseMachineId") and WANTED)
    tally.close(run)


def test_faults_over_ssh(tmp_path: Path, tally: Tally) -> None:
    subject = Controller(tmp_path / "run")
    hosts: dict[str, dict[str, t.Any]] = {}
    registries: dict[str, ImitatedRegistry] = {}
    for fault, step in itertools.product(SSH, STEPS):
        folder = tmp_path / f"{fault}-{step}"
        folder.mkdir()
        registries[folder.name] = kept = ImitatedRegistry(folder / "registry")
        (folder / "case.json").write_text(json.dumps({"fault": fault, "step": step}))
        ssh = folder / "ssh"
        program = [sys.executable, "-I", str(Path(__file__).with_name("ssh.py")), str(folder), *kept.reg_exe, "--"]
        ssh.write_text(f'#!/bin/sh\nexec {shlex.join(program)} "$@"\n')
        ssh.chmod(0o755)
        hosts[folder.name] = {"ansible_ssh_executable": str(ssh)}
    known = {"ansible_connection": "ssh", "ansible_shell_type": "cmd", "ansible_host": "127.0.0.1"}
    times = {"ansible_ssh_timeout": TIME - 50, "ansible_control_path_dir": str(tmp_path / "cp")}
    subject.inventory.write_text(yaml.safe_dump({"windows": {"vars": {**known, **times}, "hosts": hosts}}))
    run = subject.play(ENFORCE, options=[FORKS])
    for host, found in run.of("enforce").items():
        fault, step = host.split("-")
        statuses, words = SSH[fault]
        # What becomes of a write is read over another connection, where this fault is over.
        is_done = (step == "readback" and statuses == LOST) or (fault, step) == ("lost", "write")
        if fault in ("empty", "garbage"):  # what says nothing is asked once more
            statuses = (*statuses, *DONE)
        is_stored = "UseMachineId" in registries[host].values(LSA)
        tally.check(found, Expected(DONE if is_done else statuses, words), WANTED if is_stored else None)
    tally.close(run)
    for host in hosts:
        (tmp_path / host / "case.json").unlink()
    again = subject.play(ENFORCE, options=[FORKS])
    for host, found in again.of("enforce").items():
        assert found.status in DONE, found
        assert "UseMachineId" in registries[host].values(LSA), host
