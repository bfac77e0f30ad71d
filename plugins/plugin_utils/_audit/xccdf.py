# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""xccdf/<host>.xml: an XCCDF 1.2 TestResult of one host (NIST IR 7275 Revision 4, section 6.6.4). Pure.

STIG Manager's parser wants the benchmark's id with DISA's prefix, a target, and a test-system.
"""

from __future__ import annotations

import typing as t
from xml.etree import ElementTree

from ...module_utils._texts import visible
from .findings import Checklist, Finding, checklist_of
from .records import Record

_NAMESPACE: t.Final = "http://checklists.nist.gov/xccdf/1.2"
_BENCHMARK: t.Final = "xccdf_mil.disa.stig_benchmark_"
_RULE: t.Final = "xccdf_mil.disa.stig_rule_"
_SCORING: t.Final = "urn:xccdf:scoring:flat-unweighted"  # section 7.3.3: the number of rules that passed

#: The end time is required. Without one in the record, the time that can't be mistaken for one.
_NO_TIME: t.Final = "1970-01-01T00:00:00Z"


def to_xccdf(record: Record, name: str, collection: str) -> bytes | None:
    """The file of a host, whose ``name`` there is a part of an id; None if no rule of DISA's applies to it."""
    checklist = checklist_of(record)
    if checklist is None:
        return None
    root = ElementTree.Element("TestResult", _attributes(record, name))
    root.set("test-system", f"cpe:/a:winsec:winsec.lsa:{collection}")
    benchmark = f"{_BENCHMARK}{checklist.stig.id}"
    ElementTree.SubElement(root, "benchmark", {"href": benchmark, "id": benchmark})
    _text(root, "title", f"{checklist.title} on {visible(record['host'])}")
    _text(root, "target", visible(record["host"]))
    _facts(root, record)
    for finding in checklist.findings:
        _rule_result(root, finding, record)
    _score(root, checklist)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _attributes(record: Record, name: str) -> dict[str, str]:
    started = {"start-time": record["started"]} if record["started"] else {}
    return {
        "xmlns": _NAMESPACE,
        "id": f"xccdf_winsec.lsa_testresult_{name}",
        "version": "1.0",
        **started,
        "end-time": record["finished"] or _NO_TIME,
    }


def _facts(root: ElementTree.Element, record: Record) -> None:
    windows = t.cast("dict[str, t.Any]", record["use_machine_id"])["windows"]
    found = ElementTree.SubElement(root, "target-facts")
    for key in ("release", "version", "product_type"):
        fact = _text(found, "fact", visible(str(windows[key])))
        fact.attrib = {"name": f"urn:winsec.lsa:{key}", "type": "string"}


def _rule_result(root: ElementTree.Element, finding: Finding, record: Record) -> None:
    entry = ElementTree.SubElement(root, "rule-result", {"idref": f"{_RULE}{finding.rule_id}"})
    entry.attrib |= {"severity": finding.severity, "time": record["finished"] or _NO_TIME}
    _text(entry, "result", finding.result)
    _text(entry, "message", finding.detail).set("severity", "info")


def _score(root: ElementTree.Element, checklist: Checklist) -> None:
    checked = [finding.result for finding in checklist.findings if finding.result != "notchecked"]
    score = _text(root, "score", str(checked.count("pass")))
    score.attrib = {"system": _SCORING, "maximum": str(len(checked))}


def _text(parent: ElementTree.Element, tag: str, text: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, tag)
    element.text = text
    return element
