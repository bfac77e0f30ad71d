# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A Windows host reached by its own reg.exe, run by whatever can run a command there. Knows no Ansible.

An exit status is 0 for success and 1 for failure, whatever failed (learn.microsoft.com, "reg query"): what is denied
and what does not exist are told apart by listing what is above. Nothing is taken from a line that somebody could write
who may write other values or keys: see reg_exe_output.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._texts import Mask
from .host import AccessDenied, HostError, NotUnderstood, Observation, Refused
from .reg_exe_output import Output
from .reg_exe_version import VERSION_VALUES, version_of
from .registry import RegistryValue, ValueName, dword
from .releases import WindowsVersion

#: To a 32-bit shell of a 64-bit Windows, SOFTWARE is another key unless it asks for the one of 64-bit programs; keys at
#: SYSTEM are the same for all (learn.microsoft.com, "Registry Keys Affected by WOW64"). reg.exe knows the switch from
#: Windows 7 on, and before with the hotfix of support.microsoft.com/kb/948698; without, it fails.
_VIEWS: t.Final = (" /reg:64", "")

_COLOR_OR_TITLE: t.Final = re.compile(rb"\x1b(\[[0-9;]*m|\][^\x07\x1b]*(\x07|\x1b\\))")


class Syntax(t.NamedTuple):
    """The quoting of a command line for a shell."""

    #: Separates two commands; the second runs in any case.
    separator: str
    #: Quotes a word that contains blanks. The words used here contain no quotes.
    quote: str


CMD: t.Final = Syntax(" & ", '"')
#: OpenSSH for Windows was seen to lose double quotes on the way to PowerShell (PowerShell/Win32-OpenSSH issue 1082).
POWERSHELL: t.Final = Syntax("; ", "'")


class Completed(t.NamedTuple):
    """A command that ran: its exit status, and what it wrote, in the code page of the host."""

    exit_status: int
    stdout: bytes
    #: The first line in which the host says why, without any secret; empty where there is none.
    said: str = ""

    def __str__(self) -> str:
        if not self.said:
            return f"exit status {self.exit_status}"
        return f"exit status {self.exit_status}, and the host says: {self.said}"


class Shell(t.Protocol):
    """Whatever can run a command line on the host."""

    syntax: Syntax

    def run(self, command: str) -> Completed:
        """Run one command line to its end. Raises HostError if the host is lost or does not finish it in time."""


