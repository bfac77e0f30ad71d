# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The output of reg.exe: what is read from it, and what is refused."""

from __future__ import annotations

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import NotUnderstood
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reg_exe import Completed, RegExeHost
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reg_exe_output import Output
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword

from ..reg_exe import BOUNDS, GERMAN, JAPANESE, KEY, LSA, ONE, QUERY, QUERY_ALONE, UNREADABLE, WINE, Script, host, key


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (ONE, dword(1)),
        ("UseMachineId    REG_DWORD    0x00000001", dword(1)),
        ("USEMACHINEID    REG_DWORD    0xffffffff", dword(0xFFFFFFFF)),
        ("UseMachineId\tREG_DWORD\t0x1", dword(1)),  # reg.exe 3.0
        ("UseMachineId    REG_DWORD    0x100000000", RegistryValue("REG_DWORD", None)),
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
        ("UseMachineId    REG_QWORD    0x100000000", RegistryValue("REG_QWORD", 1 << 32)),
        ("UseMachineId    REG_QWORD    (null)", RegistryValue("REG_QWORD", None)),
        ("UseMachineId    REG_NONE    ", RegistryValue("REG_NONE", None)),
        ("UseMachineId    REG_FUTURE    x", RegistryValue("REG_FUTURE", None)),
    ],
)
def test_a_value_is_read_by_one_command(line: str, value: RegistryValue) -> None:
    script = host(key(BOUNDS, line, "UseMachineIdX    REG_DWORD    0x0"), key(line, subkeys=()))
    assert RegExeHost(script).read(LSA) == value
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
    script = host(key(*lines), said)
    assert RegExeHost(script).read(LSA) is None
    assert script.sent == [QUERY]


@pytest.mark.parametrize("lines", LOOKALIKES.values(), ids=LOOKALIKES)
def test_a_value_that_is_there_is_read_whatever_looks_like_it(lines: list[str]) -> None:
    alone = key(ONE, subkeys=())
    script = host(key(*lines, ONE), alone, again=Completed(0, alone))
    assert RegExeHost(script).read(LSA) == dword(1)
    looks_like_it = any(line.startswith("UseMachineId ") for line in lines)
    assert script.sent == ([QUERY, QUERY_ALONE] if looks_like_it else [QUERY])


def test_data_of_several_lines_is_not_taken_for_another_value() -> None:
    """As far as reg.exe tells: what a text has behind a line break looks like a value of its own."""
    text = "Note    REG_SZ    see\r\n    UseMachineId    REG_DWORD    0x1"
    zero = "UseMachineId    REG_DWORD    0x0"
    alone = key(zero, subkeys=())
    assert RegExeHost(host(key(text, zero), alone, again=Completed(0, alone))).read(LSA) == dword(0)
    with pytest.raises(NotUnderstood, match="which is listed"):
        RegExeHost(host(key(text), b"")).read(LSA)


def test_a_value_that_is_listed_but_not_shown_is_not_absent() -> None:
    """Security products can refuse one value of a key."""
    with pytest.raises(NotUnderstood, match="which is listed"):
        RegExeHost(host(key(BOUNDS, ONE), WINE)).read(LSA)
    with pytest.raises(NotUnderstood, match="which is listed"):
        RegExeHost(host(key(BOUNDS, ONE.replace("0x1", "(null)")), WINE)).read(LSA)


BANNERS = {
    "AutoRun": b"Welcome to SRV01\r\n\r\n",
    "a byte order mark": b"\xef\xbb\xbf",
    "Unix line ends": b"\n",
    "code page 932": "ようこそ\r\n".encode("cp932"),
    "long": b"x" * 1_000_000 + b"\r\n",
}


@pytest.mark.parametrize("banner", BANNERS.values(), ids=BANNERS)
def test_what_profiles_write_before_and_after_does_not_matter(banner: bytes) -> None:
    present = Completed(0, banner + key(BOUNDS, ONE) + key(ONE, subkeys=()) + banner)
    absent = Completed(1, banner + key(BOUNDS) + banner)
    assert RegExeHost(Script({QUERY: present})).read(LSA) == dword(1)
    assert RegExeHost(Script({QUERY: absent})).read(LSA) is None


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r\r\n"])
def test_line_ends_do_not_matter(newline: str) -> None:
    answer = (key(BOUNDS, ONE) + key(ONE, subkeys=())).replace(b"\r\n", newline.encode())
    assert RegExeHost(Script({QUERY: Completed(0, answer)})).read(LSA) == dword(1)


@pytest.mark.parametrize("output", UNREADABLE.values(), ids=UNREADABLE)
def test_success_without_a_readable_line_is_not_understood(output: bytes) -> None:
    with pytest.raises(NotUnderstood, match="status 0"):
        RegExeHost(Script(dict.fromkeys((QUERY, QUERY_ALONE), Completed(0, output)))).read(LSA)


@pytest.mark.parametrize(
    "line", ["UseMachineId    REG_", "UseMachineId    4    0x1", "    UseMachineId    REG_DWORD    1", ""]
)
def test_a_line_of_another_form_is_not_understood(line: str) -> None:
    with pytest.raises(NotUnderstood, match="status 0"):
        RegExeHost(host(key(line), key(line, subkeys=()), again=Completed(0, key(line, subkeys=())))).read(LSA)


ZERO = ONE.replace("0x1", "0x0")
NAME = f"HKEY_LOCAL_MACHINE\\{KEY}"


def stated_twice(listed: bytes, alone: bytes) -> RegistryValue | None:
    return Output(listed + alone).stated_twice(*LSA)


@pytest.mark.parametrize("key_in_data", [[], ["Note    REG_SZ    see\r\n" + NAME]], ids=["", "its key is in a text"])
def test_a_value_that_list_and_query_state_alike_is_believed(key_in_data: list[str]) -> None:
    assert stated_twice(key(*key_in_data, BOUNDS, ONE), key(ONE, subkeys=())) == dword(1)


@pytest.mark.parametrize(
    ("listed", "alone"),
    [
        pytest.param([ZERO], [ONE], id="they differ"),
        pytest.param([ONE], [ZERO], id="they differ the other way round"),
        pytest.param([ONE, ONE], [ONE], id="the list has it twice"),
        pytest.param([ONE, ONE], [BOUNDS], id="the list has it twice, and the query shows something else"),
        pytest.param([ONE], [BOUNDS, ONE], id="the query shows something else first"),
        pytest.param([ONE], [], id="the query shows nothing"),
        pytest.param([], [ONE], id="the list does not have it"),
    ],
)
def test_a_value_that_they_do_not_state_alike_is_not(listed: list[str], alone: list[str]) -> None:
    assert stated_twice(key(*listed), key(*alone, subkeys=())) is None


def test_the_line_end_behind_a_value_may_be_missing() -> None:
    assert Output(key(ONE, subkeys=()).rstrip()).alone(*LSA) == dword(1)
    assert Output(NAME.encode()).alone(*LSA) is None


@pytest.mark.parametrize("behind", ["y", f"{NAME}\r\n    {ONE}"], ids=["", "what looks like the value"])
def test_a_text_of_several_lines_can_not_be_read_whatever_they_are(behind: str) -> None:
    text = key(f"UseMachineId    REG_SZ    x\r\n{behind}", subkeys=())
    assert Output(text).alone(*LSA) == RegistryValue("REG_SZ", None)
