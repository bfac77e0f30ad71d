# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A Windows host reached by its own reg.exe, run by whatever can run a command there. Knows no Ansible.

An exit status is 0 for success and 1 for failure, whatever failed (learn.microsoft.com, "reg query"): what is denied
and what does not exist are told apart by listing what is above.
"""

from __future__ import annotations

import re
import typing as t

from .host import AccessDenied, HostError, NotUnderstood, Observation, Refused
from .reg_exe_output import Output, may_be_another, value_of
from .registry import Data, RegistryValue, ValueName, dword
from .releases import ProductType, WindowsVersion, product_of

_CURRENT_VERSION: t.Final = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_PRODUCT_OPTIONS: t.Final = r"SYSTEM\CurrentControlSet\Control\ProductOptions"

#: To a 32-bit shell of a 64-bit Windows, SOFTWARE is another key unless it asks for the one of 64-bit programs; keys at
#: SYSTEM are the same for all (learn.microsoft.com, "Registry Keys Affected by WOW64"). reg.exe knows the switch from
#: Windows 7 on, and before with the hotfix of support.microsoft.com/kb/948698; without, it fails.
_VIEWS: t.Final = (" /reg:64", "")

_COLOR_OR_TITLE: t.Final = re.compile(rb"\x1b(\[[0-9;]*m|\][^\x07\x1b]*(\x07|\x1b\\))")

#: ProductOptions\ProductType (learn.microsoft.com, Windows registry: ProductType).
_PRODUCT_TYPES: t.Final[dict[Data, ProductType]] = {
    "WinNT": "workstation",
    "LanmanNT": "domain_controller",
    "ServerNT": "server",
}


class Syntax(t.NamedTuple):
    """How a shell wants a command line."""

    #: Separates two commands; the second runs in any case.
    separator: str
    #: Quotes a word that contains blanks. The words used here contain no quotes.
    quote: str


CMD: t.Final = Syntax(" & ", '"')
#: OpenSSH for Windows was seen to lose double quotes on the way to PowerShell (PowerShell/Win32-OpenSSH issue 1082).
POWERSHELL: t.Final = Syntax("; ", "'")


class Completed(t.NamedTuple):
    """A command that ran: its exit status and what it wrote, in the code page of the host."""

    exit_status: int
    stdout: bytes


class Shell(t.Protocol):
    """Whatever can run a command line on the host."""

    syntax: Syntax

    def run(self, command: str) -> Completed:
        """Run one command line to its end. Raises HostError if the host is lost or does not finish it in time."""


class RegExeHost:
    """WindowsHost over reg.exe: one command line for the version, and one for each value."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._present_keys: set[str] = set()

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        return Observation(self._version(), tuple(self.read(name) for name in names))

    def read(self, name: ValueName) -> RegistryValue | None:
        """Ask for the value and then for all of its key: where they can be listed, it is absent and not denied.

        Asked for alone, it is listed first below its key, whatever the names and data of other values look like.
        """
        status, output = self._run(self._query(name.key, f" /v {name.name}"), self._query(name.key))
        if status != 0:
            self._explain_failed_listing(name.key, status)
            return None
        self._present_keys.add(name.key)
        times = len(output.below(name.key))
        if times > 1:
            return _first(output, name)
        if times == 0:  # a key without values is not named, and neither is one in an answer that can't be read
            return self._read_alone(name)
        if all(map(may_be_another, output.values(name.name))):
            return None
        raise _not_understood(f"reading {name}, which is listed", 1)

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
        status, _output = self._run(f"reg.exe add {self._path(name.key)} {value}")
        if status != 0:
            raise _failed(f"writing {name}", status)

    def delete(self, name: ValueName) -> None:
        """An absent value and a denied removal have the same exit status: the list of the values tells them apart."""
        status, _output = self._run(f"reg.exe delete {self._path(name.key)} /v {name.name} /f")
        if status != 0 and self.read(name) is not None:
            raise _failed(f"removing {name}", status)

    def _read_alone(self, name: ValueName) -> RegistryValue | None:
        """Ask for a value of a key that could be listed: then a failure means that it is absent."""
        status, output = self._run(self._query(name.key, f" /v {name.name}"))
        if status == 0:
            return _first(output, name)
        if status != 1:
            raise _not_understood(f"reading {name}", status)
        return None

    def _explain_failed_listing(self, key: str, status: int) -> None:
        """Raise HostError unless the key is missing among those of its parent."""
        parent = key.rpartition("\\")[0]
        if status == 1:
            above, output = self._run(self._query(parent))
            if above == 0 and output.names(key):
                raise _failed(f"reading HKLM\\{key}", status)
            if above == 0 and output.names_below(parent):
                return
        raise _not_understood(f"listing HKLM\\{key}", status)

    def _version(self) -> WindowsVersion:
        for view in _VIEWS:
            _status, output = self._run(self._query(_CURRENT_VERSION, view), self._query(_PRODUCT_OPTIONS))
            if version := _version(output):
                return version
        raise NotUnderstood(
            "reg.exe on the host reported no Windows version",
            "Check that it is a Windows host, and that ansible_shell_type is its default shell: cmd or powershell.",
        )

    def _path(self, key: str) -> str:
        return f"{self._shell.syntax.quote}HKLM\\{key}{self._shell.syntax.quote}"

    def _query(self, key: str, switches: str = "") -> str:
        return f"reg.exe query {self._path(key)}{switches}"

    def _run(self, *commands: str) -> tuple[int, Output]:
        """Run one line of commands; the exit status is that of the last."""
        completed = self._shell.run(self._shell.syntax.separator.join(commands))
        if _is_from_terminal(completed.stdout):
            raise HostError(
                "The host answers through a terminal, whose control sequences are mixed into the values",
                "Set ansible_shell_type to cmd or powershell, as the default shell of the host is, and check that no "
                "profile there moves the cursor or clears the screen.",
            )
        return completed.exit_status, Output(completed.stdout)


