# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that answers with what its reg.exe is given to say.

The shapes are those of reg.exe on Windows in English (learn.microsoft.com, "reg query") and of Wine's; the texts in
other languages represent all that must not decide.
"""

from __future__ import annotations

from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reg_exe import CMD, Completed, Syntax
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import ValueName

KEY = r"SYSTEM\CurrentControlSet\Control\Lsa"
PARENT = r"SYSTEM\CurrentControlSet\Control"
LSA = ValueName(KEY, "UseMachineId")
QUERY_ALONE = f'reg.exe query "HKLM\\{KEY}" /v UseMachineId'
LIST = f'reg.exe query "HKLM\\{KEY}"'
QUERY = f"{LIST} & {QUERY_ALONE}"
QUERY_PARENT = rf'reg.exe query "HKLM\{PARENT}"'
ADD = f'reg.exe add "HKLM\\{KEY}" /v UseMachineId /t REG_DWORD /d 1 /f'
DELETE = f'reg.exe delete "HKLM\\{KEY}" /v UseMachineId /f'

ONE = "UseMachineId    REG_DWORD    0x1"
#: What Windows keeps there beside it.
BOUNDS = "Bounds    REG_BINARY    0030000000200000"
FAILED = Completed(1, b"")
#: The same failure in other languages and code pages, and the one text that Wine writes.
GERMAN = "FEHLER: Der angegebene Registrierungsschlüssel bzw. Wert wurde nicht gefunden.\r\n".encode("cp850")
JAPANESE = "エラー: 指定されたレジストリ キーまたは値が見つかりませんでした\r\n".encode("cp932")
WINE = b"\r\nreg: Unable to find the specified registry value\r\n"
#: Source: an issue with the output of a Windows (rapid7/metasploit-framework 6328).
USAGE = b"ERROR: Invalid Argument/Option - '/reg:64'.\r\nType \"REG QUERY /?\" for usage.\r\n"


class Script:
    """A shell that answers each command line with what it was given."""

    def __init__(self, answers: dict[str, Completed], syntax: Syntax = CMD) -> None:
        self.answers = answers
        self.syntax = syntax
        self.sent: list[str] = []

    def run(self, command: str) -> Completed:
        self.sent.append(command)
        return self.answers[command]


def key(*lines: str, name: str = KEY, subkeys: tuple[str, ...] = ("MSV1_0",)) -> bytes:
    """The output for a key: its name is there if it has values."""
    text = ["", *([f"HKEY_LOCAL_MACHINE\\{name}"] if lines else []), *(f"    {line}" for line in lines), ""]
    text += [f"HKEY_LOCAL_MACHINE\\{name}\\{subkey}" for subkey in subkeys]
    return "\r\n".join([*text, ""]).encode("cp850", "replace")


_OTHERS = {"again": QUERY_ALONE, "list": LIST, "parent": QUERY_PARENT, "add": ADD, "delete": DELETE}


def host(listing: bytes, alone: bytes, **others: Completed) -> Script:
    """A host whose key can be listed. ``alone``: what is said of the value; it is there where the key is named."""
    asked = Completed(0 if b"HKEY_" in alone else 1, listing + alone)
    return Script({QUERY: asked, **{_OTHERS[name]: answer for name, answer in others.items()}})


def closed(status: int, **others: Completed) -> Script:
    """A host whose key can't be listed."""
    script = host(b"", b"", **{"list": Completed(status, WINE), **others})
    script.answers[QUERY] = Completed(status, WINE + WINE)
    return script


#: Output of a command that succeeded in something else.
UNREADABLE = {
    "nothing": b"",
    "UTF-16": (key(ONE, subkeys=()) + key(ONE)).decode().encode("utf-16"),
    "NUL bytes": b"\0" * 100,
    "CLIXML": b'#< CLIXML\r\n<Objs Version="1.1.0.1"><S S="Output">    UseMachineId    REG_DWORD    0x1</S></Objs>',
    "another program": b"usage: reg [-v] file\n",
}
