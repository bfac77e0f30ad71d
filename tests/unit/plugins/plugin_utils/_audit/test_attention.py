# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who should be looked at first."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.attention import ADVICE, ATTENTION, rank
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.records import Record, record_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.ownership import unknown
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.tests.support import documents as hosts

REG_SZ = RegistryValue("REG_SZ", "1")


@pytest.mark.parametrize(
    ("record", "attention"),
    [
        (hosts.record("a", hosts.SERVER_2008), "anonymous_unprotected"),
        (hosts.record("a", hosts.SERVER_2022, dword(0), dword(1)), "anonymous_unprotected"),
        (hosts.record("a", hosts.SERVER_2008, None, dword(0)), "anonymous"),
        (hosts.record("a", hosts.SERVER_2022, dword(0)), "anonymous"),
        (hosts.record("a", hosts.SERVER_2022, REG_SZ), "unknown"),
        (hosts.record("a", hosts.VISTA, dword(1), state="cis"), "unknown"),
        (hosts.record("a", hosts.SERVER_2022), "not_as_required"),
        (hosts.record("a", hosts.SERVER_2022, dword(1), state="disabled"), "not_as_required"),
        (hosts.record("a", hosts.SERVER_2022, dword(1)), None),
        (hosts.record("a", hosts.SERVER_2022, state="computer_identity"), None),
        (hosts.record("a", hosts.SERVER_2003), None),
        (hosts.lost("a"), "could_not_look"),
        (hosts.lost("a", "failed"), "could_not_look"),
        (hosts.lost("a", "not tried"), "could_not_look"),
    ],
)
def test_the_worst_reason_counts(record: Record, attention: str | None) -> None:
    assert record["attention"] == attention


def test_a_host_that_is_anonymous_as_its_variables_want_it_still_needs_attention() -> None:
    record = hosts.record("a", hosts.SERVER_2022, dword(0), dword(1), state="disabled")
    assert (record["verdict"], record["attention"]) == ("compliant", "anonymous_unprotected")


def test_what_was_read_before_a_host_was_lost_counts() -> None:
    read = hosts.record("a", hosts.SERVER_2008)["use_machine_id"]
    assert hosts.lost("a", use_machine_id=read)["attention"] == "anonymous_unprotected"


def owned(sets: str | None, data: int | None, *stored: RegistryValue | None, **more: t.Any) -> Record:
    """A host where a GPO sets UseMachineId to that."""
    found = hosts.record("a", hosts.SERVER_2022, *stored, **more)
    facts = t.cast("dict[str, t.Any]", found["use_machine_id"])
    value = None if data is None else {"type": "REG_DWORD", "data": data}
    facts["gpo"] = {**unknown(""), "managed": True, "state": sets, "value": value}
    facts["null_session_fallback"]["gpo"] = {**unknown(""), "managed": False}
    return record_of(found, "a")


@pytest.mark.parametrize(
    ("record", "attention"),
    [
        (owned("disabled", 0, dword(1)), "reset_by_group_policy"),
        (owned("not_defined", None, dword(1)), "reset_by_group_policy"),
        (owned("disabled", 0), "reset_by_group_policy"),
        (owned("enabled", 1, dword(1), state="disabled"), "reset_by_group_policy"),
        (owned("enabled", 1, dword(1)), None),
        (owned("enabled", 1), "not_as_required"),
        (owned(None, None, dword(1)), None),
        (owned("disabled", 0, dword(0)), "anonymous"),
    ],
)
def test_what_group_policy_will_reset_needs_attention_even_if_it_is_compliant(
    record: Record, attention: str | None
) -> None:
    assert record["attention"] == attention


def test_a_record_that_was_read_from_a_file_is_judged_alike() -> None:
    """There, no two texts are the same object."""
    for found in (owned("enabled", 1), owned("disabled", 0), owned("enabled", 1, dword(1))):
        read = t.cast("dict[str, t.Any]", json.loads(json.dumps(found)))
        assert record_of({**read, "attention": None}, "a")["attention"] == found["attention"]


def test_an_owner_that_is_not_in_the_documented_shape_resets_nothing() -> None:
    found = owned("disabled", 0, dword(1))
    t.cast("dict[str, t.Any]", found["use_machine_id"])["gpo"] = {"managed": True}
    assert record_of(found, "a")["attention"] is None


def test_the_order_and_the_advice_are_complete() -> None:
    assert [rank(attention) for attention in (*ATTENTION, None)] == [0, 1, 2, 3, 4, 5, 6]
    assert tuple(ADVICE) == ATTENTION
