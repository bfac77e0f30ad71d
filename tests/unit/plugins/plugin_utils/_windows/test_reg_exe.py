# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands for reg.exe, and the meaning of its exit statuses."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import (
    AccessDenied,
    HostError,
    NotUnderstood,
    Refused,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reg_exe import POWERSHELL, Completed, RegExeHost
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reg_exe_version import VERSION_VALUES
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion

from ..reg_exe import (
    ADD,
    BOUNDS,
    FAILED,
    GERMAN,
    JAPANESE,
    KEY,
    LIST,
    LSA,
    ONE,
    PARENT,
    QUERY,
    QUERY_ALONE,
    UNREADABLE,
    USAGE,
    WINE,
    Script,
    closed,
    host,
    key,
)


def test_a_key_without_values_is_not_named_and_the_exit_status_decides() -> None:
    script = host(key(subkeys=()), GERMAN, list=Completed(0, b"\r\n"))
    assert RegExeHost(script).read(LSA) is None
    assert script.sent == [QUERY, LIST]
    with pytest.raises(NotUnderstood, match="status 9009"):
        RegExeHost(host(key(subkeys=()), b"\r\n", list=Completed(9009, b""))).read(LSA)


def test_a_key_that_is_listed_above_but_cannot_be_read_is_denied() -> None:
    above = Completed(0, key("x    REG_SZ    y", name=PARENT, subkeys=("LSA", "Lsa2")))
    with pytest.raises(AccessDenied, match=r"When reading .* access is denied"):
        RegExeHost(closed(1, parent=above)).read(LSA)


def test_a_key_below_one_that_can_be_read_is_denied_all_the_same() -> None:
    msv = ValueName(rf"{KEY}\MSV1_0", "AllowNullSessionFallback")
    query = rf'reg.exe query "HKLM\{msv.key}"'
    answers = {
        f"{query} & {query} /v {msv.name}": FAILED,
        query: FAILED,
        f'reg.exe query "HKLM\\{KEY}"': Completed(0, key(BOUNDS)),
    }
    with pytest.raises(AccessDenied, match=r"When reading HKLM\\.*MSV1_0, "):
        RegExeHost(Script(answers)).read(msv)


def test_a_key_that_is_not_listed_above_has_no_values_and_is_not_created() -> None:
    windows = RegExeHost(closed(1, parent=Completed(0, key(name=PARENT, subkeys=("Lsa2",)))))
    assert windows.read(LSA) is None
    with pytest.raises(Refused, match="no such key"):
        windows.write(LSA, 1)


@pytest.mark.parametrize("output", UNREADABLE.values(), ids=UNREADABLE)
def test_a_list_of_keys_that_cannot_be_read_misses_none(output: bytes) -> None:
    with pytest.raises(NotUnderstood, match="listing"):
        RegExeHost(closed(1, parent=Completed(0, output))).read(LSA)


@pytest.mark.parametrize("said", [b"", GERMAN, JAPANESE])
def test_a_parent_that_cannot_be_read_either_says_nothing(said: bytes) -> None:
    with pytest.raises(NotUnderstood, match="listing"):
        RegExeHost(closed(1, parent=Completed(1, said))).read(LSA)


#: Not found in cmd.exe; a lost connection of ssh; a crash; what a POSIX shell answers.
OTHER_STATUSES = [9009, 255, -1073741819, 2, 127]


@pytest.mark.parametrize("status", OTHER_STATUSES)
@pytest.mark.parametrize("subkeys", [("Lsa",), ("Lsa2",)])
def test_a_status_that_is_not_of_reg_exe_says_nothing(status: int, subkeys: tuple[str, ...]) -> None:
    other = Completed(status, b"")
    script = closed(status, add=other, delete=other, parent=Completed(0, key(name=PARENT, subkeys=subkeys)))
    windows = RegExeHost(script)
    with pytest.raises(NotUnderstood, match=f"status {status}"):
        windows.read(LSA)
    with pytest.raises(NotUnderstood, match=f"status {status}"):
        windows.write(LSA, 1)
    with pytest.raises(NotUnderstood, match=f"status {status}"):
        windows.delete(LSA)


STYLE = b"\x1b[32mWelcome\x1b[0m\r\n"
#: What a pseudo console of Windows sends before anything else.
CLEARED = b"\x1b[?25l\x1b[2J\x1b[m\x1b[H"


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(CLEARED + key(ONE), id="the screen is cleared"),
        pytest.param(CLEARED, id="nothing else"),
        pytest.param(key(ONE) + b"\x1b[?25h", id="the cursor is shown again"),
        pytest.param(STYLE + key(ONE).replace(b"0x1", b"\x1b[1m0x1"), id="a value with a style"),
        pytest.param(b"\x1b[5C" + key(ONE), id="the cursor is moved"),
    ],
)
def test_a_terminal_is_refused_with_the_option_that_is_missing(output: bytes) -> None:
    with pytest.raises(HostError, match="ansible_shell_type"):
        RegExeHost(Script({QUERY: Completed(0, output + output), QUERY_ALONE: Completed(0, output)})).read(LSA)


