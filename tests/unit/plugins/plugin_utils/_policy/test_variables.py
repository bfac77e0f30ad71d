# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mistakes in the variables of many hosts, told once each."""

from __future__ import annotations

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.variables import (
    BOOLEAN,
    COUNT,
    FILE,
    FILE_IF_ANY,
    TEXT,
    UNRENDERED,
    Kind,
    SeveralOf,
    differences,
    elsewhere,
    problems,
)

CHOICES = {"use_machine_id_state": ("enabled", "disabled"), "use_machine_id_hosts": None}
HOSTS = [f"h{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("use_machine_id_state", "enabled", None),
        ("use_machine_id_hosts", ["anything"], None),
        ("use_machine_id_state", "on", "use_machine_id_state must be one of enabled, disabled, but is 'on'"),
        ("use_machine_id_state", True, "use_machine_id_state must be one of enabled, disabled, but is True"),
        ("use_machine_id_state", "", "use_machine_id_state must be one of enabled, disabled, but is ''"),
        (
            "use_machine_id_state",
            ["enabled"],
            "use_machine_id_state must be one of enabled, disabled, but is ['enabled']",
        ),
        (
            "use_machine_id_state",
            UNRENDERED,
            "use_machine_id_state can't be rendered: look for an undefined variable in its value",
        ),
        (
            "use_machine_id_sate",
            "enabled",
            "use_machine_id_sate is not a variable of winsec.lsa: did you mean use_machine_id_state?",
        ),
        (
            "use_machine_id_x",
            None,
            "use_machine_id_x is not a variable of winsec.lsa: did you mean use_machine_id_state?",
        ),
    ],
)
def test_a_mistake_is_named_with_what_is_right(name: str, value: object, expected: str | None) -> None:
    assert problems({"h": {name: value}}, CHOICES) == ([f"{expected} (on h)"] if expected else [])


def test_hosts_with_the_same_mistake_share_a_sentence() -> None:
    wrong = {"use_machine_id_state": "on"}
    (every,) = problems(dict.fromkeys(HOSTS, wrong), CHOICES)
    assert every.endswith("(on every host)")
    (every,) = problems({f"h{number}": wrong for number in range(1000)}, CHOICES)
    assert every.endswith("(on every host)")
    (some,) = problems({"other": {}, **dict.fromkeys(HOSTS, wrong)}, CHOICES)
    assert some.endswith("(on h0, h1, h2 and 2 more)")


@pytest.mark.parametrize(
    ("wrong", "right", "words"),
    [
        (1, 0, "h0"),
        (3, 0, "h0, h1, h2"),
        (3, 1, "h0, h1, h2"),
        (4, 0, "every host"),
        (4, 1, "h0, h1, h2 and 1 more"),
    ],
)
def test_up_to_three_hosts_are_named(wrong: int, right: int, words: str) -> None:
    hosts = {f"h{number}": {"use_machine_id_state": "on" if number < wrong else "enabled"} for number in range(5)}
    given = dict([*hosts.items()][: wrong + right])
    (problem,) = problems(given, CHOICES)
    assert problem.endswith(f"(on {words})")


@pytest.mark.parametrize(
    ("length", "shown"), [(58, f"'{'x' * 58}'"), (59, f"'{'x' * 59}..."), (9999, f"'{'x' * 59}...")]
)
def test_a_long_value_is_cut(length: int, shown: str) -> None:
    (problem,) = problems({"h": {"use_machine_id_state": "x" * length}}, CHOICES)
    assert problem == f"use_machine_id_state must be one of enabled, disabled, but is {shown} (on h)"


SEVERAL = {"use_machine_id_audit_fail_on": SeveralOf(("failed", "unknown"))}


@pytest.mark.parametrize("value", [[], ["failed"], ["failed", "unknown"], "failed"])
def test_a_list_of_choices_is_a_choice(value: object) -> None:
    assert problems({"h": {"use_machine_id_audit_fail_on": value}}, SEVERAL) == []


@pytest.mark.parametrize("value", [["failed", "on"], [True], [["failed"]], None, {"failed": 1}, ("failed",)])
def test_a_list_with_anything_else_is_not(value: object) -> None:
    (problem,) = problems({"h": {"use_machine_id_audit_fail_on": value}}, SEVERAL)
    assert problem.startswith("use_machine_id_audit_fail_on must be one of failed, unknown, but is ")


