# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mistakes in the variables of many hosts, told once each."""

from __future__ import annotations

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.variables import UNRENDERED, problems

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
    (some,) = problems({"other": {}, **dict.fromkeys(HOSTS, wrong)}, CHOICES)
    assert some.endswith("(on h0, h1, h2 and 2 more)")


def test_a_long_value_is_cut() -> None:
    (problem,) = problems({"h": {"use_machine_id_state": "x" * 10_000}}, CHOICES)
    assert len(problem) < 200