@pytest.mark.parametrize("banner", [STYLE, b"\x1b]0;srv01\x07", b"\x1b]0;srv01\x1b\\", b"Welcome\r\n"])
def test_what_a_profile_prints_does_no_harm(banner: bytes) -> None:
    assert RegExeHost(host(banner + key(ONE), key(ONE, subkeys=()))).read(LSA) == dword(1)
    assert RegExeHost(host(banner + key(BOUNDS), b"")).read(LSA) is None


def test_a_value_is_written_without_a_question() -> None:
    script = host(key(BOUNDS), WINE, add=Completed(0, b""))
    windows = RegExeHost(script)
    windows.read(LSA)
    windows.write(LSA, 1)
    assert script.sent == [QUERY, ADD]
    assert ADD.endswith(" /f")


def test_a_key_that_nobody_has_looked_at_is_looked_for_before_it_is_written_to() -> None:
    script = host(key(BOUNDS), WINE, add=Completed(0, b""))
    RegExeHost(script).write(LSA, 1)
    assert script.sent == [QUERY, ADD]
    with pytest.raises(Refused, match="no such key"):
        RegExeHost(closed(1, parent=Completed(0, key(name=PARENT, subkeys=("Lsa2",))))).write(LSA, 1)


def test_a_write_that_was_refused_is_an_error() -> None:
    with pytest.raises(AccessDenied, match=r"When writing .* access is denied"):
        RegExeHost(host(key(BOUNDS), WINE, add=FAILED)).write(LSA, 1)


def test_removing_what_is_absent_is_not_an_error_and_what_is_still_there_is_denied() -> None:
    RegExeHost(host(key(BOUNDS), WINE, delete=FAILED)).delete(LSA)
    with pytest.raises(AccessDenied, match=r"When removing .* access is denied"):
        RegExeHost(host(key(ONE), key(ONE, subkeys=()), delete=FAILED)).delete(LSA)


def version_query(view: str) -> str:
    return " & ".join(f'reg.exe query "HKLM\\{key}" /v {name}{view}' for key, name in VERSION_VALUES)


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
        (["CurrentVersion\tREG_SZ\t5.2", "CurrentBuildNumber\tREG_SZ\t3790"], (5, 2, 3790, "unknown")),
        ([*WINDOWS_11, "EditionID    REG_SZ    Enterprise"], (10, 0, 22631, "workstation", "windows")),
        (
            [*WINDOWS_11[:-1], "EditionID    REG_SZ    ServerRdsh", "ProductType    REG_SZ    ServerNT"],
            (10, 0, 22631, "server", "multi_session"),
        ),
    ],
)
def test_the_version_is_read_from_the_registry_of_64_bit_programs(lines: list[str], version: tuple[t.Any, ...]) -> None:
    script = Script({VERSION: Completed(0, key(*lines))})
    assert RegExeHost(script).observe([]).version == WindowsVersion(*version)
    assert script.sent == [VERSION]


def test_a_reg_exe_that_does_not_know_the_switch_is_asked_without_it() -> None:
    """Its complaint is on stderr. The second command, about a key that is not redirected, succeeds all the same."""
    product = key("ProductType    REG_SZ    ServerNT")
    for complaint in (b"", USAGE):
        script = Script(
            {
                VERSION: Completed(0, complaint + product),
                VERSION_PLAIN: Completed(
                    0, key("CurrentVersion    REG_SZ    6.0", "CurrentBuildNumber    REG_SZ    6002") + product
                ),
            }
        )
        assert RegExeHost(script).observe([]).version == WindowsVersion(6, 0, 6002, "server")
        assert script.sent == [VERSION, VERSION_PLAIN]


@pytest.mark.parametrize(
    "answer",
    [
        FAILED,
        Completed(0, key("CurrentVersion    REG_SZ    x")),
        Completed(0, b"Welcome"),
        pytest.param(Completed(0, key(*WINDOWS_11, WINDOWS_11[2])), id="a value that is there twice"),
        pytest.param(Completed(0, key(*WINDOWS_11, "EditionID    REG_NONE    ")), id="a value without readable data"),
    ],
)
def test_a_host_without_a_version_is_not_guessed_at(answer: Completed) -> None:
    with pytest.raises(NotUnderstood, match="reported no Windows version"):
        RegExeHost(Script({VERSION: answer, VERSION_PLAIN: answer})).observe([])


def test_powershell_gets_its_own_separator_and_quotes() -> None:
    alone = rf"reg.exe query 'HKLM\{KEY}' /v UseMachineId"
    script = Script({f"reg.exe query 'HKLM\\{KEY}'; {alone}": Completed(0, key(ONE) + key(ONE))}, POWERSHELL)
    assert RegExeHost(script).read(LSA) == dword(1)
