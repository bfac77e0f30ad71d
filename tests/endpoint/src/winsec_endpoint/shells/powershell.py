# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of PowerShell that is understood: calls of reg.exe in turn, and `exit $LASTEXITCODE` at the end.

A script with anything else in it is refused before any of it runs. Words and quotes as in PowerShell:
learn.microsoft.com about_Parsing, about_Quoting_Rules, about_Special_Characters.
"""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from .reg_exe import Completed, RegExe

_BARE = r"[^\s;\"'`$&|(){}<>@#,]"
_DOUBLE, _SINGLE = r'"(?:[^"`$]|"")*"', r"'(?:[^']|'')*'"
_QUOTED = re.compile(f"{_DOUBLE}|{_SINGLE}")
#: Quotes right after a bare word belong to it; a bare word right after quotes is a word of its own.
_TOKEN = re.compile(rf"(?P<end>[;\r\n]+)|(?P<word>{_DOUBLE}|{_SINGLE}|{_BARE}(?:{_BARE}|{_DOUBLE}|{_SINGLE})*)|[ \t]+")
_EXIT = re.compile(r"(?:\A|[;\r\n])\s*exit[ \t]+\$LASTEXITCODE[;\s]*\Z", re.IGNORECASE)
_POWERSHELL = re.compile(r"powershell(?:\.exe)?", re.IGNORECASE)
_REG_EXE = re.compile(r"reg(?:\.exe)?", re.IGNORECASE)


class NotRun(Exception):
    """A script, or a command line, of which nothing runs here. `term`: where it stops being understood."""

    def __init__(self, term: str) -> None:
        self.term = term
        super().__init__(
            f"The term '{term}' is not recognized as the name of a program. This is winsec-endpoint, not Windows: "
            "no PowerShell runs here, only reg.exe. Set 'gather_facts: false'."
        )


class Script(NamedTuple):
    """The arguments of each call of reg.exe. `exits`: ends with the exit status of the last one."""

    calls: tuple[tuple[str, ...], ...]
    exits: bool


class Outcome(NamedTuple):
    """The calls as they ended. No status: the script didn't say `exit`."""

    completed: tuple[Completed, ...]
    exit_status: int | None


def read_command_line(line: str) -> Script:
    """The script in `PowerShell ... -EncodedCommand <Base64 of UTF-16LE>`, as the plugin winrm sends every command.

    ansible-core 2.16 to 2.20: `_encode_script` of the shell plugin powershell; 2.21: `get_pwsh_encoded_cmdline`. They
    differ in case only. The flag and its form: learn.microsoft.com about_PowerShell_exe.
    """
    words = line.split()
    flags = [word.lower() for word in words]
    if not words or not _POWERSHELL.fullmatch(words[0]) or "-encodedcommand" not in flags[:-1]:
        raise NotRun(words[0] if words else "")
    try:
        text = base64.b64decode(words[flags.index("-encodedcommand") + 1], validate=True).decode("utf-16-le")
    except ValueError as error:
        raise NotRun(words[0]) from error
    return read_script(text)


def read_script(text: str) -> Script:
    exits = _EXIT.search(text)
    statements: list[list[str]] = [[]]
    position, end = 0, exits.start() if exits else len(text)
    while position < end:
        token = _TOKEN.match(text, position, end)
        if token is None:
            raise NotRun(text[position:].split(maxsplit=1)[0])
        if token["end"]:
            statements.append([])
        elif token["word"]:
            statements[-1].append(token["word"])
        position = token.end()
    return Script(tuple(_arguments(words) for words in statements if words), exits is not None)


def _arguments(words: list[str]) -> tuple[str, ...]:
    if not _REG_EXE.fullmatch(words[0]):
        raise NotRun(words[0])
    return tuple(_QUOTED.sub(_unquoted, word) for word in words[1:])


def _unquoted(found: re.Match[str]) -> str:
    mark = found[0][0]
    return found[0][1:-1].replace(mark * 2, mark)


async def run(script: Script, reg_exe: RegExe) -> Outcome:
    """`exit $null` is `exit 0`: PowerShell's PipelineOps.GetExitException."""
    completed = tuple([await reg_exe.run(arguments) for arguments in script.calls])
    last = completed[-1].exit_status if completed else 0
    return Outcome(completed, last if script.exits else None)
