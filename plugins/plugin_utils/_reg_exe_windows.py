# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A Windows host reached by its own reg.exe, run by whatever can run a command there. Knows no Ansible.

Only exit statuses and the columns ``name TYPE data`` are trusted: every text of reg.exe comes in the language and the
code page of the host. Source of the format: learn.microsoft.com "reg query", and what Wine's reg.exe prints.
"""

from __future__ import annotations

import re
import typing as t

from ._registry import TYPE_NAMES, Data, RegistryValue, ValueName, dword
from ._releases import ProductType, WindowsVersion
from ._windows import AccessDenied, HostError, NotUnderstood, Observation

_CURRENT_VERSION: t.Final = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_PRODUCT_OPTIONS: t.Final = r"SYSTEM\CurrentControlSet\Control\ProductOptions"

#: ProductOptions\ProductType (learn.microsoft.com, Windows registry: ProductType).
_PRODUCT_TYPES: t.Final[dict[Data, ProductType]] = {
    "WinNT": "workstation",
    "LanmanNT": "domain_controller",
    "ServerNT": "server",
}

# reg.exe separates the columns by four blanks. A name may hold blanks, and even such a column: see _find.
_LINE: t.Final = r"    {name}    (?P<type>REG_[A-Z_]+)(?:    (?P<data>.*))?"


class Completed(t.NamedTuple):
    """A command that ran: its exit status and what it wrote, in the code page of the host."""

    exit_status: int
    stdout: bytes


class Shell(t.Protocol):
    """Whatever can run a command line on the host."""

    #: What stands between two commands of which the second runs in any case: ``&`` in cmd, ``;`` in PowerShell.
    separator: str

    def run(self, command: str) -> Completed:
        """Run one command line to its end. Raises HostError where the host is lost or does not end it in time."""


class RegExeWindows:
    """Windows (see _windows) over reg.exe: one command for the version, and one for each key."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        return Observation(self._version(), tuple(self.read(name) for name in names))

    def read(self, name: ValueName) -> RegistryValue | None:
        """Look the value up among all of its key: where they can be listed, it is absent and not denied."""
        listing = self._list(name.key)
        if listing is None:
            return None
        found = _find(listing, name.name)
        if len(found) < 2 and not (found and _is_ambiguous(found[0])):
            return found[0] if found else None
        return self._read_alone(name)

    def write(self, name: ValueName, data: int) -> None:
        line = f'reg.exe add "HKLM\\{name.key}" /v {name.name} /t REG_DWORD /d {dword(data).data} /f'
        status = self._run(line).exit_status
        if status != 0:
            raise _refused(f"writing {name}", status)

    def delete(self, name: ValueName) -> None:
        """An absent value and a denied removal have the same exit status: the list of the values tells them apart."""
        status = self._run(f'reg.exe delete "HKLM\\{name.key}" /v {name.name} /f').exit_status
        if status != 0 and self.read(name) is not None:
            raise _refused(f"removing {name}", status)

    def _read_alone(self, name: ValueName) -> RegistryValue | None:
        """Ask for the one value: where names or data imitate a line of output, only its own is left."""
        completed = self._run(f'reg.exe query "HKLM\\{name.key}" /v {name.name}')
        found = _find(_lines(completed.stdout), name.name)
        if completed.exit_status == 0 and len(found) == 1:
            return found[0]
        if completed.exit_status == 1:
            return None
        raise _not_understood(f"reading {name}", completed.exit_status)

    def _list(self, key: str) -> list[str] | None:
        """The output lines for a key; None where there is no such key."""
        completed = self._run(f'reg.exe query "HKLM\\{key}"')
        if completed.exit_status == 0:
            return _lines(completed.stdout)
        parent, _slash, child = key.rpartition("\\")
        above = self._run(f'reg.exe query "HKLM\\{parent}"')
        if above.exit_status != 0:
            raise _not_understood(f"listing HKLM\\{key}", completed.exit_status)
        full_name = f"HKEY_LOCAL_MACHINE\\{parent}\\{child}".casefold()
        if full_name in (line.strip().casefold() for line in _lines(above.stdout)):
            raise _refused(f"reading HKLM\\{key}", completed.exit_status)
        return None

    def _version(self) -> WindowsVersion:
        """CurrentVersion stays 6.3 from Windows 10 on, which has two numbers of its own instead."""
        queries = (f'reg.exe query "HKLM\\{key}"' for key in (_CURRENT_VERSION, _PRODUCT_OPTIONS))
        lines = _lines(self._run(f" {self._shell.separator} ".join(queries)).stdout)
        text = str(_data(lines, "CurrentVersion") or "").split(".")
        numbers = (
            _data(lines, "CurrentMajorVersionNumber", *text[:1]),
            _data(lines, "CurrentMinorVersionNumber", *text[1:2]),
            _data(lines, "CurrentBuildNumber", _data(lines, "CurrentBuild")),
        )
        try:
            major, minor, build = (int(t.cast(t.Any, number)) for number in numbers)
        except (TypeError, ValueError):
            raise NotUnderstood(
                "reg.exe on the host shows no Windows version",
                "Check that it is a Windows host, and that ansible_shell_type is its default shell: cmd or powershell.",
            ) from None
        return WindowsVersion(major, minor, build, _PRODUCT_TYPES.get(_data(lines, "ProductType"), "unknown"))

    def _run(self, command: str) -> Completed:
        completed = self._shell.run(command)
        if b"\x1b" in completed.stdout:
            raise HostError(
                "The host answers through a terminal, whose control sequences stand inside the values",
                "Set ansible_shell_type to cmd or powershell, as the default shell of the host is.",
            )
        return completed


