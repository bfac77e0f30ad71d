# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Over SSH, each failure has its status and its message, and leaves the registry as it was."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.plugins.connection import ssh

from ..support.expectations import LSA, MSV1_0, ONE, Stored
from .ssh_server import make_key

if t.TYPE_CHECKING:
    from ..support.runs import TaskResult
    from .rig import Rig

FACTS, MODULE = "winsec.lsa.use_machine_id_facts", "winsec.lsa.use_machine_id"


def outcome(rig: Rig, host: str, **options: t.Any) -> TaskResult:
    """Return the result of the module on one host. The keywords go to the play."""
    run = rig.play({"name": "enforce", MODULE: {}, **options}, hosts=host)
    assert "Traceback" not in run.output
    assert "Bug in winsec.lsa" not in run.output
    return run.of("enforce")[host]


#: Both generations, the localized ones, and both shells.
SOME_HOSTS = ("vista", "srv2022", "dc2019", "srv2025")


def test_a_key_that_denies_reading_is_not_taken_for_an_absent_value(rig: Rig) -> None:
    rig.store(dict.fromkeys(SOME_HOSTS, Stored(ONE)))
    before = rig.stored()
    with rig.permissions("none", *SOME_HOSTS), rig.permissions("none", "win7", key=MSV1_0):
        run = rig.play(
            {"name": "facts", FACTS: {}, "ignore_errors": True},
            {"name": "enforce", MODULE: {}, "ignore_errors": True},
            {"name": "remove", MODULE: {"state": "not_defined"}},
            hosts=":".join([*SOME_HOSTS, "win7"]),
        )
    assert len(run.results) == 3 * (len(SOME_HOSTS) + 1)
    for result in run.results:
        assert (result.status, result.result["changed"]) == ("failed", False), run.output
        key = MSV1_0 if result.host == "win7" else LSA
        assert (
            rf"When reading HKLM\{key}, reg.exe on the host failed, as it does where access is denied"
            in result.result["msg"]
        )
        assert "ansible_facts" not in result.result
    assert rig.stored() == before


def test_a_key_that_denies_writing_can_be_read(rig: Rig) -> None:
    rig.store({"win11": Stored(ONE), "srv2008": Stored(ONE)})
    before = rig.stored()
    enforced, removed = SOME_HOSTS, ("win11", "srv2008")
    with rig.permissions("read", *enforced, *removed):
        run = rig.play(
            {"name": "facts", FACTS: {}},
            {
                "name": "compliant",
                MODULE: {"state": "{{ 'enabled' if inventory_hostname in removed else 'not_defined' }}"},
            },
            {
                "name": "change",
                MODULE: {"state": "{{ 'not_defined' if inventory_hostname in removed else 'enabled' }}"},
            },
            hosts=":".join([*enforced, *removed]),
            vars={"removed": [*removed]},
        )
    assert rig.stored() == before
    assert {result.status for name in ("facts", "compliant") for result in run.of(name).values()} == {"ok"}, run.output
    for host, failure in run.of("change").items():
        assert (failure.status, failure.result["changed"]) == ("failed", False)
        # Also where the removal fails as it would for an absent value.
        verb, configured = ("removing", "enabled") if host in removed else ("writing", "not_defined")
        assert rf"When {verb} HKLM\{LSA}\UseMachineId, reg.exe on the host failed" in failure.result["msg"]
        assert failure.result["use_machine_id"]["configured"] == configured