class RegExeHost:
    """WindowsHost over reg.exe: one command line for the version, and one for each value."""

    def __init__(self, shell: Shell, mask: Mask = str) -> None:
        """``mask`` takes the secrets out of a text of the host; there are none by default."""
        self._shell = shell
        self._mask = mask
        self._present_keys: set[str] = set()

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        return Observation(self._version(), tuple(self.read(name) for name in names))

    def read(self, name: ValueName) -> RegistryValue | None:
        value = self._read(name)
        return value.cleaned(self._mask) if value else None

    def _read(self, name: ValueName) -> RegistryValue | None:
        """Ask for all of the key and then for the value, whose exit status nothing that is stored there can forge.

        In this order the value counts also where a shell stops at the first failure. The list tells a value that is
        absent from one that is denied: a query that fails names no key.
        """
        completed = self._run(self._query(name.key), self._query(name.key, f" /v {name.name}"))
        output = Output(completed.stdout)
        is_listed = output.names(name.key) or output.names_below(name.key)
        if is_listed:
            self._present_keys.add(name.key)
        if completed.exit_status == 0:
            clear = not _is_from_terminal(completed.stdout)
            return (clear and output.stated_twice(name.key, name.name)) or self._read_alone(name)
        if completed.exit_status != 1:
            raise _not_understood(f"reading {name}", completed)
        if output.shows(name.name):
            raise _not_understood(f"reading {name}, which is listed", completed)
        if not is_listed:  # also of a key that was seen before: reg.exe may have been forbidden since
            self._list(name.key)
        return None

    def policy_log(self) -> None:
        """RSoP is in WMI, where reg.exe can't look."""

    def write(self, name: ValueName, data: int) -> None:
        """reg.exe would create a key that does not exist, so one that was not seen yet is looked for."""
        if name.key not in self._present_keys:
            self.read(name)
        if name.key not in self._present_keys:
            raise Refused(
                f"The host has no such key: writing {name} failed",
                "This collection never creates keys: check the host.",
            )
        value = f"/v {name.name} /t REG_DWORD /d {dword(data).data} /f"
        completed = self._run(f"reg.exe add {self._path(name.key)} {value}")
        if completed.exit_status != 0:
            raise _failed(f"writing {name}", completed)

    def delete(self, name: ValueName) -> None:
        """An absent value and a denied removal have the same exit status: reading it tells them apart."""
        completed = self._run(f"reg.exe delete {self._path(name.key)} /v {name.name} /f")
        if completed.exit_status != 0 and self.read(name) is not None:
            raise _failed(f"removing {name}", completed)

    def _read_alone(self, name: ValueName) -> RegistryValue:
        """Ask for a value that is there and for nothing else, so that nothing else can look like it."""
        completed = self._run(self._query(name.key, f" /v {name.name}"))
        value = Output(completed.stdout).alone(name.key, name.name)
        if completed.exit_status != 0 or value is None:
            _refuse_terminal(completed.stdout)
            raise _not_understood(f"reading {name}", completed)
        if not isinstance(value.data, (str, list)):
            _refuse_terminal(completed.stdout)
        return value

    def _list(self, key: str) -> None:
        """Ask for a key of which nothing was seen: with neither values nor keys below, nothing is written of it."""
        completed = self._run(self._query(key))
        if completed.exit_status == 0:
            self._present_keys.add(key)
            return
        self._explain_failed_listing(key, completed)

    def _explain_failed_listing(self, key: str, completed: Completed) -> None:
        """Raise HostError unless the key is missing among those of its parent."""
        parent = key.rpartition("\\")[0]
        if completed.exit_status == 1:
            above = self._run(self._query(parent))
            output = Output(above.stdout)
            if above.exit_status == 0 and output.names(key):
                raise _failed(f"reading HKLM\\{key}", completed)
            if above.exit_status == 0 and output.names_below(parent):
                return
        raise _not_understood(f"listing HKLM\\{key}", completed)

    def _version(self) -> WindowsVersion:
        """Each value is asked for alone: others of the same keys hold texts that users and programs choose."""
        for view in _VIEWS:
            completed = self._run(*(self._query(key, f" /v {name}{view}") for key, name in VERSION_VALUES))
            _refuse_terminal(completed.stdout)
            if version := version_of(Output(completed.stdout)):
                return version
        raise NotUnderstood(
            f"reg.exe on the host reported no Windows version ({completed})",
            "Check that this user may run it: a policy such as AppLocker can forbid it, and PATH can lack its folder. "
            "If it runs there, check that it is a Windows host, and that ansible_shell_type is its default shell: cmd "
            "or powershell.",
        )

    def _path(self, key: str) -> str:
        return f"{self._shell.syntax.quote}HKLM\\{key}{self._shell.syntax.quote}"

    def _query(self, key: str, switches: str = "") -> str:
        return f"reg.exe query {self._path(key)}{switches}"

    def _run(self, *commands: str) -> Completed:
        """Run one line of commands; the exit status is that of the last."""
        completed = self._shell.run(self._shell.syntax.separator.join(commands))
        _refuse_terminal(completed.stdout.partition(b"HKEY_")[0])
        return completed


def _is_from_terminal(stdout: bytes) -> bool:
    """Whether there are control sequences, other than colors and titles in what a profile prints before the answer.

    A terminal moves the cursor and clears the screen (learn.microsoft.com, "Console Virtual Terminal Sequences").
    """
    banner, _key, answer = stdout.partition(b"HKEY_")
    return b"\x1b" in _COLOR_OR_TITLE.sub(b"", banner) + answer


def _refuse_terminal(stdout: bytes) -> None:
    if _is_from_terminal(stdout):
        raise HostError(
            "The host answers through a terminal, whose control sequences are mixed into the values",
            "Set ansible_shell_type to cmd or powershell, as the default shell of the host is, and check that no "
            "profile there moves the cursor or clears the screen.",
        )


def _failed(what: str, completed: Completed) -> HostError:
    """The error for a command that needs nothing but rights to succeed."""
    if completed.exit_status != 1:
        return _not_understood(what, completed)
    return AccessDenied(
        f"When {what}, reg.exe on the host failed, as it does where access is denied to this user ({completed})",
        "Connect as a member of its Administrators group, and check the permissions of the key.",
    )


def _not_understood(what: str, completed: Completed) -> NotUnderstood:
    return NotUnderstood(
        f"When {what}, reg.exe on the host said neither what is stored nor that nothing is ({completed})",
        "Run the same command there by hand: reg.exe query. Check that this user may run it, and that "
        "ansible_shell_type is cmd or powershell.",
    )
