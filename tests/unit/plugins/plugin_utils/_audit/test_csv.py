# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.csv import COLUMNS, to_csv
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.tests.support.documents import FLEET, SERVER_2022, document, lost, record


def rows(content: bytes) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))]


def test_one_row_a_host() -> None:
    content = to_csv(document())
    assert content.startswith(b"\xef\xbb\xbfhost,verdict,attention,reason,")
    assert content.count(b"\r\n") == len(FLEET) + 1
    found = {row["host"]: row for row in rows(content)}
    assert found["dc2019"] | {"reason": ""} == {
        **dict.fromkeys(COLUMNS, ""),
        "host": "dc2019",
        "verdict": "not compliant",
        "attention": "anonymous_unprotected",
        "release": "Windows Server 2019",
        "version": "10.0.17763",
        "product_type": "domain_controller",
        "use_machine_id": "disabled",
        "null_session_fallback": "enabled",
        "effective": "anonymous",
        "outcome": "anonymous_unprotected",
        "explicit": "true",
        "changes": "use_machine_id: disabled -> enabled",
        "CIS": "fail",
        "DISA": "fail",
        "Microsoft": found["dc2019"]["Microsoft"],
        "failed_rules": found["dc2019"]["failed_rules"],
        "connection": "winrm",
        "started": "2026-11-28T20:54:00Z",
        "finished": "2026-11-28T20:54:02Z",
    }
    assert "Windows Server 2019 STIG WN19-SO-000260" in found["dc2019"]["failed_rules"]
    assert found["gone"]["message"].startswith("The host did not answer")
    assert found["srv2012r2"]["use_machine_id"] == "REG_SZ '1'"


@pytest.mark.parametrize("start", [*"=+-@\t\r\n＝＋－＠", "\u200b=", "\u00a0=", " ="])
def test_no_text_of_a_host_is_run(start: str) -> None:
    formula = f"{start}cmd|' /C calc'!A0"
    for row in rows(to_csv(document(record(formula), lost("b", message=formula)))):
        for cell in (value for value in row.values() if "calc" in value):
            assert not cell.lstrip().startswith(tuple("=+-@＝＋－＠")), cell


@pytest.mark.parametrize("separator", [*";,|\t", "; ", ';"', ';""', "; ;"])
def test_nor_behind_a_separator_where_a_spreadsheet_may_split(separator: str) -> None:
    formula = f"x{separator}=HYPERLINK(A0)"
    for row in rows(to_csv(document(record(formula), lost("b", message=formula)))):
        for cell in (value for value in row.values() if "LINK" in value):
            for part in re.split(r"[;,|\t]", cell):
                assert not part.lstrip(' "').startswith("="), cell


def test_a_rule_of_a_host_that_was_not_judged_is_not_met() -> None:
    read = record("h", SERVER_2022, dword(1), dword(0))["use_machine_id"]
    (row,) = rows(to_csv(document(lost("h", "failed", use_machine_id=read))))
    assert (row["use_machine_id"], row["DISA"], row["failed_rules"]) == ("enabled", "unknown", "")


def test_each_authority_has_the_worst_verdict_on_its_own_rules() -> None:
    """Of a record that was read from a file, where no two texts are the same object."""
    found = json.loads(json.dumps(record("h", SERVER_2022)))
    rule = found["use_machine_id"]["benchmarks"][0]
    given = {"ASD": ["fail"], "BSI": ["unknown", "pass"], "CIS": ["pass"], "DISA": ["pass", "fail"], "Microsoft": []}
    found["use_machine_id"]["benchmarks"] = [
        {**rule, "authority": authority, "verdict": verdict, "id": f"{authority} {verdict}"}
        for authority, verdicts in given.items()
        for verdict in verdicts
    ]
    (row,) = rows(to_csv(document(json.loads(json.dumps(found)))))
    worst = {"ASD": "fail", "BSI": "unknown", "CIS": "pass", "DISA": "fail", "Microsoft": ""}
    assert {authority: row[authority] for authority in worst} == worst
    assert row["failed_rules"] == f"{rule['benchmark']} ASD fail; {rule['benchmark']} DISA fail"


def test_every_text_is_one_line_of_characters_that_can_be_seen() -> None:
    hostile = 'a"b,c;\r\nd\u202e\ud800\x00é'
    values = record("h", SERVER_2022, RegistryValue("REG_SZ", hostile))
    (row,) = rows(to_csv(document({**values, "host": hostile})))
    assert row["host"] == r'a"b,c;\r\nd\u202e\ud800\x00é'
