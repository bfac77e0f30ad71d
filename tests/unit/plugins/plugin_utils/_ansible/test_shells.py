# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection plugin as something that runs commands, on plugins that play it."""

from __future__ import annotations

import threading
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.shells import ConnectionShell, _send_verbatim
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError, Unreachable
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reg_exe import CMD, POWERSHELL, Completed, Syntax

from ..connections import visit


class _Shell:
    _IS_WINDOWS = True

    def __init__(self, family: str) -> None:
        self.SHELL_FAMILY = family


class _Connection:
    """Plays ``exec_command`` of a connection plugin."""

    def __init__(
        self, outcome: t.Callable[[], tuple[int, bytes, bytes]], family: str = "cmd", transport: str = "ssh"
    ) -> None:
        self.transport = transport
        self._shell = _Shell(family)
        self._outcome = outcome
        self.options: dict[str, t.Any] = {"reconnection_retries": 3}
        self.sent: list[tuple[str, t.Any, bool]] = []
        #: Whether the plugin took its shell for a Windows one, by which some wrap each command.
        self.wrapped: list[bool] = []

    def set_option(self, name: str, value: t.Any) -> None:
        # As a plugin refuses an option that it does not have.
        assert name in self.options
        self.options[name] = value

    def get_option(self, name: str) -> t.Any:
        return self.options[name]

    def exec_command(self, cmd: str, in_data: t.Any = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        self.sent.append((cmd, in_data, sudoable))
        self.wrapped.append(self._shell._IS_WINDOWS)
        return self._outcome()


def _explain(exc: Exception) -> HostError:
    return Unreachable(str(exc), "Explained.")


def test_a_command_is_sent_as_it_is_and_stderr_is_only_quoted() -> None:
    connection = _Connection(lambda: (1, b"told", b"complained"))
    assert ConnectionShell(connection, visit(_explain)).run("reg.exe query X") == Completed(1, b"told", "complained")
    assert connection.sent == [("reg.exe query X", None, False)]


@pytest.mark.parametrize(
    ("stdout", "stderr", "said"),
    [
        (b"", b"\r\n'reg.exe' is not recognized\r\noperable program\r\n", "'reg.exe' is not recognized"),
        (b"This program is blocked by group policy.\r\n", b"\r\n", "This program is blocked by group policy."),
        (
            b"told",
            b"OpenSSH_9.2p1 Debian\r\ndebug1: Reading\r\nERROR: Access is denied.\r\n",
            "ERROR: Access is denied.",
        ),
        (b"\r\nHKEY_LOCAL_MACHINE\\SYSTEM\r\n", b"", ""),
        (b"", "Le système".encode("cp850"), "Le syst\ufffdme"),
        (b"", b"\x1b]0;x\x07\xc2\x9b31m \xe2\x80\xae swordfish", r"\x1b]0;x\x07\x9b31m \u202e ***"),
        (b"", b"x" * 3_000_000, f"{'x' * 500}..."),
    ],
)
def test_the_first_line_in_which_the_host_says_why_is_fit_to_be_shown(stdout: bytes, stderr: bytes, said: str) -> None:
    shell = ConnectionShell(
        _Connection(lambda: (1, stdout, stderr)), visit(_explain), lambda text: text.replace("swordfish", "***")
    )
    assert shell.run("reg.exe query X").said == said


@pytest.mark.parametrize(
    ("transport", "family", "syntax"),
    [
        ("ssh", "cmd", CMD),
        ("ssh", "powershell", POWERSHELL),
        # As ansible-core 2.21 has it. Before, and in psrp, it is powershell.
        ("winrm", "cmd", POWERSHELL),
        ("winrm", "powershell", POWERSHELL),
        ("psrp", "powershell", POWERSHELL),
    ],
)
def test_command_lines_are_written_as_the_shell_wants_them(transport: str, family: str, syntax: Syntax) -> None:
    connection = _Connection(lambda: (0, b"", b""), family, transport)
    assert ConnectionShell(connection, visit(_explain)).syntax == syntax


def test_an_exception_of_the_plugin_is_explained() -> None:
    def fail() -> t.NoReturn:
        raise OSError("lost")

    with pytest.raises(Unreachable, match="lost") as caught:
        ConnectionShell(_Connection(fail), visit(_explain)).run("reg.exe query X")
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("seconds", "timeout", "words"),
    [(1, -40, "The host did not finish in time"), (600, -49.9, "A command on the host did not finish")],
)
def test_a_command_that_does_not_end_is_not_waited_for(seconds: float, timeout: float, words: str) -> None:
    """Whether it is the time of the command that is over, or that of the host."""
    over = threading.Event()

    def hang() -> tuple[int, bytes, bytes]:
        over.wait(600)  # in a daemon thread
        return 0, b"", b""

    connection = _Connection(hang)
    connection.options["timeout"] = timeout
    shell = ConnectionShell(connection, visit(_explain, seconds))
    with pytest.raises(Unreachable, match=words):
        shell.run("reg.exe query X")
    with pytest.raises(Unreachable, match="The host did not finish in time"):
        shell.run("another one, which is not sent")
    over.set()
    assert len(connection.sent) == 1


@pytest.mark.parametrize(("transport", "wrapped"), [("ssh", False), ("winrm", True), ("community.example", True)])
def test_the_ssh_plugin_wraps_nothing_and_knows_its_shell_again_afterwards(transport: str, wrapped: bool) -> None:
    connection = _Connection(lambda: (0, b"", b""), transport=transport)
    ConnectionShell(connection, visit(_explain)).run("reg.exe query X")
    assert (connection.wrapped, connection._shell._IS_WINDOWS) == ([wrapped], True)


def test_two_commands_that_ended_late_leave_the_shell_as_it_was() -> None:
    connection = _Connection(lambda: (0, b"", b""))
    with _send_verbatim(connection), _send_verbatim(connection):
        assert connection._shell._IS_WINDOWS is False
    assert connection._shell._IS_WINDOWS is True


def test_what_a_plugin_has_decoded_is_encoded_again() -> None:
    decoded = t.cast(t.Any, lambda: (0, "Schlüssel", ""))
    assert ConnectionShell(_Connection(decoded), visit(_explain)).run("reg.exe query X").stdout == "Schlüssel".encode()


def test_a_plugin_that_repeats_nothing_is_told_nothing() -> None:
    connection = _Connection(lambda: (0, b"", b""))
    connection.options = {"password": "secret"}
    ConnectionShell(connection, visit(_explain))
    assert connection.options == {"password": "secret"}


@pytest.mark.parametrize(("password", "retries"), [("secret", 0), (None, 3)])
def test_a_password_is_tried_once_and_a_key_as_often_as_the_inventory_says(password: str | None, retries: int) -> None:
    connection = _Connection(lambda: (0, b"", b""))
    connection.options["password"] = password
    ConnectionShell(connection, visit(_explain))
    assert connection.options["reconnection_retries"] == retries