def test_a_host_that_cannot_be_reached_or_refuses_the_key(rig: Rig) -> None:
    other_key = make_key(rig.folder / "other")
    expected: dict[str, tuple[dict[str, t.Any], str]] = {
        "gone": ({"ansible_port": 1}, "Connection refused"),
        "refused": ({"ansible_private_key_file": str(other_key)}, "Permission denied"),
        "changed": ({"ansible_ssh_extra_args": "-o HostKeyAlias=another"}, "Host key verification failed"),
    }
    # Not over the connection that is open to the same address.
    fresh = {"ansible_ssh_args": "-o ControlMaster=no -o ControlPath=none"}
    rig.add_hosts({name: {**fresh, **variables} for name, (variables, _words) in expected.items()}, like="win10")
    run = rig.play({"name": "enforce", MODULE: {}}, {"name": "next", MODULE: {}}, hosts=":".join([*expected, "dying"]))
    for host, (_variables, words) in {**expected, "dying": ({}, "")}.items():
        result = run.of("enforce")[host]
        assert result.status == "unreachable", run.output
        assert words in result.result["msg"], result
    assert run.of("next") == {}
    assert rig.commands("win10") == []


#: A host, what its inventory says wrong (None: does not say), and the words for it.
WRONG_SHELLS: tuple[tuple[str, dict[str, t.Any], str], ...] = (
    (
        "srv2022",
        {"ansible_shell_type": None},
        "The connection 'ssh' can't be used to reach the registry of a Windows host",
    ),
    (
        "srv2022",
        {"ansible_shell_type": "sh"},
        "The connection 'ssh' can't be used to reach the registry of a Windows host",
    ),
    ("srv2022", {"ansible_shell_type": "powershell"}, "reg.exe on the host reported no Windows version"),
    ("srv2025", {"ansible_shell_type": "cmd"}, "reg.exe on the host reported no Windows version"),
    ("srv2022", {"ansible_ssh_extra_args": "-tt"}, "The host answers through a terminal"),
)


def test_the_shell_type_has_to_be_that_of_the_host(rig: Rig) -> None:
    hosts = {f"wrong{number}": case for number, case in enumerate(WRONG_SHELLS)}
    for name, (host, variables, _words) in hosts.items():
        rig.add_hosts({name: variables}, like=host)
    run = rig.play({"name": "enforce", MODULE: {}}, hosts=":".join(hosts))
    for name, (_host, _variables, words) in hosts.items():
        result = run.of("enforce")[name]
        assert result.status == "failed", result
        assert words in result.result["msg"]
        assert "ansible_shell_type" in result.result["msg"]
    for host in ("srv2022", "srv2025"):
        assert "UseMachineId" not in rig.stored()[host][LSA]


#: Two that are not ssh: another one of ansible-core, and one under a name that nobody knows.
OTHER_CONNECTIONS: dict[str, dict[str, t.Any]] = {
    "paramiko": {
        "ansible_connection": "paramiko_ssh",
        "ansible_host_key_checking": False,
        "ansible_paramiko_record_host_keys": False,
    },
    "another": {"ansible_connection": "another_ssh"},
}


@pytest.mark.parametrize("host", ["srv2022", "srv2025"])
def test_any_connection_whose_shell_is_a_windows_one_is_served(rig: Rig, host: str) -> None:
    folder = rig.folder / "connection"
    folder.mkdir(exist_ok=True)
    source = Path(ssh.__file__).read_text().replace("transport = 'ssh'", "transport = 'another_ssh'")
    (folder / "another_ssh.py").write_text(source.replace("name: ssh", "name: another_ssh"))
    rig.add_hosts(OTHER_CONNECTIONS, like=host)
    for name in OTHER_CONNECTIONS:
        rig.store({})
        rig.forget_commands()
        run = rig.play({"name": "enforce", MODULE: {}}, {"name": "again", MODULE: {}}, hosts=name)
        assert [result.status for result in run.results] == ["changed", "ok"], run.output
        assert rig.stored()[host][LSA]["UseMachineId"] == ONE
        assert all(command.startswith("reg.exe ") for command in rig.commands(host))


def test_a_host_other_than_windows_is_not_guessed_at(rig: Rig) -> None:
    result = outcome(rig, "linux")
    assert result.status == "failed"
    assert "reg.exe on the host reported no Windows version" in result.result["msg"]
