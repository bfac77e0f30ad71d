# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile registries: whoever may write values and keys beside those that are asked for forges nothing.

An imitation of reg.exe prints them, with every name and all data as they are. What it prints is checked against what
is stored.
"""

from __future__ import annotations

import re
import typing as t

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError, NotUnderstood
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reg_exe import CMD, Completed, RegExeHost
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion

from ..reg_exe import KEY, LSA

PRODUCT_OPTIONS = r"SYSTEM\CurrentControlSet\Control\ProductOptions"
CURRENT_VERSION = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
FULL = f"HKEY_LOCAL_MACHINE\\{KEY}"
CALL = re.compile(r'reg\.exe query "HKLM\\(?P<key>[^"]*)"(?: /v (?P<name>\S+))?(?: /reg:64)?')

#: A value as reg.exe shows it: name, type, data.
Shown: t.TypeAlias = tuple[str, str, str]


class Registry(t.NamedTuple):
    """Keys with their values and the names of the keys below them."""

    values: dict[str, list[Shown]]
    below: dict[str, list[str]]
    #: Keys whose values can be read one by one, though they can't be listed.
    unlisted: tuple[str, ...] = ()


class Imitation:
    """reg.exe on a registry. Like that of Windows it says why a query failed on another stream."""

    syntax = CMD

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.lines = 0

    def run(self, command: str) -> Completed:
        self.lines += 1
        answers = [self._query(part) for part in command.split(CMD.separator)]
        return Completed(answers[-1].exit_status, b"".join(answer.stdout for answer in answers))

    def _query(self, command: str) -> Completed:
        call = CALL.fullmatch(command)
        assert call, command
        key, name = call["key"], call["name"]
        values = self.registry.values.get(key)
        if values is None or (name is None and key in self.registry.unlisted):
            return Completed(1, b"")
        found = [value for value in values if name is None or value[0].casefold() == name.casefold()]
        if name is not None and not found:
            return Completed(1, b"")
        below = [] if name else self.registry.below.get(key, [])
        return Completed(0, printed(key, found, below))


def printed(key: str, values: list[Shown], below: list[str]) -> bytes:
    full = f"HKEY_LOCAL_MACHINE\\{key}"
    lines = ["", *([full] if values else []), *("    " + "    ".join(value) for value in values), ""]
    lines += [f"{full}\\{name}" for name in below]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


LINE_OF_ONE = "    UseMachineId    REG_DWORD    0x1"
#: Pieces of which names and data are made: lines, parts of lines, and what ends one.
PIECES = (
    *("\r\n", "\n", "\r", "\t", "    ", " ", "\x1b[2J"),
    *(FULL, f"{FULL}\r\n{LINE_OF_ONE}", f"{FULL}\\MSV1_0", LINE_OF_ONE, LINE_OF_ONE.strip()),
    *("UseMachineId", "REG_DWORD", "REG_SZ", "0x0", "0x1", "x", "ü"),
)
#: A query for one line of the list shows nothing below its value.
FORGED = f"x\r\n\r\n{FULL}\r\n{LINE_OF_ONE}\r\n"

texts = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
names = texts.filter(lambda text: text.casefold() != "usemachineid")
neighbors = st.lists(st.tuples(names, st.sampled_from(["REG_SZ", "REG_BINARY", "REG_MULTI_SZ"]), texts), max_size=4)
#: What is stored, and what is read of it.
stored: st.SearchStrategy[tuple[Shown | None, RegistryValue | None]] = st.one_of(
    st.just((None, None)),
    st.integers(0, 2).map(lambda number: (("UseMachineId", "REG_DWORD", f"{number:#x}"), dword(number))),
    texts.map(lambda text: (("UseMachineId", "REG_SZ", text), RegistryValue("REG_SZ", text))),
    # A type that reg.exe shows in a form of its own.
    texts.map(lambda text: (("UseMachineId", "0x10007", text), None)),
)


def registry_of(value: Shown | None, others: list[Shown], at: int, below: list[str], unlisted: bool) -> Registry:
    values = [*others[:at], *([value] if value else []), *others[at:]]
    return Registry({KEY: values}, {KEY: below}, (KEY,) if unlisted else ())


@given(stored, neighbors, st.integers(0, 4), st.lists(texts, max_size=2), st.booleans())
@example(  # the name of another value, and the name of the key in the data of a third: read as enabled
    (None, None),
    [("A", "REG_SZ", f"x\r\n{FULL}"), ("UseMachineId    REG_DWORD    0x1", "REG_SZ", "y")],
    0,
    [],
    False,
)
@example((None, None), [("A", "REG_SZ", FORGED)], 0, [], False)
@example(((LSA.name, "REG_SZ", FORGED), RegistryValue("REG_SZ", FORGED)), [], 0, [], False)
@example(((LSA.name, "REG_SZ", FORGED), RegistryValue("REG_SZ", FORGED)), [], 0, [], True)
@example(
    ((LSA.name, "0x10007", ""), None), [("A", "REG_SZ", FORGED), ("B", "REG_SZ", f"x\r\n{LINE_OF_ONE}")], 2, [], False
)
@example(((LSA.name, "REG_DWORD", "0x0"), dword(0)), [("A", "REG_SZ", FORGED)], 0, ["\r\n" + LINE_OF_ONE], False)
def test_what_is_stored_beside_a_value_forges_nothing(
    case: tuple[Shown | None, RegistryValue | None],
    others: list[Shown],
    at: int,
    below: list[str],
    unlisted: bool,
) -> None:
    shown, value = case
    host = Imitation(registry_of(shown, others, at, below, unlisted))
    try:
        found = RegExeHost(host).read(LSA)
    except HostError:
        # What can't be told apart is unknown. But a number that is there is read in any case.
        assert value is None or value.type != "REG_DWORD"
    else:
        assert (found is None) == (shown is None)
        if found and value:
            assert found.type == value.type
            assert value.type != "REG_DWORD" or found == value
    assert host.lines <= 3


@given(stored.filter(lambda case: case[0] is None or case[0][1] == "REG_DWORD"), st.integers(0, 2))
def test_an_ordinary_registry_costs_one_line(case: tuple[Shown | None, RegistryValue | None], at: int) -> None:
    shown, value = case
    ordinary = [("Bounds", "REG_BINARY", "0030000000200000"), ("Security Packages", "REG_MULTI_SZ", '""')]
    host = Imitation(registry_of(shown, ordinary, at, ["MSV1_0"], False))
    assert RegExeHost(host).read(LSA) == value
    assert host.lines == 1


def test_only_the_data_of_a_text_that_have_one_line_are_read() -> None:
    for data, found in (("1", "1"), (" 1 ", " 1 "), ("1\r\n2", None), (FORGED, None)):
        host = Imitation(registry_of((LSA.name, "REG_SZ", data), [], 0, [], False))
        assert RegExeHost(host).read(LSA) == RegistryValue("REG_SZ", found)


def test_a_control_sequence_in_the_data_of_another_value_is_not_a_terminal() -> None:
    note = [("Note", "REG_SZ", "\x1b[2J")]
    for shown, value in (((LSA.name, "REG_DWORD", "0x0"), dword(0)), (None, None)):
        assert RegExeHost(Imitation(registry_of(shown, note, 0, [], False))).read(LSA) == value


def test_a_missing_key_costs_two_lines_more_and_a_list_of_keys_is_believed_only_for_what_it_can_show() -> None:
    parent = KEY.rpartition("\\")[0]
    host = Imitation(Registry({parent: [("A", "REG_SZ", "x")]}, {parent: ["Lsa2"]}))
    assert RegExeHost(host).read(LSA) is None
    assert host.lines == 3


#: Server 2008, which the policy treats in another way than later releases.
SERVER_2008: dict[str, list[Shown]] = {
    CURRENT_VERSION: [
        ("CurrentVersion", "REG_SZ", "6.0"),
        ("CurrentBuildNumber", "REG_SZ", "6002"),
        ("EditionID", "REG_SZ", "ServerStandard"),
    ],
    PRODUCT_OPTIONS: [("ProductType", "REG_SZ", "ServerNT")],
}
VERSION_LINES = (
    "    CurrentMajorVersionNumber    REG_DWORD    0xa",
    "    CurrentVersion    REG_SZ    5.2",
    "    CurrentBuildNumber    REG_SZ    3790",
    "    ProductType    REG_SZ    WinNT",
    "    EditionID    REG_SZ    ServerRdsh",
)


@given(
    st.lists(st.tuples(st.sampled_from(["RegisteredOwner", "ProductName", "Z"]), st.just("REG_SZ"), texts), max_size=2),
    st.lists(st.sampled_from(VERSION_LINES)),
)
def test_the_owner_of_a_host_does_not_choose_its_version(others: list[Shown], lines: list[str]) -> None:
    owner = ("RegisteredOwner", "REG_SZ", "\r\n".join(["me", f"HKEY_LOCAL_MACHINE\\{CURRENT_VERSION}", *lines]))
    values = {key: [owner, *others, *known] for key, known in SERVER_2008.items()}
    host = Imitation(Registry(values, {}))
    assert RegExeHost(host).observe([]).version == WindowsVersion(6, 0, 6002, "server")
    assert host.lines == 1


@pytest.mark.parametrize("line", VERSION_LINES[1:])
def test_a_value_of_the_version_that_is_there_twice_is_unknown(line: str) -> None:
    first, *others = SERVER_2008[CURRENT_VERSION]
    double = {**SERVER_2008, CURRENT_VERSION: [(*first[:2], f"6.0\r\n{line}"), *others]}
    with pytest.raises(NotUnderstood, match="reported no Windows version"):
        RegExeHost(Imitation(Registry(double, {}))).observe([])


@pytest.mark.parametrize(
    ("name", "type_", "data"),
    [
        ("CurrentMajorVersionNumber", "REG_DWORD", "(null)"),
        ("CurrentBuildNumber", "REG_SZ", "9" * 5000),
        ("CurrentBuildNumber", "REG_SZ", "٣"),
        ("CurrentBuildNumber", "REG_SZ", "-1"),
        ("CurrentVersion", "REG_SZ", "6"),
        ("CurrentVersion", "REG_SZ", "6.0.1"),
    ],
)
def test_a_version_that_cannot_be_read_is_unknown(name: str, type_: str, data: str) -> None:
    others = [value for value in SERVER_2008[CURRENT_VERSION] if value[0] != name]
    broken = {**SERVER_2008, CURRENT_VERSION: [*others, (name, type_, data)]}
    with pytest.raises(NotUnderstood, match="reported no Windows version"):
        RegExeHost(Imitation(Registry(broken, {}))).observe([])


def test_what_the_host_says_is_quoted_first() -> None:
    said = "'reg.exe' is not recognized as an internal or external command,"

    class Refuses:
        syntax = CMD

        def run(self, command: str) -> Completed:
            assert command.startswith("reg.exe ")
            return Completed(9009, b"", said)

    with pytest.raises(NotUnderstood) as caught:
        RegExeHost(Refuses()).observe([])
    start, _dot, next_step = str(caught.value).partition(". ")
    assert start == f"reg.exe on the host reported no Windows version (exit status 9009, and the host says: {said})"
    assert next_step.index("AppLocker") < next_step.index("ansible_shell_type")
    for attempt in (RegExeHost(Refuses()).read, RegExeHost(Refuses()).delete):
        with pytest.raises(NotUnderstood, match=r"the host says: 'reg\.exe'"):
            attempt(LSA)


def test_a_shell_that_stops_at_the_first_failure_denies_nothing() -> None:
    """As PowerShell does with $PSNativeCommandUseErrorActionPreference and $ErrorActionPreference = 'Stop'."""

    class Stops(Imitation):
        def run(self, command: str) -> Completed:
            done: list[Completed] = []
            for part in command.split(CMD.separator):
                done.append(self._query(part))
                if done[-1].exit_status:
                    break
            return Completed(done[-1].exit_status, b"".join(answer.stdout for answer in done))

    for shown, value in ((None, None), ((LSA.name, "REG_DWORD", "0x0"), dword(0))):
        host = Stops(registry_of(shown, [("Bounds", "REG_BINARY", "00")], 0, ["MSV1_0"], False))
        host.registry.values.update({KEY.rpartition("\\")[0]: []})
        host.registry.below[KEY.rpartition("\\")[0]] = ["Lsa"]
        assert RegExeHost(host).read(LSA) == value
