# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""reg.exe as hosts answer it, on a shell that plays the host.

The shapes are those of reg.exe on Windows in English (learn.microsoft.com, "reg query") and of Wine's; the texts in
other languages stand for all that must not decide.
"""

from __future__ import annotations

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._reg_exe_windows import (
    CMD,
    POWERSHELL,
    Completed,
    RegExeWindows,
    Syntax,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._registry import RegistryValue, ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._releases import WindowsVersion
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows import (
    AccessDenied,
    HostError,
    NotUnderstood,
    Refused,
)

KEY = r"SYSTEM\CurrentControlSet\Control\Lsa"
PARENT = r"SYSTEM\CurrentControlSet\Control"
LSA = ValueName(KEY, "UseMachineId")
QUERY_ALONE = f'reg.exe query "HKLM\\{KEY}" /v UseMachineId'
QUERY = f'{QUERY_ALONE} & reg.exe query "HKLM\\{KEY}"'
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
    """The output for a key: its name stands there if it has values."""
    text = ["", *([f"HKEY_LOCAL_MACHINE\\{name}"] if lines else []), *(f"    {line}" for line in lines), ""]
    text += [f"HKEY_LOCAL_MACHINE\\{name}\\{subkey}" for subkey in subkeys]
    return "\r\n".join([*text, ""]).encode("cp850", "replace")


def host(alone: bytes, listing: bytes, **others: Completed) -> Script:
    """A host whose key can be listed."""
    names = {"again": QUERY_ALONE, "parent": QUERY_PARENT, "add": ADD, "delete": DELETE}
    return Script({QUERY: Completed(0, alone + listing), **{names[name]: answer for name, answer in others.items()}})


def closed(status: int, **others: Completed) -> Script:
    """A host whose key can't be listed."""
    script = host(b"", b"", **others)
    script.answers[QUERY] = Completed(status, WINE)
    return script


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (ONE, dword(1)),
        ("UseMachineId    REG_DWORD    0x00000001", dword(1)),
        ("USEMACHINEID    REG_DWORD    0xffffffff", dword(0xFFFFFFFF)),
        ("UseMachineId\tREG_DWORD\t0x1", dword(1)),  # reg.exe 3.0
        ("UseMachineId    REG_DWORD    0x100000001", RegistryValue("REG_DWORD", None)),
        ("UseMachineId    REG_DWORD    1", RegistryValue("REG_DWORD", None)),
        ("UseMachineId    REG_DWORD_BIG_ENDIAN    0x1", RegistryValue("REG_DWORD_BIG_ENDIAN", None)),
        ("UseMachineId    REG_SZ    1", RegistryValue("REG_SZ", "1")),
        ("UseMachineId    REG_SZ    (value not set)", RegistryValue("REG_SZ", "(value not set)")),
        ("UseMachineId    REG_SZ    a    REG_DWORD    0x1", RegistryValue("REG_SZ", "a    REG_DWORD    0x1")),
        ("UseMachineId    REG_SZ", RegistryValue("REG_SZ", "")),
        ("UseMachineId    REG_SZ    ", RegistryValue("REG_SZ", "")),
        ("UseMachineId    REG_EXPAND_SZ    %windir%", RegistryValue("REG_EXPAND_SZ", "%windir%")),
        ("UseMachineId    REG_MULTI_SZ    a\\0b", RegistryValue("REG_MULTI_SZ", ["a", "b"])),
        ("UseMachineId    REG_BINARY    01FF", RegistryValue("REG_BINARY", [1, 255])),
        ("UseMachineId    REG_QWORD    0x1", RegistryValue("REG_QWORD", 1)),
        ("UseMachineId    REG_QWORD    (null)", RegistryValue("REG_QWORD", None)),
        ("UseMachineId    REG_NONE    ", RegistryValue("REG_NONE", None)),
        ("UseMachineId    REG_FUTURE    x", RegistryValue("REG_FUTURE", None)),
    ],
)
def test_a_value_is_read_by_one_command(line: str, value: RegistryValue) -> None:
    script = host(key(line, subkeys=()), key(BOUNDS, line, "UseMachineIdX    REG_DWORD    0x0"))
    assert RegExeWindows(script).read(LSA) == value
    assert script.sent == [QUERY]