def _lines(output: bytes) -> list[str]:
    """What is trusted is ASCII; the rest may be of any code page."""
    return output.decode("ascii", "replace").splitlines()


def _find(lines: t.Iterable[str], name: str) -> list[RegistryValue]:
    """Every line that may be the value ``name``."""
    pattern = re.compile(_LINE.format(name=re.escape(name)), re.IGNORECASE)
    matches = (pattern.fullmatch(line) for line in lines)
    return [_value(match["type"].upper(), match["data"] or "") for match in matches if match]


def _is_ambiguous(value: RegistryValue) -> bool:
    """Whether the line may as well be another value, whose name begins with ours and goes on like a column."""
    texts = value.data if isinstance(value.data, list) else [value.data]
    return value.data is None or any(isinstance(text, str) and "    REG_" in text for text in texts)


def _value(type_: str, data: str) -> RegistryValue:
    if type_ not in TYPE_NAMES.values():
        return RegistryValue(type_, None)
    if type_ in ("REG_DWORD", "REG_QWORD"):
        number = re.fullmatch(r"0x([0-9a-f]{1,16})", data.strip(), re.IGNORECASE)
        return RegistryValue(type_, int(number[1], 16) if number else None)
    if type_ == "REG_BINARY":
        octets = re.fullmatch(r"(?:[0-9a-f]{2})*", data.strip(), re.IGNORECASE)
        return RegistryValue(type_, list(bytes.fromhex(data.strip())) if octets else None)
    if type_ == "REG_MULTI_SZ":
        return RegistryValue(type_, data.removesuffix("\\0").split("\\0") if data else [])
    return RegistryValue(type_, data if type_ in ("REG_SZ", "REG_EXPAND_SZ") else None)


def _data(lines: t.Iterable[str], name: str, default: Data = None) -> Data:
    found = _find(lines, name)
    return found[0].data if found else default


def _refused(what: str, status: int) -> AccessDenied:
    return AccessDenied(
        f"reg.exe on the host refuses {what} to this user (exit status {status})",
        "Connect as a member of its Administrators group, and look at the permissions of the key.",
    )


def _not_understood(what: str, status: int) -> NotUnderstood:
    return NotUnderstood(
        f"When {what}, reg.exe on the host ended with status {status}, which says neither what is stored nor that "
        "nothing is",
        "Run the same command there by hand: reg.exe query. Check that ansible_shell_type is cmd or powershell.",
    )
