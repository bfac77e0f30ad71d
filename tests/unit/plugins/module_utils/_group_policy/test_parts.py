# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions, GPT.INI, the list of extensions and links: what specifications say, and what others have corrupted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.module_utils._group_policy import gpt_ini
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.errors import GroupPolicyError
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.extensions import (
    SECURITY,
    SECURITY_TOOL,
    names_extension,
    names_security,
    with_security,
)
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.links import applied, container
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.versions import (
    Versions,
    computer_half,
    from_directory,
    successor,
    to_directory,
)

# --- versions --------------------------------------------------------------------------------------------------------

USER = 3 << 16
versions = st.builds(Versions, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))


@pytest.mark.parametrize(
    ("before", "relation", "raised"),
    [
        (Versions(0, 0), "same", Versions(1, 1)),
        (Versions(USER + 7, USER + 7), "same", Versions(USER + 8, USER + 8)),
        (Versions(USER + 0xFFFF, USER + 0xFFFF), "same", Versions(USER + 1, USER + 1)),
        (Versions(8, 7), "one ahead", Versions(9, 9)),
        (Versions(7, 8), "one ahead", Versions(9, 9)),
        (Versions(1, 0xFFFF), "one ahead", Versions(2, 2)),  # the container has wrapped
        (Versions(1, 0), "one ahead", Versions(2, 2)),
        (Versions(USER + 8, USER + 7), "one ahead", Versions(USER + 9, USER + 9)),
        (Versions((300 << 16) + 8, (300 << 16) + 7), "one ahead", Versions((300 << 16) + 9, (300 << 16) + 9)),
        (Versions(9, 7), "different", Versions(10, 10)),
        (Versions(7, 9), "different", Versions(10, 10)),
        (Versions(8, USER + 7), "different", Versions(9, USER + 9)),
        (Versions(USER + 8, 7), "different", Versions(USER + 9, 9)),  # each keeps its half for users
        (Versions((1 << 16) + 8, 7), "different", Versions((1 << 16) + 9, 9)),
        (Versions(0x8000, 0x7FFF), "one ahead", Versions(0x8001, 0x8001)),
        (Versions(0x7FFF, 0x8000), "one ahead", Versions(0x8001, 0x8001)),
        (Versions(0xFFFF, 1), "one ahead", Versions(2, 2)),  # GPT.INI has wrapped
        # Nobody can tell that one of these has wrapped.
        (Versions(5, 0xFFFF), "different", Versions(1, 1)),
        (Versions(0xFFFF, 5), "different", Versions(1, 1)),
    ],
)
def test_a_version_is_raised_for_computers_only(before: Versions, relation: str, raised: Versions) -> None:
    assert (before.relation, before.raised()) == (relation, raised)


def test_an_interrupted_change_is_completed() -> None:
    assert Versions(USER + 8, USER + 7).aligned() == Versions(USER + 8, USER + 8)
    assert Versions(1, 0xFFFF).aligned() == Versions(1, 1)


@given(versions)
def test_a_raised_version_differs_from_both_and_keeps_the_users(before: Versions) -> None:
    after = before.raised()
    assert computer_half(after.container) == computer_half(after.file) != 0
    assert {*map(computer_half, before)}.isdisjoint({computer_half(after.file)})
    assert [number >> 16 for number in after] == [number >> 16 for number in before]
    assert Versions(after.container, before.file).relation != "same"


@pytest.mark.parametrize(("before", "after"), [(0, 1), (0xFFFE, 0xFFFF), (0xFFFF, 1)])
def test_a_version_of_computers_is_counted_from_1_to_65535(before: int, after: int) -> None:
    assert successor(before) == after


@given(st.integers(0, 0xFFFF))
def test_zero_is_never_reached(computers: int) -> None:
    assert 1 <= successor(computers) <= 0xFFFF
    assert successor(computers) != computers


@given(st.integers(-(2**31), 2**31 - 1))
def test_the_directory_gets_a_signed_number(number: int) -> None:
    """A greater one is invalidAttributeSyntax. A new GPO has none."""
    assert to_directory(from_directory(number)) == number
    assert from_directory(None) == 0


@pytest.mark.parametrize(
    ("version", "number"), [(0, 0), (2**31 - 1, 2**31 - 1), (2**31, -(2**31)), (2**31 + 1, 1 - 2**31), (2**32 - 1, -1)]
)
def test_the_sign_of_a_version_is_its_highest_bit(version: int, number: int) -> None:
    assert (to_directory(version), from_directory(number)) == (number, version)