LOOKALIKES = {
    "a longer name": ["UseMachineIdX    REG_DWORD    0x1"],
    "a longer name before it": ["X UseMachineId    REG_DWORD    0x1"],
    "the name as data": ["Use    REG_SZ    UseMachineId"],
    "a name with blanks": ["UseMachineId    REG_DWORD    0x1    REG_SZ    trap"],
    "a name with blanks that is a text": ["UseMachineId    REG_SZ    x    REG_SZ    trap"],
    "a value of the key itself": [
        r"(Default)    REG_SZ    (value not set)",
        "(Standard)    REG_SZ    (Wert nicht gesetzt)",
    ],
}


@pytest.mark.parametrize("said", [b"", GERMAN, JAPANESE, WINE], ids=["nothing", "German", "Japanese", "Wine"])
@pytest.mark.parametrize("lines", LOOKALIKES.values(), ids=LOOKALIKES)
def test_a_value_that_is_not_there_is_absent_whatever_looks_like_it(lines: list[str], said: bytes) -> None:
    script = host(said, key(*lines))
    assert RegExeWindows(script).read(LSA) is None
    assert script.sent == [QUERY]


@pytest.mark.parametrize("lines", LOOKALIKES.values(), ids=LOOKALIKES)
def test_a_value_that_is_there_is_read_whatever_looks_like_it(lines: list[str]) -> None:
    assert RegExeWindows(host(key(ONE, subkeys=()), key(*lines, ONE))).read(LSA) == dword(1)


def test_data_of_several_lines_is_not_taken_for_another_value() -> None:
    """As far as reg.exe tells: what a text has behind a line break looks like a value of its own."""
    text = "Note    REG_SZ    see\r\n    UseMachineId    REG_DWORD    0x1"
    zero = "UseMachineId    REG_DWORD    0x0"
    assert RegExeWindows(host(key(zero, subkeys=()), key(text, zero))).read(LSA) == dword(0)
    with pytest.raises(NotUnderstood, match="which is listed"):
        RegExeWindows(host(b"", key(text))).read(LSA)


def test_a_value_that_is_listed_but_not_shown_is_not_absent() -> None:
    """Security products can refuse one value of a key."""
    with pytest.raises(NotUnderstood, match="which is listed"):
        RegExeWindows(host(WINE, key(BOUNDS, ONE))).read(LSA)


BANNERS = {
    "AutoRun": b"Welcome to SRV01\r\n\r\n",
    "a byte order mark": b"\xef\xbb\xbf",
    "Unix line ends": b"\n",
    "code page 932": "ようこそ\r\n".encode("cp932"),
    "long": b"x" * 1_000_000 + b"\r\n",
}


@pytest.mark.parametrize("banner", BANNERS.values(), ids=BANNERS)
def test_what_profiles_write_before_and_after_does_not_matter(banner: bytes) -> None:
    present = Completed(0, banner + key(ONE, subkeys=()) + key(BOUNDS, ONE) + banner)
    absent = Completed(0, banner + key(BOUNDS) + banner)
    assert RegExeWindows(Script({QUERY: present})).read(LSA) == dword(1)
    assert RegExeWindows(Script({QUERY: absent})).read(LSA) is None


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r\r\n"])
def test_line_ends_do_not_matter(newline: str) -> None:
    answer = (key(ONE, subkeys=()) + key(BOUNDS, ONE)).replace(b"\r\n", newline.encode())
    assert RegExeWindows(Script({QUERY: Completed(0, answer)})).read(LSA) == dword(1)


UNREADABLE = {
    "nothing": b"",
    "UTF-16": (key(ONE, subkeys=()) + key(ONE)).decode().encode("utf-16"),
    "NUL bytes": b"\0" * 100,
    "CLIXML": b'#< CLIXML\r\n<Objs Version="1.1.0.1"><S S="Output">    UseMachineId    REG_DWORD    0x1</S></Objs>',
    "another program": b"usage: reg [-v] file\n",
}


