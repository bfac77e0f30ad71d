# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""report.csv: one row a host, for a spreadsheet. Pure.

In UTF-8 with a byte order mark, by which Excel knows it, and with CRLF (RFC 4180, section 2). A cell that a spreadsheet
would run as a formula begins with an apostrophe, and so does one behind a separator (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
import re
import typing as t

from ...module_utils._texts import visible
from .._policy.rules import Authority
from .document import Document
from .records import Record, rules_of
from .verdicts import stored

#: Fixed: columns may be added at the end, none goes or moves.
COLUMNS: t.Final = (
    "host",
    "verdict",
    "attention",
    "reason",
    "release",
    "version",
    "product_type",
    "use_machine_id",
    "null_session_fallback",
    "effective",
    "outcome",
    "explicit",
    "changes",
    "CIS",
    "DISA",
    "Microsoft",
    "ASD",
    "BSI",
    "failed_rules",
    "connection",
    "started",
    "finished",
    "message",
)

#: Where a formula begins, also in the full-width forms that Excel takes for the same. In many countries a spreadsheet
#: splits a row at semicolons, and whoever imports a file may choose a bar: what follows one is a cell too.
_FORMULA: t.Final = re.compile(r"(^|[;,|])(?=[\s\"]*[=+@\uff1d\uff0b\uff0d\uff20-])")


def to_csv(document: Document) -> bytes:
    """The whole file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for record in document["hosts"]:
        row = _row(record)
        writer.writerow([_cell(row.get(column)) for column in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: t.Any) -> str:
    text = visible("" if value is None else str(value))
    return _FORMULA.sub(r"\1'", text)


def _row(record: Record) -> dict[str, t.Any]:
    names = ("host", "verdict", "attention", "reason", "connection", "started", "finished", "message")
    whole = t.cast("dict[str, t.Any]", record)
    changes = "; ".join(f"{change['setting']}: {change['from']} -> {change['to']}" for change in record["changes"])
    return {**{name: whole[name] for name in names}, "changes": changes, **_of_facts(record)}


def _of_facts(record: Record) -> dict[str, t.Any]:
    facts = record["use_machine_id"]
    if facts is None:
        return {}
    windows, rules = facts["windows"], rules_of(record)
    return {
        "release": windows["release"],
        "version": windows["version"],
        "product_type": windows["product_type"],
        "use_machine_id": stored(facts),
        "null_session_fallback": stored(facts["null_session_fallback"]),
        "effective": facts["effective"],
        "outcome": facts["outcome"],
        "explicit": str(facts["explicit"]).lower(),
        **{authority: _verdict(rules, authority) for authority in t.get_args(Authority)},
        "failed_rules": "; ".join(_name(rule) for rule in rules if rule["verdict"] == "fail"),
    }


def _verdict(rules: list[t.Any], authority: str) -> str:
    """The worst verdict on the rules of one authority; empty where it has none."""
    found = {rule["verdict"] for rule in rules if rule["authority"] == authority}
    return next((verdict for verdict in ("fail", "unknown", "pass") if verdict in found), "")


def _name(rule: t.Mapping[str, t.Any]) -> str:
    return f"{rule['benchmark']} {rule['id'] or rule['setting']}"
