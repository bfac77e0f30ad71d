# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""reg.exe as hosts answer it, on a shell that plays the host.

The shapes are those of reg.exe on Windows in English (learn.microsoft.com, "reg query") and of Wine's; the texts in
other languages stand for all that must not decide.
"""

from __future__ import annotations

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._reg_exe_windows import Completed, RegExeWindows
from ansible_collections.winsec.lsa.plugins.plugin_utils._registry import RegistryValue, ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._releases import WindowsVersion
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows import AccessDenied, HostError, NotUnderstood

KEY = r"SYSTEM\CurrentControlSet\Control\Lsa"
LSA = ValueName(KEY, "UseMachineId")
QUERY_KEY = f'reg.exe query "HKLM\\{KEY}"'
QUERY_VALUE = f'reg.exe query "HKLM\\{KEY}" /v UseMachineId'
QUERY_PARENT = r'reg.exe query "HKLM\SYSTEM\CurrentControlSet\Control"'
FAILED = Completed(1, b"")


class Script:
    """A shell that answers each command line with what it was given."""

    separator = "&"

    def __init__(self, answers: dict[str, Completed]) -> None:
        self.answers = answers
        self.sent: list[str] = []

    def run(self, command: str) -> Completed:
        self.sent.append(command)
        return self.answers[command]


def listing(*lines: str, key: str = KEY, subkeys: tuple[str, ...] = ("MSV1_0",)) -> Completed:
    text = ["", f"HKEY_LOCAL_MACHINE\\{key}", *(f"    {line}" for line in lines), ""]
    text += [f"HKEY_LOCAL_MACHINE\\{key}\\{subkey}" for subkey in subkeys]
    return Completed(0, "\r\n".join(text).encode("cp850", "replace"))


def windows(**answers: Completed) -> RegExeWindows:
    names = {"key": QUERY_KEY, "value": QUERY_VALUE, "parent": QUERY_PARENT}
    return RegExeWindows(Script({names[name]: answer for name, answer in answers.items()}))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("UseMachineId    REG_DWORD    0x1", dword(1)),
        ("USEMACHINEID    REG_DWORD    0xffffffff", dword(0xFFFFFFFF)),
        ("UseMachineId    REG_SZ    1", RegistryValue("REG_SZ", "1")),
        ("UseMachineId    REG_SZ", RegistryValue("REG_SZ", "")),
        ("UseMachineId    REG_SZ    ", RegistryValue("REG_SZ", "")),
        ("UseMachineId    REG_EXPAND_SZ    %windir%", RegistryValue("REG_EXPAND_SZ", "%windir%")),
        ("UseMachineId    REG_MULTI_SZ    a\\0b", RegistryValue("REG_MULTI_SZ", ["a", "b"])),
        ("UseMachineId    REG_BINARY    01FF", RegistryValue("REG_BINARY", [1, 255])),
        ("UseMachineId    REG_QWORD    0x1", RegistryValue("REG_QWORD", 1)),
        ("UseMachineId    REG_QWORD    (null)", RegistryValue("REG_QWORD", None)),
        ("UseMachineId    REG_NONE    ", RegistryValue("REG_NONE", None)),
    ],
)
def test_a_value_is_read_among_all_of_its_key(line: str, value: RegistryValue) -> None:
    everything = listing("Bounds    REG_BINARY    0030", line, "UseMachineIdX    REG_DWORD    0x0")
    script = Script({QUERY_KEY: everything, QUERY_VALUE: listing(line)})
    assert RegExeWindows(script).read(LSA) == value
    assert script.sent == ([QUERY_KEY, QUERY_VALUE] if value.data is None else [QUERY_KEY])


@pytest.mark.parametrize(
    "line",
    ["UseMachineIdX    REG_DWORD    0x1", "X UseMachineId    REG_DWORD    0x1", "Use    REG_SZ    UseMachineId"],
)
def test_a_value_that_is_not_listed_is_absent(line: str) -> None:
    assert windows(key=listing(line)).read(LSA) is None


@pytest.mark.parametrize(
    ("alone", "value"),
    [(listing("UseMachineId    REG_DWORD    0x0"), dword(0)), (FAILED, None)],
    ids=["there is one beside it", "there is none"],
)
def test_a_name_that_imitates_a_line_is_told_apart_by_asking_for_ours_alone(
    alone: Completed, value: RegistryValue | None
) -> None:
    imitation = "UseMachineId    REG_SZ    x    REG_SZ    trap"
    assert windows(key=listing(imitation), value=alone).read(LSA) == value
    both = listing("UseMachineId    REG_DWORD    0x1    REG_SZ    trap", "UseMachineId    REG_DWORD    0x0")
    assert windows(key=both, value=alone).read(LSA) == value


def test_a_key_that_is_listed_above_but_cannot_be_read_is_denied() -> None:
    above = listing(key=r"SYSTEM\CurrentControlSet\Control", subkeys=("LSA", "Lsa2"))
    with pytest.raises(AccessDenied, match="refuses reading"):
        windows(key=FAILED, parent=above).read(LSA)


def test_a_key_that_is_not_listed_above_has_no_values() -> None:
    above = listing(key=r"SYSTEM\CurrentControlSet\Control", subkeys=("Lsa2",))
    assert windows(key=FAILED, parent=above).read(LSA) is None


def test_unknown_never_turns_into_absent() -> None:
    with pytest.raises(NotUnderstood):
        windows(key=Completed(9009, b""), parent=Completed(9009, b"")).read(LSA)


def test_no_text_decides() -> None:
    german = Completed(1, "FEHLER: Der angegebene Registrierungsschlüssel wurde nicht gefunden.".encode("cp850"))
    japanese = Completed(1, "エラー: 指定されたキーが見つかりません".encode("cp932"))
    for said in (german, japanese):
        with pytest.raises(NotUnderstood):
            windows(key=said, parent=said).read(LSA)


def test_a_terminal_is_refused_with_the_option_that_is_missing() -> None:
    with pytest.raises(HostError, match="ansible_shell_type"):
        windows(key=Completed(0, b"\x1b[?25l    UseMachineId\x1b[?25h    REG_DWORD    0x1")).read(LSA)


def test_a_value_is_written_without_a_question() -> None:
    script = Script({f'reg.exe add "HKLM\\{KEY}" /v UseMachineId /t REG_DWORD /d 1 /f': Completed(0, b"")})
    RegExeWindows(script).write(LSA, 1)
    assert script.sent[0].endswith(" /f")


def test_a_write_that_was_refused_is_an_error() -> None:
    script = Script({f'reg.exe add "HKLM\\{KEY}" /v UseMachineId /t REG_DWORD /d 1 /f': FAILED})
    with pytest.raises(AccessDenied, match="refuses writing"):
        RegExeWindows(script).write(LSA, 1)


def test_removing_what_is_absent_is_no_error_and_what_is_still_there_is_denied() -> None:
    delete = f'reg.exe delete "HKLM\\{KEY}" /v UseMachineId /f'
    RegExeWindows(Script({delete: FAILED, QUERY_KEY: listing()})).delete(LSA)
    with pytest.raises(AccessDenied, match="refuses removing"):
        RegExeWindows(Script({delete: FAILED, QUERY_KEY: listing("UseMachineId    REG_DWORD    0x1")})).delete(LSA)


VERSION = (
    r'reg.exe query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" & '
    r'reg.exe query "HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions"'
)


@pytest.mark.parametrize(
    ("lines", "version"),
    [
        (
            [
                "CurrentVersion    REG_SZ    6.3",
                "CurrentBuild    REG_SZ    22631",
                "CurrentBuildNumber    REG_SZ    22631",
                "CurrentMajorVersionNumber    REG_DWORD    0xa",
                "CurrentMinorVersionNumber    REG_DWORD    0x0",
                "ProductName    REG_SZ    Windows 10 Pro",
                "ProductType    REG_SZ    WinNT",
            ],
            (10, 0, 22631, "workstation"),
        ),
        (
            [
                "CurrentVersion    REG_SZ    6.0",
                "CurrentBuildNumber    REG_SZ    6002",
                "ProductType    REG_SZ    LanmanNT",
            ],
            (6, 0, 6002, "domain_controller"),
        ),
        (["CurrentVersion    REG_SZ    5.2", "CurrentBuild    REG_SZ    3790"], (5, 2, 3790, "unknown")),
    ],
)
def test_the_version_is_read_from_the_registry(lines: list[str], version: tuple[int, int, int, str]) -> None:
    script = Script({VERSION: listing(*lines)})
    assert RegExeWindows(script).observe([]).windows == WindowsVersion(*version)  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [FAILED, listing("CurrentVersion    REG_SZ    x"), Completed(0, b"Welcome")])
def test_a_host_without_a_version_is_not_guessed_at(answer: Completed) -> None:
    with pytest.raises(NotUnderstood, match="shows no Windows version"):
        RegExeWindows(Script({VERSION: answer})).observe([])
