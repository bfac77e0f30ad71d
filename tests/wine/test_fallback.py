# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fallback from WMI to reg.exe over winrm and psrp: when it happens, and how ``via`` changes that."""

from __future__ import annotations

import typing as t

import pytest

from ..support.expectations import LSA, ONE, ZERO, Stored
from ..support.fleet import CONNECTIONS, Fleet, over_both, registry

if t.TYPE_CHECKING:
    from pathlib import Path

    from .rig import Rig

    FleetFactory = t.Callable[..., Fleet]
    Form = dict[str, t.Any]

MODULE = "winsec.lsa.use_machine_id"
FACTS = "winsec.lsa.use_machine_id_facts"
WARNING = "Fell back to reg.exe in a shell of the connection, because WMI could not be used. "
NAME = rf"HKLM\{LSA}\UseMachineId"
DENIED = "WinRM or WMI on the host denied access to this user"
NO_VERSION = f"When reading the Windows version, {DENIED}"

#: The host of the rig whose reg.exe all of these have.
HOST = "srv2012r2"

#: Misbehavior of WMI for which reg.exe is run, and the cause that the warning names.
CAUSES: dict[str, tuple[Form, str]] = {
    "winrm": ({"misbehave": {"fault": "access_denied", "only": ["wmi"]}}, NO_VERSION),
    "service": ({"misbehave": {"fault": "wmi_access_denied", "only": ["wmi"]}}, NO_VERSION),
    "provider": ({"misbehave": {"deny_reads": "fault"}}, f"When reading {NAME}, {DENIED}"),
    "class": ({"answers": {"namespaces": []}}, "The host does not have the method GetDWORDValue of the WMI class"),
    "code": ({"misbehave": {"return_value": "missing", "only": ["reads"]}}, "the host sent no return value"),
    "write": ({"misbehave": {"deny_writes": "fault"}}, f"When writing {NAME}, {DENIED}"),
}

#: Answers of a host that must not be circumvented, the status of the task, and what is in its message.
ANSWERS: dict[str, tuple[Form, str, str]] = {
    "key": (
        {"misbehave": {"deny_reads": True}},
        "failed",
        f"When reading {NAME}, the registry of the host denied access",
    ),
    "keywrite": (
        {"misbehave": {"deny_writes": True}},
        "failed",
        f"When writing {NAME}, the registry of the host denied access",
    ),
    "unstuck": ({"misbehave": {"lose_writes": True}}, "failed", "was set to REG_DWORD 1, but afterwards there is none"),
    "proof": (
        {"misbehave": {"fault": "access_denied", "only": ["GetDWORDValue"], "after": 3}},
        "failed",
        f"When reading {NAME}, {DENIED}",
    ),
    "quota": ({"misbehave": {"fault": "quota_operations"}}, "failed", "A WinRM quota of the host is used up"),
    "fault": ({"misbehave": {"fault": "unknown"}}, "failed", "the host returned a fault"),
    "page": ({"misbehave": {"body": "html_200"}}, "failed", "an HTML page"),
    "gone": ({"misbehave": {"close_connection": True}}, "unreachable", "The connection to the host was lost"),
}


@pytest.fixture
def fleet(tmp_path: Path) -> t.Iterator[FleetFactory]:
    """Start fleets that end with the test."""
    running: list[Fleet] = []

    def start(hosts: Form) -> Fleet:
        running.append(Fleet(tmp_path / f"fleet{len(running)}", hosts))
        return running[-1]

    yield start
    for started in running:
        started.close()


def shells(subject: Fleet, host: str) -> int:
    return subject.actions(host)["Create"]


def calls(subject: Fleet, host: str) -> set[str]:
    """The requests that are none of a shell."""
    return subject.actions(host).keys() - {"Create", "Command", "Send", "Receive", "Signal", "Delete", ""}


