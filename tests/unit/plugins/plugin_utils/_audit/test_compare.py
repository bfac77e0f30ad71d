# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comparison of two reports."""

from __future__ import annotations

import json

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.compare import compare, sentences
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.records import Record
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.tests.support.documents import (
    SERVER_2008,
    SERVER_2022,
    document,
    lost,
    record,
)

UNPROTECTED = record("h", SERVER_2008)
ANONYMOUS = record("h", SERVER_2022, dword(0))
UNKNOWN = record("h", SERVER_2022, RegistryValue("REG_SZ", "1"))
LOST = lost("h")
NOT_AS_REQUIRED = record("h")
FINE = record("h", SERVER_2022, dword(1))


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (FINE, ANONYMOUS, "new_findings"),
        (FINE, NOT_AS_REQUIRED, "new_findings"),
        (NOT_AS_REQUIRED, ANONYMOUS, "new_findings"),
        (ANONYMOUS, UNPROTECTED, "new_findings"),
        (LOST, NOT_AS_REQUIRED, "new_findings"),
        (LOST, UNKNOWN, "new_findings"),
        (UNPROTECTED, FINE, "fixed"),
        (UNPROTECTED, ANONYMOUS, "eased"),
        (UNKNOWN, NOT_AS_REQUIRED, "eased"),
        (FINE, LOST, "newly_unreachable"),
        (UNPROTECTED, LOST, "newly_unreachable"),
        (LOST, FINE, "reached_again"),
        (LOST, lost("h", "failed"), None),
        (ANONYMOUS, ANONYMOUS, None),
    ],
)
def test_what_happened_to_a_host(before: Record, after: Record, kind: str | None) -> None:
    found = compare(json.loads(json.dumps(document(before))), document(after))  # as it is read from a file
    step = {"host": "h", "from": before["attention"], "to": after["attention"]}
    assert {name: value for name, value in found.items() if value and name != "previous"} == (
        {kind: [step]} if kind else {}
    )


def test_hosts_appear_and_go() -> None:
    found = compare(document(record("a"), record("b")), document(record("b"), record("c")))
    assert (found["appeared"], found["gone"], found["previous"]["hosts"]) == (["c"], ["a"], 2)
    assert sentences(found) == ["1 host appeared: c", "1 host gone: a"]


def test_the_worst_comes_first_and_then_the_names_in_order() -> None:
    bad = [record("c", SERVER_2022, dword(0)), record("b", SERVER_2008), record("a", SERVER_2022, dword(0))]
    good = [record(name, SERVER_2022, dword(1)) for name in "abc"]
    found = compare(document(*good), document(*bad))
    assert [step["host"] for step in found["new_findings"]] == ["b", "a", "c"]
    assert sentences(found)[0].startswith(
        "3 new findings: b (none -> anonymous and unprotected), a (none -> anonymous)"
    )


def test_nothing_happened() -> None:
    assert sentences(compare(document(), document())) == ["Nothing has changed."]


def test_sentences_are_short_and_show_what_is_hidden() -> None:
    many = [record(f"h{number:03}") for number in range(30)]
    (line,) = sentences(compare(document(record("x\u202ey")), document(record("x\u202ey"), *many)))
    assert line.startswith("30 hosts appeared: h000, h001, ")
    assert line.endswith("h019, and 10 more")
    (line,) = sentences(compare(document(record("x")), document(record("x"), *many[:20])))
    assert line.endswith("h018, h019")
    (line,) = sentences(compare(document(record("x\u202ey")), document(record("x\u202ey", SERVER_2022, dword(1)))))
    assert line == r"1 host fixed: x\u202ey (behaves well, but is not set as required -> none)"
