# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The meaning of the values and the planner, for every stored value, generation, fallback and desired state."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import (
    AUTHORITIES,
    FALLBACK_CHOICES,
    STATE_CHOICES,
    Generation,
    HostState,
    chosen,
    configured,
    plan,
    value_for,
    with_changes,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.states import state_of

STORED = {
    "absent": None,
    "one": dword(1),
    "zero": dword(0),
    "two": dword(2),
    "highest": dword(0xFFFFFFFF),
    "text one": RegistryValue("REG_SZ", "1"),
    "text zero": RegistryValue("REG_SZ", "0"),
    "long one": RegistryValue("REG_QWORD", 1),
    "big-endian one": RegistryValue("REG_DWORD_BIG_ENDIAN", 1),
    "binary one": RegistryValue("REG_BINARY", [1, 0, 0, 0]),
    "texts": RegistryValue("REG_MULTI_SZ", ["1"]),
    "unreadable": RegistryValue("REG_NONE", None),
}
CONFIGURED = {"absent": "not_defined", "one": "enabled", "zero": "disabled"}

WINDOWS = {
    "xp": WindowsVersion(5, 1, 2600, "workstation"),
    "2003": WindowsVersion(5, 2, 3790, "server"),
    "vista": WindowsVersion(6, 0, 6002, "workstation"),
    "2008": WindowsVersion(6, 0, 6003, "server"),
    "7": WindowsVersion(6, 1, 7601, "workstation"),
    "2008r2": WindowsVersion(6, 1, 7601, "domain_controller"),
    "10": WindowsVersion(10, 0, 19045, "workstation"),
    "11": WindowsVersion(10, 0, 26100, "workstation"),
    "2022": WindowsVersion(10, 0, 20348, "server"),
    "unheard of": WindowsVersion(11, 0, 40000, "server"),
}

# The table "Possible values" of the policy page: what Windows does, by generation and by what is configured.
MEANING = {
    ("unsupported", "enabled"): "not_applicable",
    ("unsupported", "disabled"): "not_applicable",
    ("unsupported", "not_defined"): "not_applicable",
    ("unsupported", "invalid"): "not_applicable",
    ("vista_2008", "enabled"): "computer_identity",
    ("vista_2008", "disabled"): "anonymous",
    ("vista_2008", "not_defined"): "anonymous",
    ("vista_2008", "invalid"): "unknown",
    ("7_2008r2", "enabled"): "computer_identity",
    ("7_2008r2", "disabled"): "anonymous",
    ("7_2008r2", "not_defined"): "computer_identity",
    ("7_2008r2", "invalid"): "unknown",
}

# The same for NULL session fallback, from its own page.
FALLBACK_MEANING = {
    **{("unsupported", c): "not_applicable" for c in ("enabled", "disabled", "not_defined", "invalid")},
    ("vista_2008", "enabled"): "allowed",
    ("vista_2008", "disabled"): "refused",
    ("vista_2008", "not_defined"): "allowed",
    ("vista_2008", "invalid"): "unknown",
    ("7_2008r2", "enabled"): "allowed",
    ("7_2008r2", "disabled"): "refused",
    ("7_2008r2", "not_defined"): "refused",
    ("7_2008r2", "invalid"): "unknown",
}

OUTCOME = {
    ("computer_identity", "allowed"): "authenticates_as_computer",
    ("computer_identity", "refused"): "authenticates_as_computer",
    ("computer_identity", "unknown"): "authenticates_as_computer",
    ("anonymous", "allowed"): "anonymous_unprotected",
    ("anonymous", "refused"): "anonymous_no_session_security",
    ("anonymous", "unknown"): "unknown",
    ("unknown", "allowed"): "unknown",
    ("unknown", "refused"): "unknown",
    ("unknown", "unknown"): "unknown",
    ("not_applicable", "not_applicable"): "not_applicable",
}


def hosts_of(windows: str) -> t.Iterator[HostState]:
    """Hosts of one release with every pair of values."""
    return (state_of(WINDOWS[windows], *values) for values in itertools.product(STORED.values(), repeat=2))


def hosts_with_each_value(windows: str) -> t.Iterator[HostState]:
    """Hosts of one release with every value of each setting: they are planned apart, so not with every pair."""
    values = [*STORED.values()]
    return (state_of(WINDOWS[windows], *pair) for pair in zip(values, values[1:] + values[:1], strict=True))


def host(windows: str, value: str = "absent", fallback: str = "absent") -> HostState:
    return state_of(WINDOWS[windows], STORED[value], STORED[fallback])


@pytest.mark.parametrize("name", STORED)
def test_only_the_dwords_0_and_1_are_valid(name: str) -> None:
    assert configured(STORED[name]) == CONFIGURED.get(name, "invalid")


@pytest.mark.parametrize("windows", WINDOWS)
def test_every_host_means_what_the_pages_say(windows: str) -> None:
    for subject in hosts_of(windows):
        generation = subject.generation
        assert subject.identity == MEANING[generation, subject.configured("use_machine_id")], subject
        assert subject.fallback == FALLBACK_MEANING[generation, subject.configured("null_session_fallback")], subject
        assert subject.outcome == OUTCOME[subject.identity, subject.fallback], subject