# --- GPT.INI ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b"[General]\r\nVersion=5\r\n"),
        (b"", b"[General]\r\nVersion=5\r\n"),
        (b"[General]\r\nVersion=4\r\n", b"[General]\r\nVersion=5\r\n"),
        (b"[general]\nversion = 65540 \ndisplayName=New", b"[general]\nversion = 5 \ndisplayName=New"),
        # Not each number after an equals sign: other sections and keys stay, and so do accents in any code page.
        (
            b"[X]\r\nVersion=1\r\n[General]\r\nVersion=4\r\nOptions=9\r\ndisplayName=\xe9t\xe9=7\r\nVersion=3\r\n",
            b"[X]\r\nVersion=1\r\n[General]\r\nVersion=5\r\nOptions=9\r\ndisplayName=\xe9t\xe9=7\r\nVersion=3\r\n",
        ),
        (b"Version=1\r\n[A]\r\nVersion=2\r\n[General]", b"Version=1\r\n[A]\r\nVersion=2\r\n[General]\r\nVersion=5"),
        # U+017F is a letter s for who compares in Unicode.
        (
            "\ufeff[General]\r\nver\u017fion=4\r\n".encode("utf-16-le"),
            "\ufeff[General]\r\nVersion=5\r\nver\u017fion=4\r\n".encode("utf-16-le"),
        ),
        (b"[General]\r\ndisplayName=\xc3\xa9", b"[General]\r\nVersion=5\r\ndisplayName=\xc3\xa9"),
        (b"[Other]\r\nx=1", b"[Other]\r\nx=1\r\n[General]\r\nVersion=5"),
        ("\ufeff[General]\r\nVersion=4".encode("utf-16-le"), "\ufeff[General]\r\nVersion=5".encode("utf-16-le")),
    ],
)
def test_only_the_version_changes(before: bytes | None, after: bytes) -> None:
    assert gpt_ini.with_version(before, 5) == after
    assert gpt_ini.version(after) == 5
    assert gpt_ini.with_version(after, 5) == after


@pytest.mark.parametrize("number", [b"", b"x", b"-1", b"4294967296", b"0x4", b"4 5", b"\xb2"])
def test_a_version_that_is_not_a_number_is_refused(number: bytes) -> None:
    with pytest.raises(GroupPolicyError, match="damaged"):
        gpt_ini.version(b"[General]\r\nVersion=" + number + b"\r\n")


def test_the_greatest_version_has_32_bits() -> None:
    assert gpt_ini.version(b"[General]\r\nVersion=4294967295\r\n") == 0xFFFFFFFF


@given(st.binary(max_size=60), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_the_bytes_around_a_version_stay(rest: bytes, before: int, after: int) -> None:
    file = b"[General]\r\nVersion=%d\r\n" + rest.replace(b"%", b"")
    assert gpt_ini.with_version(file % before, after) == file % after


# --- extensions ------------------------------------------------------------------------------------------------------

OURS = f"[{SECURITY}{SECURITY_TOOL}]"
REGISTRY = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"
ZERO = "[{00000000-0000-0000-0000-000000000000}{79F92669-4224-476C-9C5C-6EFB4D87DF4A}]"
THREE = (
    "[{B1BE8D72-6EAC-11D2-A4EA-00C04F79F83A}{53D6AB1B-2488-11D1-A28C-00C04FB94F17}"
    "{53D6AB1D-2488-11D1-A28C-00C04FB94F17}]"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, OURS),
        ("", OURS),
        (" ", OURS),  # as GPMC leaves it behind
        (OURS, OURS),
        (OURS.lower(), OURS.lower()),
        (REGISTRY, REGISTRY + OURS),
        (ZERO + REGISTRY + THREE, ZERO + REGISTRY + OURS + THREE),
        (THREE + ZERO, ZERO + OURS + THREE),  # a client stops where the order is broken
        (OURS + REGISTRY, REGISTRY + OURS),
        (OURS + OURS, OURS),
        (f"[{SECURITY}]", OURS),
        (
            f"[{SECURITY}{{AAAAAAAA-0000-0000-0000-000000000000}}]",
            f"[{SECURITY}{SECURITY_TOOL}{{AAAAAAAA-0000-0000-0000-000000000000}}]",
        ),
    ],
)
def test_the_extension_is_named_in_order(before: str | None, after: str) -> None:
    assert with_security(before) == after
    assert with_security(after) == after
    assert names_security(after)
    assert not names_security(before) or before == after


