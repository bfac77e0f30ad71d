# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts about a host, and when a task warns."""

from __future__ import annotations

import itertools
import json

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import HostState, plan, with_changes
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.report import describe, differences, previous, warnings
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.settings import Setting
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.states import state_of

SERVER_2022 = WindowsVersion(10, 0, 20348, "server")
VISTA = WindowsVersion(6, 0, 6002, "workstation")
SERVER_2003 = WindowsVersion(5, 2, 3790, "server")
WINDOWS_10 = WindowsVersion(10, 0, 19045, "workstation")

VALUES = (None, dword(0), dword(1), dword(2), RegistryValue("REG_SZ", "1"), RegistryValue("REG_BINARY", [1]))


def said(host: HostState, state: str = "unmanaged", fallback: str = "unmanaged", *, is_made: bool = True) -> list[str]:
    desired: dict[Setting, str] = {"use_machine_id": state, "null_session_fallback": fallback}
    todo = plan(host, desired)
    return warnings(host, with_changes(host, todo.changes), todo, desired, is_made=is_made)


def test_the_description_of_a_fresh_server_is_as_documented() -> None:
    found = describe(state_of(SERVER_2022, None, None))
    explanation = found.pop("explanation")
    assert found == {
        "configured": "not_defined",
        "value": None,
        "explicit": False,
        "effective": "computer_identity",
        "default": {"configured": "not_defined", "effective": "computer_identity"},
        "outcome": "authenticates_as_computer",
        "null_session_fallback": {"configured": "not_defined", "value": None, "effective": "refused"},
        "windows": {
            "version": "10.0.20348",
            "build": 20348,
            "release": "Windows Server 2022",
            "generation": "7_2008r2",
            "product_type": "server",
        },
        "benchmarks": [
            {
                "authority": "CIS",
                "benchmark": "CIS Microsoft Windows Server 2022",
                "id": "2.3.11.1",
                "level": "L1",
                "setting": "use_machine_id",
                "expected": ["enabled"],
                "verdict": "fail",
            },
            {
                "authority": "DISA",
                "benchmark": "Windows Server 2022 STIG",
                "id": "WN22-SO-000260",
                "vuln_id": "V-254470",
                "rule_id": "SV-254470r991589_rule",
                "level": "medium",
                "setting": "use_machine_id",
                "expected": ["enabled"],
                "verdict": "fail",
            },
            {
                "authority": "Microsoft",
                "benchmark": "Azure machine configuration security baseline for Windows",
                "id": "CCE-38341-4",
                "level": "Critical",
                "setting": "use_machine_id",
                "expected": ["enabled"],
                "verdict": "fail",
            },
            {
                "authority": "CIS",
                "benchmark": "CIS Microsoft Windows Server 2022",
                "id": "2.3.11.2",
                "level": "L1",
                "setting": "null_session_fallback",
                "expected": ["disabled"],
                "verdict": "fail",
            },
            {
                "authority": "DISA",
                "benchmark": "Windows Server 2022 STIG",
                "id": "WN22-SO-000270",
                "vuln_id": "V-254471",
                "rule_id": "SV-254471r991589_rule",
                "level": "medium",
                "setting": "null_session_fallback",
                "expected": ["disabled"],
                "verdict": "fail",
            },
            {
                "authority": "Microsoft",
                "benchmark": "Azure machine configuration security baseline for Windows",
                "id": "CCE-37035-3",
                "level": "Critical",
                "setting": "null_session_fallback",
                "expected": ["disabled", "not_defined"],
                "verdict": "pass",
            },
            {
                "authority": "Microsoft",
                "benchmark": "Microsoft security baseline for Windows Server 2022",
                "id": None,
                "level": None,
                "setting": "null_session_fallback",
                "expected": ["disabled"],
                "verdict": "fail",
            },
        ],
    }
    assert "computer identity" in explanation
    assert "not defined and that is the default of Windows Server 2022" in explanation


def test_verdicts_follow_the_stored_value_not_the_behaviour() -> None:
    verdicts = {
        (rule["authority"], rule["setting"]): rule["verdict"]
        for rule in describe(state_of(SERVER_2022, dword(1), dword(0)))["benchmarks"]
    }
    assert set(verdicts.values()) == {"pass"}
    wrong_type = describe(state_of(SERVER_2022, RegistryValue("REG_SZ", "1"), None))["benchmarks"]
    assert [rule["verdict"] for rule in wrong_type if rule["setting"] == "use_machine_id"] == ["fail"] * 3


def test_a_rule_that_is_not_confirmed_has_no_verdict() -> None:
    rules = describe(state_of(WindowsVersion(6, 3, 9600, "workstation"), dword(1), None))["benchmarks"]
    assert [r["verdict"] for r in rules if r["authority"] == "CIS"] == ["unknown", "fail"]


def test_values_are_shown_as_stored() -> None:
    host = state_of(SERVER_2022, RegistryValue("REG_MULTI_SZ", ["a", "b"]), dword(2))
    assert previous(host) == {
        "use_machine_id": {
            "configured": "invalid",
            "value": {"type": "REG_MULTI_SZ", "data": ["a", "b"]},
            "state": "unmanaged",
        },
        "null_session_fallback": {
            "configured": "invalid",
            "value": {"type": "REG_DWORD", "data": 2},
            "state": "unmanaged",
        },
    }


