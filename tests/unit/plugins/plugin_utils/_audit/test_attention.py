# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who should be looked at first."""

from __future__ import annotations

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.attention import ADVICE, ATTENTION, rank
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.records import Record
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


def test_the_order_and_the_advice_are_complete() -> None:
    assert [rank(attention) for attention in (*ATTENTION, None)] == [0, 1, 2, 3, 4, 5]
    assert tuple(ADVICE) == ATTENTION
