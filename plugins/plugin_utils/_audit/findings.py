# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The findings of DISA's rules on a host, for the formats of checklists. Pure.

A host that was not judged never passes: its rules are *not checked*, even if some facts were read before it was lost.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._texts import visible
from .attention import NOT_JUDGED
from .records import Record
from .stigs import STIGS, Stig
from .verdicts import in_words, stored

Result: t.TypeAlias = t.Literal["pass", "fail", "notchecked"]

_RULE_ID: t.Final = re.compile(r"SV-\d+r\d+_rule")
#: As DISA and XCCDF name them: CAT III, II and I.
_LEVELS: t.Final = ("low", "medium", "high")

_TITLES: t.Final = {
    "use_machine_id": "Network security: Allow Local System to use computer identity for NTLM",
    "null_session_fallback": "Network security: Allow LocalSystem NULL session fallback",
}


class Finding(t.NamedTuple):
    """One rule: ``rule_id`` as SV-254470r991589_rule, ``number`` as WN22-SO-000260, ``group`` as V-254470."""

    rule_id: str
    number: str
    group: str
    severity: str
    title: str
    result: Result
    detail: str


class Checklist(t.NamedTuple):
    """The rules of one STIG on one host."""

    stig: Stig
    title: str
    findings: tuple[Finding, ...]


def checklist_of(record: Record) -> Checklist | None:
    """The STIG of the host's release; None if it has no such rule, or if the release is not known."""
    facts = record["use_machine_id"]
    rules = [rule for rule in facts["benchmarks"] if rule["authority"] == "DISA"] if facts else []
    title = str(rules[0]["benchmark"]) if rules else ""
    if (stig := STIGS.get(title)) is None:
        return None
    known = (rule for rule in rules if rule["benchmark"] == title and _is_named(rule))
    findings = tuple(_finding(record, rule) for rule in known)
    return Checklist(stig, title, findings) if findings else None


def _is_named(rule: t.Mapping[str, t.Any]) -> bool:
    """Whether a rule has its id, without which nobody can import it. It is a part of an id in XML, too."""
    return bool(_RULE_ID.fullmatch(str(rule.get("rule_id"))))


def _finding(record: Record, rule: t.Mapping[str, t.Any]) -> Finding:
    result, detail = _judged(record, rule)
    return Finding(
        rule_id=rule["rule_id"],
        number=visible(str(rule["id"])),
        group=visible(str(rule.get("vuln_id"))),
        severity=level if (level := str(rule.get("level"))) in _LEVELS else "unknown",
        title=_TITLES.get(rule["setting"], str(rule["setting"])),
        result=result,
        detail=visible(detail),
    )


def _judged(record: Record, rule: t.Mapping[str, t.Any]) -> tuple[Result, str]:
    if record["verdict"] in NOT_JUDGED:
        return "notchecked", f"Not checked: the host is {record['verdict']}. {record['reason']}"
    facts = t.cast("dict[str, t.Any]", record["use_machine_id"])
    setting = facts if rule["setting"] == "use_machine_id" else facts["null_session_fallback"]
    expected = " or ".join(map(in_words, map(str, rule["expected"])))
    detail = f"Found: {in_words(stored(setting))}. Required: {expected or 'not confirmed'}."
    return (rule["verdict"] if rule["verdict"] in ("pass", "fail") else "notchecked"), detail
