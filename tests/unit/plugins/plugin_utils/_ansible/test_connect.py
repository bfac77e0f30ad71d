# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How connections are used: the short way where the plugins are as expected, the public one where they are not."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible import connect as connect_module
from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.connect import connect
from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.psrp import _wsman
from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.winrm import _protocol, open_shell
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.failover import FailoverHost
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import (
    HostError,
    NotServed,
    Unreachable,
    WindowsHost,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reg_exe import RegExeHost
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.wmi import WmiHost

from ..connections import visit


class WindowsShell:
    _IS_WINDOWS = True
    SHELL_FAMILY = "powershell"


class Winrm:
    """The winrm plugin as far as it is used here: it opens a shell unless it believes to have one."""

    transport = "winrm"

    _shell = WindowsShell()

    def __init__(self, transports: list[str], fails: bool = False) -> None:
        self.protocol: object | None = None
        self.shell_id: str | None = None
        self.runspace = None
        self.shells_opened = 0
        self.closed = 0
        self._transports = transports
        self._fails = fails

    def _build_winrm_kwargs(self) -> None:
        self._winrm_transport = self._transports

    def _connect(self) -> None:
        if self._fails:
            raise OSError("no route to host")
        self.protocol = self._winrm_connect()

    def _winrm_connect(self) -> object:
        methods: dict[str, t.Any] = {"send_message": None, "_send_message_request": None}
        transport = types.SimpleNamespace(endpoint="http://host:5985/wsman", **methods)
        if not self.shell_id:
            self.shell_id = self._open_shell(codepage=65001)
        return types.SimpleNamespace(transport=transport, operation_timeout_sec=20, open_shell=self._open_shell)

    def _open_shell(self, *, codepage: int) -> str:
        assert codepage == 65001
        self.shells_opened += 1
        return "a real shell"

    def close(self) -> None:
        self.closed += 1
        if self.protocol and self.shell_id:
            raise OSError("the shell can't be closed, the host is lost")

    def get_option(self, name: str) -> t.Any:
        raise KeyError(name)


def explain(exc: Exception) -> HostError:
    return HostError(str(exc), "Look.")


def reach(connection: t.Any, via: str = "auto") -> WindowsHost:
    return connect(connection, via, lambda _warning: None).__enter__()


def test_one_transport_needs_no_shell() -> None:
    connection = Winrm(["ntlm"])
    assert _protocol(connection, visit(explain)) is connection.protocol
    assert (connection.shells_opened, connection.shell_id) == (0, None)


def test_several_transports_are_tried_by_the_plugin_with_its_shell() -> None:
    connection = Winrm(["kerberos", "ntlm"])
    assert _protocol(connection, visit(explain)) is connection.protocol
    assert (connection.shells_opened, connection.shell_id) == (1, "a real shell")


@pytest.mark.parametrize("missing", ["shell_id", "_build_winrm_kwargs"])
def test_a_plugin_that_was_rebuilt_is_used_the_public_way(missing: str) -> None:
    rebuilt = type("Rebuilt", (Winrm,), {"_build_winrm_kwargs": property()}) if missing[0] == "_" else Winrm
    connection = rebuilt(["ntlm"])
    if missing == "shell_id":
        connection.shell_id = "some other meaning"
    assert _protocol(connection, visit(explain)) is connection.protocol
    assert connection.shell_id in ("a real shell", "some other meaning")


def test_no_false_shell_is_left_behind_when_connecting_fails() -> None:
    connection = Winrm(["ntlm"], fails=True)
    with pytest.raises(OSError, match="no route"):
        _protocol(connection, visit(explain))
    assert connection.shell_id is None


def test_a_later_item_of_a_loop_uses_the_same_protocol() -> None:
    connection = Winrm(["ntlm"])
    assert _protocol(connection, visit(explain)) is _protocol(connection, visit(explain))


def test_a_command_after_calls_without_a_shell_finds_one() -> None:
    connection = Winrm(["ntlm"])
    _protocol(connection, visit(explain))
    open_shell(connection, visit(explain))
    assert (connection.shells_opened, connection.shell_id) == (1, "a real shell")
    open_shell(connection, visit(explain))
    assert connection.shells_opened == 1


@pytest.mark.parametrize("transports", [["ntlm"], ["kerberos", "ntlm"]])
def test_a_command_before_any_call_finds_one_too(transports: list[str]) -> None:
    connection = Winrm(transports)
    open_shell(connection, visit(explain))
    assert (connection.shells_opened, connection.shell_id) == (1, "a real shell")


class Psrp:
    """The psrp plugin as far as it is used here."""

    transport = "psrp"

    def __init__(self) -> None:
        self.runspace: t.Any = None

    def _connect(self) -> None:
        self.runspace = types.SimpleNamespace(connection="the WSMan of the runspace")


def test_psrp_is_used_the_public_way_where_its_arguments_cannot_be_had() -> None:
    assert _wsman(Psrp(), visit(explain))[0] == "the WSMan of the runspace"


def test_psrp_uses_a_runspace_that_is_open() -> None:
    connection = Psrp()
    connection._connect()
    assert _wsman(connection, visit(explain))[0] == "the WSMan of the runspace"


class Ssh:
    """The ssh plugin as far as it is used here."""

    transport = "ssh"

    def __init__(self, *, is_windows: bool) -> None:
        self._shell = WindowsShell() if is_windows else types.SimpleNamespace(SHELL_FAMILY="sh")

    def close(self) -> None:
        pass

    def get_option(self, name: str) -> t.Any:
        raise KeyError(name)


def test_via_names_the_way() -> None:
    ways: dict[tuple[str, str], type] = {
        ("ssh", "auto"): RegExeHost,
        ("ssh", "reg"): RegExeHost,
        ("winrm", "auto"): FailoverHost,
        ("winrm", "wmi"): WmiHost,
        ("winrm", "reg"): RegExeHost,
    }
    for (transport, via), way in ways.items():
        connection = Winrm(["ntlm"]) if transport == "winrm" else Ssh(is_windows=True)
        assert isinstance(t.cast(t.Any, reach(connection, via))._host, way), (transport, via)


def test_a_command_of_an_earlier_try_that_still_runs_does_not_hide_that_the_shell_is_a_windows_one() -> None:
    connection = Ssh(is_windows=True)
    connection._shell._IS_WINDOWS = False
    assert isinstance(t.cast(t.Any, reach(connection))._host, RegExeHost)


def test_wmi_needs_a_connection_that_makes_its_calls() -> None:
    with pytest.raises(HostError, match=r"'ssh' can't make WMI calls\. Set via to auto or reg"):
        reach(Ssh(is_windows=True), "wmi")


def test_a_connection_that_leads_nowhere_names_what_is_supported() -> None:
    connection = Ssh(is_windows=False)
    connection.transport = "network_cli"
    with pytest.raises(
        HostError, match=r"'network_cli' can't be used to reach .* Set ansible_connection to winrm or psrp"
    ):
        reach(connection)


def test_a_missing_parser_is_named_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_module, "HAS_DEFUSEDXML", False)
    with pytest.raises(HostError, match="pip install defusedxml"):
        reach(Winrm(["ntlm"]))