@pytest.mark.parametrize("output", UNREADABLE.values(), ids=UNREADABLE)
def test_success_without_a_readable_line_is_not_understood(output: bytes) -> None:
    with pytest.raises(NotUnderstood, match="status 0"):
        RegExeWindows(host(b"", output, again=Completed(0, output))).read(LSA)


@pytest.mark.parametrize(
    "line", ["UseMachineId    REG_", "UseMachineId    4    0x1", "    UseMachineId    REG_DWORD    1", ""]
)
def test_a_line_of_another_form_is_not_understood(line: str) -> None:
    with pytest.raises(NotUnderstood, match="status 0"):
        RegExeWindows(host(key(line, subkeys=()), key(line))).read(LSA)


def test_a_key_without_values_is_not_named_and_the_exit_status_decides() -> None:
    script = host(b"\r\n", key(subkeys=()), again=Completed(1, GERMAN))
    assert RegExeWindows(script).read(LSA) is None
    assert script.sent == [QUERY, QUERY_ALONE]
    with pytest.raises(NotUnderstood, match="status 9009"):
        RegExeWindows(host(b"\r\n", key(), again=Completed(9009, b""))).read(LSA)


def test_a_key_that_is_listed_above_but_cannot_be_read_is_denied() -> None:
    above = Completed(0, key("x    REG_SZ    y", name=PARENT, subkeys=("LSA", "Lsa2")))
    with pytest.raises(AccessDenied, match="refuses reading"):
        RegExeWindows(closed(1, parent=above)).read(LSA)


def test_a_key_below_one_that_can_be_read_is_denied_all_the_same() -> None:
    msv = ValueName(rf"{KEY}\MSV1_0", "AllowNullSessionFallback")
    query = rf'reg.exe query "HKLM\{msv.key}"'
    answers = {f"{query} /v {msv.name} & {query}": FAILED, f'reg.exe query "HKLM\\{KEY}"': Completed(0, key(BOUNDS))}
    with pytest.raises(AccessDenied, match=r"refuses reading HKLM\\.*MSV1_0 "):
        RegExeWindows(Script(answers)).read(msv)


def test_a_key_that_is_not_listed_above_has_no_values_and_is_not_created() -> None:
    windows = RegExeWindows(closed(1, parent=Completed(0, key(name=PARENT, subkeys=("Lsa2",)))))
    assert windows.read(LSA) is None
    with pytest.raises(Refused, match="no such key"):
        windows.write(LSA, 1)


@pytest.mark.parametrize("output", UNREADABLE.values(), ids=UNREADABLE)
def test_a_list_of_keys_that_cannot_be_read_misses_none(output: bytes) -> None:
    with pytest.raises(NotUnderstood, match="listing"):
        RegExeWindows(closed(1, parent=Completed(0, output))).read(LSA)


@pytest.mark.parametrize("said", [b"", GERMAN, JAPANESE])
def test_a_parent_that_cannot_be_read_either_says_nothing(said: bytes) -> None:
    with pytest.raises(NotUnderstood, match="listing"):
        RegExeWindows(closed(1, parent=Completed(1, said))).read(LSA)


#: Not found in cmd.exe; a lost connection of ssh; a crash; what a POSIX shell answers.
OTHER_STATUSES = [9009, 255, -1073741819, 2, 127]


@pytest.mark.parametrize("status", OTHER_STATUSES)
@pytest.mark.parametrize("subkeys", [("Lsa",), ("Lsa2",)])
def test_a_status_that_is_not_of_reg_exe_says_nothing(status: int, subkeys: tuple[str, ...]) -> None:
    other = Completed(status, b"")
    script = closed(status, add=other, delete=other, parent=Completed(0, key(name=PARENT, subkeys=subkeys)))
    windows = RegExeWindows(script)
    with pytest.raises(NotUnderstood, match=f"status {status}"):
        windows.read(LSA)
    with pytest.raises(NotUnderstood, match=f"status {status}"):
        windows.write(LSA, 1)
    with pytest.raises(NotUnderstood, match=f"status {status}"):
        windows.delete(LSA)


def test_a_terminal_is_refused_with_the_option_that_is_missing() -> None:
    with pytest.raises(HostError, match="ansible_shell_type"):
        RegExeWindows(host(b"\x1b[?25l    UseMachineId\x1b[?25h    REG_DWORD    0x1", b"")).read(LSA)