@pytest.mark.parametrize("values", [*itertools.product(VALUES, VALUES)], ids=str)
def test_the_previous_state_restores_what_was_stored(values: tuple[RegistryValue | None, RegistryValue | None]) -> None:
    before = state_of(SERVER_2022, *values)
    for written in (None, dword(0), dword(1)):
        found = state_of(SERVER_2022, written, written)
        desired: dict[Setting, str] = {setting: form["state"] for setting, form in previous(before).items()}
        restored = with_changes(found, plan(found, desired).changes)
        for setting, value in before.values.items():
            assert restored.values[setting] == (written if before.configured(setting) == "invalid" else value)


def test_a_difference_has_a_text_for_each_value_that_differs() -> None:
    before = state_of(SERVER_2022, None, RegistryValue("REG_SZ", "\x9b2J\u202e" + "x" * 99))
    assert differences("srv01", before, before) == []
    same = state_of(SERVER_2022, None, RegistryValue("REG_SZ", "\x9b2J\u202e" + "x" * 99))
    assert differences("srv01", before, same) == []
    first, second = differences("srv01", before, state_of(SERVER_2022, dword(1), None))
    header = r"srv01 HKLM\SYSTEM\CurrentControlSet\Control\Lsa\UseMachineId"
    assert first == {"before_header": header, "before": "(none)\n", "after_header": header, "after": "REG_DWORD 1\n"}
    assert second["before"].rstrip("\n").isprintable()
    assert len(second["before"]) < 90


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        (state_of(VISTA, None, None), "because UseMachineId is not defined and that is the default of Windows Vista;"),
        (state_of(SERVER_2022, dword(0), None), "because UseMachineId is disabled;"),
        (state_of(SERVER_2022, dword(1), None), "because UseMachineId is enabled;"),
    ],
)
def test_the_reason_is_the_value_or_the_default(host: HostState, reason: str) -> None:
    assert reason in describe(host)["explanation"]


@pytest.mark.parametrize("windows", [SERVER_2003, VISTA, SERVER_2022, WINDOWS_10], ids=str)
def test_every_host_is_explained_in_a_sentence_or_two(windows: WindowsVersion) -> None:
    for value, fallback in itertools.product(VALUES, VALUES):
        host = state_of(windows, value, fallback)
        text = describe(host)["explanation"]
        assert 1 <= text.count(". ") + 1 <= 2, text
        assert text.endswith(".")
        assert ("unknown" in text) == (host.outcome == "unknown"), text
        assert ("anonymously, because" in text) == (host.identity == "anonymous"), text
        json.dumps(describe(host))


@pytest.mark.parametrize(
    ("host", "state", "fallback", "words"),
    [
        (state_of(SERVER_2022, None, None), "enabled", "disabled", []),
        (state_of(SERVER_2022, dword(0), None), "enabled", "unmanaged", []),
        (
            state_of(SERVER_2022, None, None),
            "disabled",
            "unmanaged",
            ["calls that ask for signing or encryption fail"],
        ),
        (state_of(SERVER_2022, dword(0), dword(1)), "unmanaged", "unmanaged", ["seem to work but protect nothing"]),
        (
            state_of(SERVER_2022, dword(0), dword(2)),
            "unmanaged",
            "unmanaged",
            ["AllowNullSessionFallback holds", "anonymous"],
        ),
        (state_of(SERVER_2022, dword(2), None), "enabled", "unmanaged", ["It is replaced."]),
        (state_of(SERVER_2022, dword(2), None), "unmanaged", "unmanaged", ["It is left alone"]),
        (state_of(VISTA, None, None), "enabled", "unmanaged", ["some authentication requests"]),
        (state_of(VISTA, dword(1), None), "enabled", "unmanaged", []),
        (state_of(VISTA, dword(1), None), "disabled", "unmanaged", ["seem to work but protect nothing"]),
        (state_of(VISTA, None, None), "unmanaged", "unmanaged", ["seem to work but protect nothing"]),
        (
            state_of(VISTA, dword(1), None),
            "cis",
            "stig",
            ["What CIS requires for UseMachineId", "What DISA requires for Allow"],
        ),
        (state_of(WINDOWS_10, None, dword(0)), "stig", "stig", []),
    ],
)
def test_it_warns_only_where_a_user_has_to_know(host: HostState, state: str, fallback: str, words: list[str]) -> None:
    found = said(host, state, fallback)
    assert len(found) == len(words), found
    for warning, expected in zip(found, words, strict=True):
        assert expected in warning


def test_in_check_mode_nothing_is_replaced() -> None:
    host = state_of(SERVER_2022, dword(2), None)
    assert said(host, "enabled", is_made=False)[0].endswith("It would be replaced.")
    assert said(host, "unmanaged", is_made=False)[0].endswith("It is left alone.")


def test_a_number_that_cannot_be_read_is_told_from_one_that_is_not_documented() -> None:
    host = state_of(SERVER_2022, RegistryValue("REG_DWORD", None), None)
    assert said(host)[0].startswith(
        r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\UseMachineId holds REG_DWORD whose data has not four bytes, which"
    )
    assert "UseMachineId holds REG_DWORD whose data has not four bytes, which" in describe(host)["explanation"]