@pytest.mark.parametrize(
    ("names", "is_named"),
    [
        (None, False),
        (" ", False),
        (REGISTRY + THREE, False),
        (THREE + ZERO, False),
        (f"[{REGISTRY[1:-1]}{SECURITY}]", False),  # as a tool it runs nothing
        (OURS, True),
        (OURS.lower(), True),
        (f"[{SECURITY}]", True),
        (f"{REGISTRY}[{SECURITY}{{AAAAAAAA-0000-0000-0000-000000000000}}]{THREE}", True),
        (OURS + OURS, True),
        (THREE + OURS, None),
        (OURS + REGISTRY, None),
    ],
)
def test_clients_run_the_extension_that_begins_a_group(names: str | None, is_named: bool | None) -> None:
    assert names_extension(names) is is_named


@pytest.mark.parametrize("names", ["x", "[]", SECURITY, f"[{SECURITY}", f"{OURS}x", "[{827D319E}]"])
def test_a_list_of_another_form_is_refused(names: str) -> None:
    for function in (with_security, names_extension):
        with pytest.raises(GroupPolicyError, match="not a list of extensions"):
            function(names)


def test_a_list_that_is_refused_is_quoted_as_far_as_a_person_reads() -> None:
    with pytest.raises(GroupPolicyError, match=rf"extensions: '{'x' * 200}'\."):
        with_security("x" * 10_000)


guids = st.uuids().map(lambda guid: f"{{{guid}}}")
groups = st.lists(st.lists(guids, min_size=1, max_size=4), max_size=5)


@given(groups)
def test_merging_sorts_loses_nothing_and_is_done_once(found: list[list[str]]) -> None:
    before = "".join(f"[{''.join(group)}]" for group in found)
    after = with_security(before)
    read = [group.strip("[{}").split("}{") for group in after.split("]")[:-1]]
    assert [group[0] for group in read] == sorted((group[0] for group in read), key=str.upper)
    assert all(group[1:] == sorted(group[1:], key=str.upper) for group in read)
    merged = {(group[0], tool) for group in read for tool in group[1:]}
    expected = {(group[0].strip("{}"), tool.strip("{}")) for group in found for tool in group[1:] if tool != group[0]}
    assert merged == expected | {(SECURITY.strip("{}"), SECURITY_TOOL.strip("{}"))}
    assert {group[0] for group in read} >= {group[0].strip("{}") for group in found}
    assert with_security(after) == after


# --- links -----------------------------------------------------------------------------------------------------------


def link(name: str, options: int = 0) -> str:
    return f"[LDAP://cn={name},cn=policies;{options}]"


def winners(*levels: tuple[str, int]) -> list[str]:
    path = [container(f"level {number}", links, options) for number, (links, options) in enumerate(levels)]
    return [dn.removeprefix("cn=").removesuffix(",cn=policies") for dn in applied(path)]


def test_the_nearest_link_wins_and_in_one_place_the_last_of_the_list() -> None:
    assert winners((link("A") + link("B"), 0), (link("C") + link("D"), 0)) == ["D", "C", "B", "A"]
    assert [found.order for found in container("x", link("A") + link("B") + link("C"), None).links] == [3, 2, 1]


def test_a_disabled_link_does_not_apply() -> None:
    assert winners((link("A") + link("B", 1), 0)) == ["A"]
    assert winners((link("A") + link("B", 3), 0)) == ["A"], "not even if it is enforced"


@pytest.mark.parametrize(
    ("flags", "enabled", "enforced"),
    [(0, True, False), (1, False, False), (2, True, True), (3, False, True), (4, True, False)],
)
def test_a_link_has_two_flags(flags: int, enabled: bool, enforced: bool) -> None:
    (found,) = container("x", link("A", flags), None).links
    assert (found.enabled, found.enforced) == (enabled, enforced)


@pytest.mark.parametrize(("options", "blocks"), [(None, False), (0, False), (1, True), (2, False), (3, True)])
def test_a_container_has_one_option(options: int | None, blocks: bool) -> None:
    assert container("x", None, options).blocks_inheritance is blocks


def test_enforced_links_win_the_highest_first_and_are_not_blocked() -> None:
    assert winners((link("A") + link("B", 2), 0), (link("C", 2) + link("D"), 1)) == ["B", "C", "D"]


def test_a_container_without_links() -> None:
    assert winners(("", 0), (" ", 0)) == []
    assert container("x", None, None).links == ()