def test_a_value_is_written_without_a_question() -> None:
    script = host(b"", b"", add=Completed(0, b""))
    RegExeWindows(script).write(LSA, 1)
    assert script.sent == [ADD]
    assert ADD.endswith(" /f")


def test_a_write_that_was_refused_is_an_error() -> None:
    with pytest.raises(AccessDenied, match="refuses writing"):
        RegExeWindows(host(b"", b"", add=FAILED)).write(LSA, 1)


def test_removing_what_is_absent_is_no_error_and_what_is_still_there_is_denied() -> None:
    RegExeWindows(host(WINE, key(BOUNDS), delete=FAILED)).delete(LSA)
    with pytest.raises(AccessDenied, match="refuses removing"):
        RegExeWindows(host(key(ONE, subkeys=()), key(ONE), delete=FAILED)).delete(LSA)


def version_query(view: str) -> str:
    return (
        rf'reg.exe query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"{view} & '
        r'reg.exe query "HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions"'
    )


VERSION, VERSION_PLAIN = version_query(" /reg:64"), version_query("")
WINDOWS_11 = [
    "CurrentVersion    REG_SZ    6.3",
    "CurrentBuild    REG_SZ    22631",
    "CurrentBuildNumber    REG_SZ    22631",
    "CurrentMajorVersionNumber    REG_DWORD    0xa",
    "CurrentMinorVersionNumber    REG_DWORD    0x0",
    "ProductName    REG_SZ    Windows 10 Pro",
    "ProductType    REG_SZ    WinNT",
]


@pytest.mark.parametrize(
    ("lines", "version"),
    [
        (WINDOWS_11, (10, 0, 22631, "workstation")),
        (
            [
                "CurrentVersion    REG_SZ    6.0",
                "CurrentBuildNumber    REG_SZ    6002",
                "ProductType    REG_SZ    LanmanNT",
            ],
            (6, 0, 6002, "domain_controller"),
        ),
        (["CurrentVersion\tREG_SZ\t5.2", "CurrentBuild\tREG_SZ\t3790"], (5, 2, 3790, "unknown")),
    ],
)
def test_the_version_is_read_from_the_registry_of_64_bit_programs(
    lines: list[str], version: tuple[int, int, int, str]
) -> None:
    script = Script({VERSION: Completed(0, key(*lines))})
    assert RegExeWindows(script).observe([]).windows == WindowsVersion(*version)  # type: ignore[arg-type]
    assert script.sent == [VERSION]


def test_a_reg_exe_that_does_not_know_the_switch_is_asked_without_it() -> None:
    """Its complaint is on stderr. The second command, about a key that is not redirected, succeeds all the same."""
    product = key("ProductType    REG_SZ    ServerNT")
    for complaint in (b"", USAGE):
        script = Script(
            {
                VERSION: Completed(0, complaint + product),
                VERSION_PLAIN: Completed(
                    0, key("CurrentVersion    REG_SZ    6.0", "CurrentBuild    REG_SZ    6002") + product
                ),
            }
        )
        assert RegExeWindows(script).observe([]).windows == WindowsVersion(6, 0, 6002, "server")
        assert script.sent == [VERSION, VERSION_PLAIN]


@pytest.mark.parametrize(
    "answer", [FAILED, Completed(0, key("CurrentVersion    REG_SZ    x")), Completed(0, b"Welcome")]
)
def test_a_host_without_a_version_is_not_guessed_at(answer: Completed) -> None:
    with pytest.raises(NotUnderstood, match="shows no Windows version"):
        RegExeWindows(Script({VERSION: answer, VERSION_PLAIN: answer})).observe([])


def test_powershell_gets_its_own_separator_and_quotes() -> None:
    alone = rf"reg.exe query 'HKLM\{KEY}' /v UseMachineId"
    script = Script({f"{alone}; reg.exe query 'HKLM\\{KEY}'": Completed(0, key(ONE) + key(ONE))}, POWERSHELL)
    assert RegExeWindows(script).read(LSA) == dword(1)
