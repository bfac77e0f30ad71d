# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever answers takes a bounded time and a bounded memory of the controller, in any thread."""

from __future__ import annotations

import concurrent.futures
import contextlib
import itertools
import os
import socket
import typing as t

import pytest

from ..support.fleet import CONNECTIONS, PASSWORD
from ..support.hostile import HTTP, TLS, HostileServer
from ..support.visits import Stay, measured, visit

if t.TYPE_CHECKING:
    from pathlib import Path

#: Seconds of the read time-out, and for what it bounds to be over on a busy machine.
TIME = 3
SLACK = 30

#: Octets: 512 KB of an answer, as they come and in one piece, and what pywinrm, pypsrp and requests are made of.
MEMORY = 8 * 2**20

LOGINS: dict[str, dict[str, dict[str, t.Any]]] = {
    "winrm": {"basic": {"ansible_winrm_transport": ["basic"]}, "ntlm": {"ansible_winrm_transport": ["ntlm"]}},
    "psrp": {
        "basic": {"ansible_psrp_auth": "basic", "ansible_psrp_message_encryption": "never"},
        "ntlm": {"ansible_psrp_auth": "ntlm"},
    },
}
#: Those that an answer in the clear can't pass at all.
WAYS = [
    (name, connection, login)
    for name, connection, login in itertools.product((*HTTP, *TLS), CONNECTIONS, ("basic", "ntlm"))
    if login == "basic" or name in ("slowheader", "slowlogin", "largelogin", "endlesscontinue")
]


def variables(server: HostileServer, name: str, connection: str, login: str) -> dict[str, t.Any]:
    scheme = "https" if name in TLS else "http"
    times = {
        "winrm": {"ansible_winrm_read_timeout_sec": TIME, "ansible_winrm_operation_timeout_sec": 1},
        "psrp": {f"ansible_psrp_{each}_timeout": TIME for each in ("read", "connection", "operation")},
    }
    named = {"winrm": {"ansible_winrm_scheme": scheme}, "psrp": {"ansible_psrp_protocol": scheme}}
    known = {**times[connection], **named[connection], **LOGINS[connection][login]}
    return {"ansible_port": server.port, **known}


def assert_told(stay: Stay, *classes: str) -> None:
    assert set(classes) & set(stay.kinds), stay
    for leak in (PASSWORD, "Traceback", "Bug in"):
        assert leak not in stay.message


SLOW = ("slowbody", "slowheader", "slowcontinue", "slowlogin", "silence", *TLS)


def test_an_answer_that_does_not_come_to_its_end_ends_with_the_time_out_of_the_connection() -> None:
    """All at once, each in a thread of its own."""
    cases = [case for case in WAYS if case[0] in SLOW]
    with contextlib.ExitStack() as running, concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        servers = [running.enter_context(HostileServer(name)) for name, _connection, _login in cases]
        stays = pool.map(
            lambda server, case: visit(case[1], variables(server, *case)), servers, cases, timeout=10 * SLACK
        )
        for case, server, stay in zip(cases, servers, stays, strict=True):
            assert_told(stay, "Unreachable")
            assert f"did not answer in time: it had {TIME} seconds" in stay.message, (case, stay)
            assert "raise ansible_winrm_read_timeout_sec" in stay.message
            assert TIME <= stay.seconds < TIME + SLACK, (case, stay)
            assert server.connections == 1, (case, "it is not tried again")


def test_a_host_ends_with_the_deadline_of_the_caller() -> None:
    with HostileServer("slowbody") as server:
        known = {"ansible_port": server.port, **LOGINS["psrp"]["basic"], "ansible_psrp_protocol": "http"}
        stay = visit("psrp", known, 0.5)
    assert_told(stay, "Unreachable")
    assert stay.message.startswith("The host did not finish in time: 0.5 seconds are over.")
    assert "raise the time of the caller" in stay.message
    assert stay.seconds < 0.5 + SLACK


@contextlib.contextmanager
def never_accepting() -> t.Iterator[int]:
    """The port of a listener that has no room for one more connection, so that one is never made (listen(2))."""
    with contextlib.ExitStack() as opened:
        listening = opened.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _waiting in range(4):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield int(listening.getsockname()[1])


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_a_name_with_many_dead_addresses_ends_with_the_time_of_the_host(
    connection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with never_accepting() as port:
        dead = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] * 100
        resolve = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *more, **named: dead if host == "dead" else resolve(host, *more, **named),
        )
        known = {"ansible_port": port, "ansible_host": "dead", **LOGINS[connection]["basic"]}
        times = {"ansible_winrm_read_timeout_sec": 2, "ansible_winrm_operation_timeout_sec": 1}
        retries = {"ansible_psrp_reconnection_retries": 9, "ansible_psrp_reconnection_backoff": 100}
        schemes = {"ansible_winrm_scheme": "http", "ansible_psrp_protocol": "http"}
        psrp = {f"ansible_psrp_{name}_timeout": 2 for name in ("read", "connection", "operation")} | retries
        stay = visit(connection, {**known, **schemes, **(times if connection == "winrm" else psrp)}, 5)
    assert_told(stay, "Unreachable")
    assert stay.message.startswith("The host did not finish in time: 5 seconds are over.")
    assert 5 <= stay.seconds < 5 + SLACK


@pytest.mark.parametrize(("name", "connection", "login"), [case for case in WAYS if case[0] not in SLOW])
def test_an_answer_is_cut_off(name: str, connection: str, login: str) -> None:
    with HostileServer(name) as server:
        stay = measured(connection, variables(server, name, connection, login))
    assert_told(stay, "NotUnderstood", "NotServed", "LoginRefused")
    assert stay.peak < MEMORY, stay
    assert stay.seconds < SLACK, stay


#: What plays ssh: it writes for ever, or says nothing.
SSH = {
    "stdout": "exec head -c 480000000 /dev/zero",
    "stderr": "exec head -c 480000000 /dev/zero >&2",
    "hang": "exec sleep 600",
    "stubborn": "trap '' TERM; while :; do sleep 600; done",
}


@pytest.mark.parametrize("name", SSH)
def test_a_command_over_ssh_is_cut_off_and_its_process_ended(name: str, tmp_path: Path) -> None:
    ssh, started = tmp_path / "ssh", tmp_path / "started"
    ssh.write_text(f"#!/bin/sh\necho $$ >>{started}\n{SSH[name]}\n")
    ssh.chmod(0o755)
    stay = measured("ssh", {"ansible_ssh_executable": str(ssh), "ansible_ssh_timeout": TIME - 50})
    if name in ("hang", "stubborn"):
        assert_told(stay, "Unreachable")
        assert f"did not finish within {TIME} seconds" in stay.message
    else:
        assert_told(stay, "NotUnderstood")
        assert "more than 4194304 bytes" in stay.message
    assert stay.seconds < TIME + SLACK
    assert stay.peak < 2 * MEMORY, stay
    (process,) = map(int, started.read_text().split())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