def test_a_pattern_that_only_hosts_have_is_told() -> None:
    name = "use_machine_id_hosts"
    given: dict[str, dict[str, object]] = {"h0": {name: "web"}, "h1": {name: "all"}, "h2": {}, "h3": {name: "web"}}
    assert elsewhere(given, name, "all") == [
        "use_machine_id_hosts is set to 'web' in the inventory, where the playbook can't read it: it would run on "
        "other hosts (on h0, h3). Pass the pattern on the command line: -e use_machine_id_hosts=PATTERN"
    ]
    assert len(elsewhere(given, name, "other")) == 2
    assert elsewhere({"h1": {name: "".join(["a", "ll"])}, "h2": {}}, name, "all") == []


WRONG: dict[str, tuple[Kind, list[object]]] = {
    "true or false": (BOOLEAN, ["", "ture", "enabled\u202e", "x" * 100_000, 2, None, [], {}, ["true"], "{{ x }}"]),
    "the name of a file or a folder": (FILE, ["", None, "a\0b", 5, True, ["file"], {"a": 1}]),
    "a text": (TEXT, ["", None, 5, True, ["a"], {}]),
    "a number above 0": (COUNT, ["", "many", "-1", 0, -5, 1.5, True, None, ["1"], "\u202e1", "9" * 100_000]),
}
RIGHT: dict[str, list[object]] = {
    "true or false": [True, False, "yes", "No", "TRUE", 0, 1],
    "the name of a file or a folder": ["journal.jsonl", "~/ünïcode", "{{ not rendered, but a name }}"],
    "a text": ["20260102T030405Z-1a2b3c4d"],
    "a number above 0": [1, "64"],
}


@pytest.mark.parametrize("words", WRONG)
def test_a_value_of_another_kind_is_told(words: str) -> None:
    kind, wrong = WRONG[words]
    for value in wrong:
        (problem,) = problems({"h": {"use_machine_id_x": value}}, {"use_machine_id_x": kind})
        assert problem.startswith(f"use_machine_id_x must be {words}, but is ")
        assert len(problem) < 200
        assert problem.isprintable()
    for value in RIGHT[words]:
        assert problems({"h": {"use_machine_id_x": value}}, {"use_machine_id_x": kind}) == []


def test_a_file_may_be_none_where_the_role_has_none() -> None:
    known = {"use_machine_id_x": FILE_IF_ANY}
    assert problems({"h": {"use_machine_id_x": None}}, known) == []
    assert problems({"h": {"use_machine_id_x": ""}}, known) != []


FAIL_ON = "use_machine_id_audit_fail_on"


@pytest.mark.parametrize("others", [{}, {FAIL_ON: ["failed"]}])
def test_a_variable_of_the_run_that_differs_is_told_with_its_hosts(others: dict[str, object]) -> None:
    variables: dict[str, dict[str, object]] = {"first": {FAIL_ON: []}, **dict.fromkeys(HOSTS, others)}
    (problem,) = differences(variables, ["use_machine_id_audit_*"])
    assert f"it is [] (on first), {others.get(FAIL_ON, 'not set')} (on h0, h1, h2 and 2 more)." in problem
    assert problem.endswith(f"Pass it on the command line: -e {FAIL_ON}=VALUE")
    assert differences(variables, ["use_machine_id_run"]) == []


def test_variables_of_the_run_may_be_the_same_everywhere() -> None:
    alike: dict[str, object] = {FAIL_ON: ["failed"], "use_machine_id_state": "enabled"}
    variables: dict[str, dict[str, object]] = {**dict.fromkeys(HOSTS, alike), "other": {FAIL_ON: ["failed"]}}
    assert differences(variables, ["use_machine_id_audit_*"]) == []
    unrendered: dict[str, dict[str, object]] = {"h0": {FAIL_ON: UNRENDERED}, "h1": {}}
    assert differences(unrendered, [FAIL_ON]) == [], "this is a problem of its own"


@pytest.mark.parametrize(
    ("values", "words"), [(3, "1 (on h1), 2 (on h2). Pass"), (4, "2 (on h2) and 1 other values. Pass")]
)
def test_up_to_three_values_of_a_variable_of_the_run_are_shown(values: int, words: str) -> None:
    (problem,) = differences({f"h{number}": {FAIL_ON: number} for number in range(values)}, [FAIL_ON])
    assert words in problem


def test_of_many_values_of_a_variable_of_the_run_a_few_are_shown() -> None:
    (problem,) = differences({f"h{number}": {FAIL_ON: number} for number in range(1000)}, [FAIL_ON])
    assert "and 997 other values" in problem
    assert len(problem) < 400
