# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose session a connection has, on plugins that play it."""

from __future__ import annotations

import os
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible import sessions
from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.sessions import (
    by_master,
    end,
    fingerprint,
    leave,
    path_of_master,
    take_up,
)

OPTIONS: dict[str, t.Any] = {"remote_addr": "host", "port": 5985, "remote_password": "s3cret", "auth": ["ntlm"]}
#: Where a plugin keeps its session.
KEPT_IN = {"winrm": "protocol", "psrp": "runspace"}


class Connection:
    """A plugin with options and a session, as far as both are used here."""

    def __init__(self, transport: str = "winrm", **options: t.Any) -> None:
        self.transport = transport
        self._options = {**OPTIONS, "_extras": {}, **options}
        self._play_context = types.SimpleNamespace(remote_addr="host", password="")
        self._connected = True
        self.protocol: str | None = None
        self.shell_id: str | None = None
        self.runspace: str | None = None
        self.closed: list[str | None] = []
        self.breaks = False

    @property
    def option_definitions(self) -> dict[str, t.Any]:
        return {"path": {}, **self._options}

    def get_option(self, name: str) -> t.Any:
        return {"path": "wsman", **self._options}[name]

    def set_option(self, name: str, content: t.Any) -> None:
        self._options[name] = content

    def open(self) -> None:
        setattr(self, KEPT_IN.get(self.transport, "session"), f"of {self._options['port']}")

    def close(self) -> None:
        self.closed.append(getattr(self, KEPT_IN.get(self.transport, "session"), None))
        if self.breaks:
            raise OSError("the host is gone")


def of(connection: Connection) -> bytes:
    return fingerprint(t.cast(t.Any, connection))


def take(connection: Connection) -> None:
    take_up(t.cast(t.Any, connection))


CHANGES: dict[str, t.Any] = {
    "port": 5986,
    "remote_password": "another",
    "path": "elsewhere",
    "_extras": {"ansible_winrm_proxy": "http://proxy"},
    "auth": ["ntlm", "basic"],
    "of_a_later_release": True,
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_option_tells_two_connections_apart(name: str) -> None:
    assert of(Connection()) == of(Connection())
    assert of(Connection()) != of(Connection(**{name: CHANGES[name]}))


@pytest.mark.parametrize("name", ["remote_addr", "password"])
def test_so_does_what_a_plugin_takes_from_the_play_context(name: str) -> None:
    connection = Connection()
    setattr(connection._play_context, name, "another")
    assert of(connection) != of(Connection())


def test_nobody_else_can_make_a_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = of(Connection())
    monkeypatch.setattr(sessions, "_KEY", os.urandom(32))
    assert of(Connection()) != before


@pytest.mark.parametrize("transport", KEPT_IN)
def test_a_session_is_kept_for_the_same_options_and_no_others(transport: str) -> None:
    connection = Connection(transport)
    take(connection)
    connection.open()
    leave(t.cast(t.Any, connection))
    take(connection)
    assert connection.closed == []
    connection.set_option("port", 5986)
    take(connection)
    assert connection.closed == ["of 5985"]
    assert (connection.protocol, connection.runspace) == (None, None)


def test_a_session_that_somebody_else_has_opened_is_not_used() -> None:
    connection = Connection()
    connection.open()
    take(connection)
    assert (connection.protocol, connection.closed) == (None, ["of 5985"])


def test_what_another_object_has_open_is_closed_before_the_next_item() -> None:
    first, second = Connection(), Connection("psrp")
    take(first)
    first.open()
    leave(t.cast(t.Any, first))
    take(second)
    assert first.closed == ["of 5985"]


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("transport", KEPT_IN)
def test_nothing_is_left_of_a_session_that_could_not_be_closed(transport: str, lost: bool) -> None:
    connection = Connection(transport)
    connection.open()
    connection.breaks = True
    end(t.cast(t.Any, connection), lost=lost)
    assert connection.closed == [None if lost else "of 5985"]
    assert (connection.protocol, connection.runspace, connection._connected) == (None, None, False)


def test_a_plugin_that_keeps_its_session_elsewhere_is_closed_after_each_item() -> None:
    connection = Connection("paramiko")
    take(connection)
    connection.open()
    leave(t.cast(t.Any, connection))
    assert (connection.closed, connection._connected) == (["of 5985"], False)


@pytest.mark.parametrize("at_start", [None, "FILE:of-the-user"])
def test_the_ticket_of_an_earlier_item_is_not_used(monkeypatch: pytest.MonkeyPatch, at_start: str | None) -> None:
    monkeypatch.setattr(sessions, "_tickets", [at_start])
    monkeypatch.setenv("KRB5CCNAME", "FILE:of-an-earlier-item")
    connection = Connection()
    take(connection)
    assert os.environ.get("KRB5CCNAME") == at_start
    monkeypatch.setenv("KRB5CCNAME", "FILE:of-this-item")
    connection.open()
    take(connection)
    assert os.environ.get("KRB5CCNAME") == "FILE:of-this-item"


def master(folder: str, **options: t.Any) -> str:
    return path_of_master(t.cast(t.Any, Connection("ssh", control_path_dir=folder, **options)))


def test_connections_that_differ_have_masters_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HERE", "cp")
    monkeypatch.setattr(sessions, "_MASTER_PATH", 1000)
    assert master("$HERE") == master("$HERE")
    assert master("$HERE") != master("$HERE", ssh_common_args="-J bastion")
    assert Path(master("$HERE")).parent == tmp_path / "cp"
    assert (tmp_path / "cp").stat().st_mode & 0o777 == 0o700


def test_where_there_can_be_no_socket_there_is_no_master(tmp_path: Path) -> None:
    assert master(str(tmp_path / ("long" * 30))) == "none"
    (tmp_path / "file").touch()
    assert master(str(tmp_path / "file")) == "none"


@pytest.mark.parametrize("given", [None, "-o Cipher=x"])
def test_the_master_is_named_last_and_for_a_command_only(given: str | None) -> None:
    connection = Connection("ssh", ssh_extra_args=given)
    with by_master(connection, "/home/a b/100%"):
        assert connection.get_option("ssh_extra_args") == f"{given or ''} -S '/home/a b/100%%'".lstrip()
    assert connection.get_option("ssh_extra_args") == given


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("transport", KEPT_IN)
def test_a_session_ends_with_its_sockets(transport: str, lost: bool) -> None:
    """Many hosts are asked by one process, which would keep them until its garbage is collected."""
    closed: list[str] = []
    pywinrm = types.SimpleNamespace(transport=types.SimpleNamespace(close_session=lambda: closed.append("winrm")))
    pypsrp = types.SimpleNamespace(transport=types.SimpleNamespace(close=lambda: closed.append("psrp")))
    connection = Connection(transport)
    setattr(
        connection, KEPT_IN[transport], {"winrm": pywinrm, "psrp": types.SimpleNamespace(connection=pypsrp)}[transport]
    )
    end(t.cast(t.Any, connection), lost=lost)
    assert closed == [transport]
