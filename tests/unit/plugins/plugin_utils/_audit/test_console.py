# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary of a fleet on a screen."""

from __future__ import annotations

import typing as t

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.console import Entry, lines_of, summary_of, worst_first
from ansible_collections.winsec.lsa.tests.support import documents as hosts

GOOD = Entry("good", "compliant", None, "computer_identity", "Windows Server 2022", "Windows Server 2022: good.")
UNSET = GOOD._replace(host="unset", verdict="not compliant", attention="not_as_required", reason="2022: unset.")
OLD = Entry("old", "not compliant", "anonymous_unprotected", "anonymous", "Windows Server 2008", "2008: unset.")
ALLOWED = OLD._replace(host="allowed", verdict="compliant", attention="anonymous", reason="2008: disabled.")
LOST = Entry("lost", "unreachable", "could_not_look", "not_read", "not read", "The host is lost.")


def many(entry: Entry, count: int) -> list[Entry]:
    return [entry._replace(host=f"{entry.host}{number:04}") for number in range(count)]


def test_a_record_becomes_an_entry_whether_its_host_was_read_or_not() -> None:
    reason = "Windows Server 2008: enforce would change UseMachineId from not defined to enabled."
    unset = Entry("h", "not compliant", "anonymous_unprotected", "anonymous", "Windows Server 2008", reason)
    assert Entry.of(hosts.record("h", hosts.SERVER_2008)) == unset
    assert Entry.of(hosts.lost("h", message="Gone.")) == LOST._replace(host="h", reason="Gone.")


def test_totals_have_every_verdict_that_was_given() -> None:
    found = lines_of([*many(GOOD, 2610), *many(UNSET, 320), *many(LOST, 70)])
    assert found[0] == "3,000 hosts: 2,610 compliant, 320 not compliant, 70 unreachable"
    assert lines_of([GOOD]) == ["1 host: 1 compliant"]


def test_totals_are_told_by_release_where_hosts_share_one() -> None:
    found = lines_of([OLD, *many(GOOD, 2610), *many(UNSET, 320), *many(LOST, 70)])
    assert found[1:4] == [
        "  Windows Server 2022: 2,930  2,610 compliant, 320 not compliant",
        "  Windows Server 2008: 1      1 not compliant",
        "  not read: 70                70 unreachable",
    ]
    assert not any(line.startswith("  ") for line in lines_of([GOOD, OLD, LOST]))


def test_a_screen_is_enough_for_any_release_that_hosts_claim() -> None:
    claimed = [entry._replace(release=f"Windows {number:04}") for number, entry in enumerate(many(GOOD, 999))]
    found = lines_of([GOOD, GOOD, *claimed])
    assert len(found) == 1 + 30
    assert found[-1] == "  971 others: 971         971 compliant"


def test_a_reason_that_hosts_share_is_said_once_with_the_first_of_them() -> None:
    found = lines_of([*many(UNSET, 1200), *many(LOST, 3), OLD])
    assert found[4:] == [
        "old          not compliant   anonymous          2008: unset.",
        "3 hosts      unreachable     not read           The host is lost.",
        "             lost0000, lost0001, lost0002",
        "1,200 hosts  not compliant   computer identity  2022: unset.",
        f"             {', '.join(f'unset{number:04}' for number in range(20))}, and 1,180 more",
    ]


def test_hosts_with_one_reason_and_different_verdicts_are_told_apart() -> None:
    found = lines_of([LOST, LOST._replace(host="failed", verdict="failed")])
    assert [line.split()[:2] for line in found[1:]] == [["failed", "failed"], ["lost", "unreachable"]]


def test_hosts_come_the_worst_first_with_what_they_do() -> None:
    found = lines_of([GOOD, UNSET, LOST, OLD, ALLOWED])
    assert found[-4:] == [
        "old      not compliant   anonymous          2008: unset.",
        "allowed  compliant       anonymous          2008: disabled.",
        "lost     unreachable     not read           The host is lost.",
        "unset    not compliant   computer identity  2022: unset.",
    ]


def test_of_reasons_that_are_as_bad_the_one_of_most_hosts_comes_first_and_then_the_first_host() -> None:
    few, one, other = LOST._replace(host="a", reason="A."), LOST._replace(reason="B."), LOST._replace(reason="C.")
    found = lines_of([few, *many(one, 3), *many(other._replace(host="kept"), 3)])
    assert [line.split()[-1] for line in found[1::2]] == ["C.", "B.", "A."]
    assert lines_of([])[0].startswith("0 hosts:")


def test_also_two_hosts_with_one_reason_are_named() -> None:
    assert lines_of(many(LOST, 2))[1:] == [
        "2 hosts  unreachable     not read           The host is lost.",
        "         lost0000, lost0001",
    ]


def test_a_screen_is_enough_for_any_fleet() -> None:
    different = [entry._replace(reason=f"Reason {number:04}.") for number, entry in enumerate(many(LOST, 3000))]
    found = lines_of(different)
    assert len(found) == 1 + 40
    assert found[-1] == "and 2,961 more reasons, on 2,961 hosts"
    assert len(lines_of(different[:40])) == 1 + 40
    in_pairs = [entry._replace(host=f"{entry.host}{twin}") for entry in different[:30] for twin in "ab"]
    assert len(lines_of(in_pairs)) == 1 + 2 * 19 + 1
    assert lines_of(in_pairs)[-1] == "and 11 more reasons, on 22 hosts"
    assert lines_of([*in_pairs[:40], OLD])[-1] == "and 1 more reason, on 2 hosts"


def test_a_name_can_not_write_to_the_terminal() -> None:
    assert "\x1b" not in "".join(lines_of([OLD._replace(host="\x1b[2J")]))


def test_a_summary_counts_each_host_once_in_each_way() -> None:
    entries: list[Entry] = [GOOD, *many(UNSET, 2), OLD, ALLOWED, LOST]
    summary = summary_of(entries)
    ways: tuple[dict[str, int], ...] = (summary["verdicts"], summary["effective"], *summary["releases"].values())
    assert [sum(way.values()) for way in ways] == [6, 6, 3, 2, 1]
    assert (summary["hosts"], sum(summary["attention"].values())) == (6, 5)
    assert [*summary["releases"]] == ["Windows Server 2022", "Windows Server 2008", "not read"]
    assert summary["effective"] == {
        "computer_identity": 3,
        "anonymous": 2,
        "unknown": 0,
        "not_applicable": 0,
        "not_read": 1,
    }


def test_only_hosts_that_need_attention_are_returned() -> None:
    found: list[t.Any] = [entry.host for entry in worst_first([GOOD, UNSET, LOST, OLD, ALLOWED])]
    assert found == ["old", "allowed", "lost", "unset"]