@pytest.mark.parametrize("windows", WINDOWS)
@pytest.mark.parametrize("state", STATE_CHOICES)
def test_every_desired_state_is_reached_and_then_kept(windows: str, state: str) -> None:
    for subject, fallback in itertools.product(hosts_with_each_value(windows), FALLBACK_CHOICES):
        desired: dict[t.Any, str] = {"use_machine_id": state, "null_session_fallback": fallback}
        changes = plan(subject, desired).changes
        result = with_changes(subject, changes)
        assert plan(result, desired).changes == {}, (subject, fallback)
        assert all(subject.values[setting] != value_for(target) for setting, target in changes.items()), subject
        for setting, choice in desired.items():
            if choice in ("enabled", "disabled", "not_defined"):
                assert result.configured(setting) == choice, subject
            elif choice == "unmanaged":
                assert result.values[setting] == subject.values[setting], subject
        if state == "computer_identity" and subject.generation != "unsupported":
            assert result.identity == "computer_identity", subject


@pytest.mark.parametrize(
    ("windows", "value", "becomes"),
    [
        ("2022", "absent", None),
        ("2022", "one", None),
        ("2022", "zero", "enabled"),
        ("2022", "two", "enabled"),
        ("2022", "text one", "enabled"),
        ("vista", "absent", "enabled"),
        ("vista", "one", None),
        ("2008", "zero", "enabled"),
        ("2008", "long one", "enabled"),
    ],
)
def test_computer_identity_writes_only_where_the_host_does_not_use_it(
    windows: str, value: str, becomes: str | None
) -> None:
    changes = plan(host(windows, value), {"use_machine_id": "computer_identity"}).changes
    assert changes.get("use_machine_id") == becomes


@pytest.mark.parametrize(
    ("choice", "windows", "becomes", "undecided"),
    [
        ("cis", "2022", "enabled", False),
        ("stig", "2022", "enabled", False),
        ("microsoft", "2022", "enabled", False),
        ("microsoft", "10", None, False),
        ("stig", "10", None, False),
        ("stig", "11", None, False),
        ("cis", "10", "enabled", False),
        ("stig", "vista", None, True),
        ("cis", "2008", None, False),
        ("cis", "vista", None, True),
        ("stig", "2008", None, False),
        ("microsoft", "7", None, True),
        ("cis", "unheard of", None, True),
    ],
)
def test_authorities_rule_where_they_have_a_rule(
    choice: str, windows: str, becomes: str | None, undecided: bool
) -> None:
    found = plan(host(windows), {"use_machine_id": choice})
    assert found.changes.get("use_machine_id") == becomes
    assert found.undecided == (("use_machine_id",) if undecided else ())


def test_microsoft_accepts_an_absent_fallback_where_the_stig_does_not() -> None:
    server_2025 = state_of(WindowsVersion(10, 0, 26100, "server"), None, None)
    assert plan(server_2025, {"null_session_fallback": "microsoft"}).changes == {}
    assert plan(server_2025, {"null_session_fallback": "stig"}).changes == {"null_session_fallback": "disabled"}
    allowed = server_2025.replaced("null_session_fallback", dword(1))
    assert plan(allowed, {"null_session_fallback": "microsoft"}).changes == {"null_session_fallback": "disabled"}


@pytest.mark.parametrize("build", [17763, 20348])
def test_a_stored_0_is_not_what_microsoft_asks_for_on_server_2019_and_2022(build: int) -> None:
    stored = state_of(WindowsVersion(10, 0, build, "server"), dword(0), None)
    both = plan(stored, {"use_machine_id": "microsoft", "null_session_fallback": "microsoft"})
    assert both.changes == {"use_machine_id": "enabled", "null_session_fallback": "disabled"}


def test_a_choice_is_compared_as_a_text_wherever_it_comes_from() -> None:
    chosen_by_user = "".join(["en", "abled"])
    assert plan(host("2022", "one"), {"use_machine_id": chosen_by_user}).changes == {}


def test_an_invalid_value_never_satisfies_an_authority() -> None:
    for choice in AUTHORITIES:
        changes = plan(host("2022", fallback="text zero"), {"null_session_fallback": choice}).changes
        assert changes == {"null_session_fallback": "disabled"}


def test_invalid_can_be_found_but_not_asked_for() -> None:
    with pytest.raises(KeyError):
        value_for("invalid")


@pytest.mark.parametrize(
    ("generation", "expected"), [("vista_2008", ("unmanaged", "disabled")), ("7_2008r2", ("enabled", "cis"))]
)
def test_a_choice_for_a_generation_comes_before_the_general_one(
    generation: Generation, expected: tuple[str, str]
) -> None:
    arguments = {
        "state": "enabled",
        "state_vista_2008": "unmanaged",
        "state_7_2008r2": None,
        "null_session_fallback": "disabled",
        "null_session_fallback_7_2008r2": "cis",
    }
    assert tuple(chosen(generation, arguments).values()) == expected