def stored(rig: Rig) -> t.Any:
    return rig.stored()[HOST][LSA].get("UseMachineId")


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_where_wmi_is_not_served_reg_exe_does_it_with_one_warning(
    rig: Rig, fleet: FleetFactory, connection: str
) -> None:
    reg_exe = {"reg_exe": rig.reg_exe(HOST), "connection": connection, "authentication": ["ntlm"]}
    subject = fleet({name: {**reg_exe, **form} for name, (form, _words) in CAUSES.items()})
    for before, after, status in ((None, ONE, "changed"), (ONE, ONE, "ok")):
        assert stored(rig) == before
        # One after the other: all of them have the same registry.
        for name, (_form, words) in CAUSES.items():
            run = subject.play(
                {"name": "enforce", MODULE: {}, "register": "policy"},
                {"name": "warnings", "ansible.builtin.debug": {"var": "policy.warnings"}},
                hosts=name,
            )
            # Reading by WMI shows the endpoint's own registry, in which there is nothing yet.
            expected = "changed" if name == "write" else status
            assert run.of("enforce")[name].status == expected, run.output
            (warning,) = run.of("warnings")[name].result["policy.warnings"]
            assert warning.startswith(WARNING), warning
            assert words in warning, warning
            assert stored(rig) == after
            if status == "changed":
                rig.reset()
        rig.store({HOST: Stored(after)})


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_an_answer_is_not_got_around(rig: Rig, fleet: FleetFactory, connection: str) -> None:
    reg_exe = {"reg_exe": rig.reg_exe(HOST), "connection": connection}
    subject = fleet({name: {**reg_exe, **form} for name, (form, _status, _words) in ANSWERS.items()})
    run = subject.play({"name": "enforce", MODULE: {}})
    for name, (_form, status, words) in ANSWERS.items():
        result = run.of("enforce")[name]
        assert (result.status, shells(subject, name)) == (status, 0), (name, result)
        assert words in result.result["msg"], (name, result.result["msg"])
    assert "reg.exe" not in run.output
    assert stored(rig) is None


def test_a_refused_login_is_not_tried_again(rig: Rig, fleet: FleetFactory) -> None:
    subject = fleet(over_both({"host": {"reg_exe": rig.reg_exe(HOST), "authentication": ["ntlm"]}}))
    run = subject.play({"name": "enforce", MODULE: {}}, vars={"ansible_password": "not-this-one"})
    for host, result in run.of("enforce").items():
        assert result.status == "unreachable"
        attempts = [request["login"] for request in subject.requests(host) if request["login"] != "begun"]
        assert attempts.count("refused") == 1, (host, attempts)


def test_via_takes_one_way_only(rig: Rig, fleet: FleetFactory) -> None:
    host: Form = {"reg_exe": rig.reg_exe(HOST), "registry": registry(ZERO)}
    refused = {**host, "misbehave": {"fault": "access_denied", "only": ["wmi"]}}
    subject = fleet(over_both({"reg": host, "wmi": host, "refused": refused}))
    rig.store({HOST: Stored(ONE)})
    run = subject.play(
        {"name": "facts", FACTS: {"via": "{{ 'reg' if inventory_hostname.startswith('reg') else 'wmi' }}"}}
    )
    for connection in CONNECTIONS:
        by_reg, by_wmi, refusal = (run.of("facts")[f"{name}-{connection}"] for name in ("reg", "wmi", "refused"))
        assert by_reg.result["ansible_facts"]["use_machine_id"]["configured"] == "enabled", "what Wine has"
        assert calls(subject, f"reg-{connection}") == set()
        assert by_wmi.result["ansible_facts"]["use_machine_id"]["configured"] == "disabled", "what the endpoint has"
        assert refusal.status == "failed"
        assert NO_VERSION in refusal.result["msg"]
        assert [shells(subject, f"{name}-{connection}") for name in ("wmi", "refused")] == [0, 0]
    assert "[WARNING]" not in run.output


def test_where_neither_serves_both_causes_are_told(fleet: FleetFactory) -> None:
    subject = fleet(over_both({"host": CAUSES["winrm"][0]}))
    run = subject.play({"name": "enforce", MODULE: {}})
    for host, result in run.of("enforce").items():
        assert result.status == "failed", (host, result)
        assert NO_VERSION in result.result["msg"]
        assert "The fallback, reg.exe in a shell of the connection, failed too" in result.result["msg"]


def test_items_of_a_loop_and_several_transports(rig: Rig, fleet: FleetFactory) -> None:
    host = {"reg_exe": rig.reg_exe(HOST), "authentication": ["ntlm"], **CAUSES["winrm"][0]}
    subject = fleet(over_both({"host": host}))
    run = subject.play(
        {"name": "enforce", MODULE: {"state": "{{ item }}"}, "loop": ["enabled", "disabled", "disabled", "enabled"]},
        serial=1,
        vars={"ansible_winrm_transport": ["basic", "ntlm"]},
    )
    # Both have the same registry, so the second host finds what the first one has left.
    first, second = ([item["changed"] for item in result.result["results"]] for result in run.results)
    assert (first, second) == ([True, True, False, True], [False, True, False, True]), run.output
    assert stored(rig) == ONE