def _is_from_terminal(stdout: bytes) -> bool:
    """Whether there are control sequences, other than colors and titles in what a profile prints before the answer.

    A terminal moves the cursor and clears the screen (learn.microsoft.com, "Console Virtual Terminal Sequences").
    """
    banner, _key, answer = stdout.partition(b"HKEY_")
    return b"\x1b" in _COLOR_OR_TITLE.sub(b"", banner) + answer


def _first(output: Output, name: ValueName) -> RegistryValue:
    """The value that is listed first below its key."""
    below = output.below(name.key)
    value = value_of(below[0], name.name) if below else None
    if value is None:
        raise _not_understood(f"reading {name}", 0)
    return value


def _version(output: Output) -> WindowsVersion | None:
    """CurrentVersion stays 6.3 from Windows 10 on, which has two numbers of its own instead."""
    text = str(_data(output, "CurrentVersion") or "").split(".")
    numbers = (
        _data(output, "CurrentMajorVersionNumber", *text[:1]),
        _data(output, "CurrentMinorVersionNumber", *text[1:2]),
        _data(output, "CurrentBuildNumber", _data(output, "CurrentBuild")),
    )
    try:
        major, minor, build = (int(t.cast(t.Any, number)) for number in numbers)
    except (TypeError, ValueError):
        return None
    product = product_of(edition_id=str(_data(output, "EditionID", "")))
    return WindowsVersion(major, minor, build, _PRODUCT_TYPES.get(_data(output, "ProductType"), "unknown"), product)


def _data(output: Output, name: str, default: Data = None) -> Data:
    found = output.values(name)
    return found[0].data if found else default


def _failed(what: str, status: int) -> HostError:
    """The error for a command that needs nothing but rights to succeed."""
    if status != 1:
        return _not_understood(what, status)
    return AccessDenied(
        f"When {what}, reg.exe on the host failed with exit status {status}: access is denied to this user",
        "Connect as a member of its Administrators group, and check the permissions of the key.",
    )


def _not_understood(what: str, status: int) -> NotUnderstood:
    return NotUnderstood(
        f"When {what}, reg.exe on the host exited with status {status}, which says neither what is stored nor that "
        "nothing is",
        "Run the same command there by hand: reg.exe query. Check that ansible_shell_type is cmd or powershell.",
    )