def test_a_connection_is_closed_after_a_failure() -> None:
    connection = Winrm(["ntlm"], fails=True)
    with pytest.raises(HostError):
        reach(connection)
    assert connection.closed == 1


def test_nothing_is_closed_on_a_host_that_is_lost() -> None:
    connection = Winrm(["ntlm"])
    with pytest.raises(Unreachable, match="lost"), connect(t.cast(t.Any, connection), "reg", lambda _warning: None):
        raise Unreachable("The host is lost", "Wait.")
    assert (connection.protocol, connection.shell_id, connection.closed) == (None, None, 1)


def test_nothing_is_closed_on_a_host_that_refused_the_fallback_a_login() -> None:
    connection = Winrm(["ntlm"])
    with pytest.raises(NotServed), connect(t.cast(t.Any, connection), "reg", lambda _warning: None):
        raise NotServed("WMI is closed", "Open it.") from Unreachable("The host refused the login", "Check it.")
    assert (connection.protocol, connection.shell_id) == (None, None)


def test_a_shell_that_does_not_close_does_not_hide_what_happened() -> None:
    connection = Winrm(["ntlm"])
    with pytest.raises(HostError, match="denied"), connect(t.cast(t.Any, connection), "reg", lambda _warning: None):
        raise HostError("The key is denied", "Ask.")
    assert connection.closed == 1
