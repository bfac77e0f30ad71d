# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XCCDF and checklists for DISA's rules; tests/report validates them and has STIG Manager's parser read them."""

from __future__ import annotations

import copy
import json
import typing as t
from xml.etree import ElementTree

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.cklb import to_cklb
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.findings import checklist_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.records import Record
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.stigs import STIGS
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.xccdf import to_xccdf
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.benchmarks import rules_for
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion
from ansible_collections.winsec.lsa.tests.support import documents as hosts

X = "{http://checklists.nist.gov/xccdf/1.2}"


def xccdf(record: Record) -> dict[str, str]:
    """The result of each rule."""
    root = ElementTree.fromstring(t.cast(bytes, to_xccdf(record, "h", "1.0.0")))
    return {entry.attrib["idref"]: str(entry.findtext(f"{X}result")) for entry in root.iter(f"{X}rule-result")}


def cklb(record: Record) -> dict[str, str]:
    (stig,) = json.loads(t.cast(bytes, to_cklb(record)))["stigs"]
    return {rule["rule_id_src"]: rule["status"] for rule in stig["rules"]}


@pytest.mark.parametrize(
    ("record", "identity", "fallback"),
    [
        (hosts.record("h", hosts.SERVER_2022, dword(1), dword(0)), "pass", "pass"),
        (hosts.record("h", hosts.SERVER_2022), "fail", "fail"),
        (hosts.record("h", hosts.SERVER_2022, dword(0), dword(1)), "fail", "fail"),
        (hosts.record("h", hosts.SERVER_2022, RegistryValue("REG_SZ", "1"), dword(0)), "fail", "pass"),
    ],
)
def test_results_of_a_host(record: Record, identity: str, fallback: str) -> None:
    ids = ("SV-254470r991589_rule", "SV-254471r991589_rule")
    prefix, status = "xccdf_mil.disa.stig_rule_", {"pass": "not_a_finding", "fail": "open"}
    assert xccdf(record) == {f"{prefix}{ids[0]}": identity, f"{prefix}{ids[1]}": fallback}
    assert cklb(record) == {ids[0]: status[identity], ids[1]: status[fallback]}


def findings(record: Record) -> list[tuple[str, str, str]]:
    """Each finding of a record that was read from a file: its rule, its severity, and what was found."""
    read = checklist_of(json.loads(json.dumps(record)))
    return [(found.number, found.severity, found.detail) for found in (read.findings if read else ())]


@pytest.mark.parametrize(
    ("values", "identity", "fallback"),
    [
        ((None, None), "not defined", "not defined"),
        ((dword(0), dword(1)), "disabled", "enabled"),
        ((RegistryValue("REG_SZ", "1"), dword(2)), "REG_SZ '1'", "REG_DWORD 2"),
    ],
)
def test_a_finding_says_what_was_found_and_what_is_required(
    values: tuple[RegistryValue | None, ...], identity: str, fallback: str
) -> None:
    assert findings(hosts.record("h", hosts.SERVER_2022, *values)) == [
        ("WN22-SO-000260", "medium", f"Found: {identity}. Required: enabled."),
        ("WN22-SO-000270", "medium", f"Found: {fallback}. Required: disabled."),
    ]


def rules_of_disa(record: Record) -> list[dict[str, t.Any]]:
    rules = t.cast("dict[str, t.Any]", record["use_machine_id"])["benchmarks"]
    return [rule for rule in rules if rule["authority"] == "DISA"]


def test_what_a_rule_does_not_say_is_not_invented() -> None:
    record = copy.deepcopy(hosts.record("h"))
    for rule in rules_of_disa(record):
        rule.update(expected=[], level="dire", verdict="unknown")
    assert {(severity, detail) for _number, severity, detail in findings(record)} == {
        ("unknown", "Found: not defined. Required: not confirmed.")
    }
    assert {*cklb(record).values()} == {"not_reviewed"}


@pytest.mark.parametrize("title", ["Windows Server 2019 STIG", "Windows Server 2025 STIG"])
def test_a_checklist_has_the_rules_of_one_stig(title: str) -> None:
    record = copy.deepcopy(hosts.record("h"))
    rules_of_disa(record)[1]["benchmark"] = title
    assert [number for number, _severity, _detail in findings(record)] == ["WN22-SO-000260"]


@pytest.mark.parametrize("authority", ["CIS", "Microsoft"])
def test_a_checklist_has_the_rules_of_disa_only(authority: str) -> None:
    record = copy.deepcopy(hosts.record("h"))
    rules_of_disa(record)[1]["authority"] = authority
    assert [number for number, _severity, _detail in findings(record)] == ["WN22-SO-000260"]


@pytest.mark.parametrize("verdict", ["unreachable", "failed", "not tried"])
def test_a_host_that_was_lost_never_passes(verdict: str) -> None:
    read = hosts.record("h", hosts.SERVER_2022, dword(1), dword(0))["use_machine_id"]
    record = hosts.lost("h", verdict, use_machine_id=read)
    assert {*xccdf(record).values()} == {"notchecked"}
    assert {*cklb(record).values()} == {"not_reviewed"}
    assert to_xccdf(hosts.lost("h", verdict), "h", "1.0.0") is to_cklb(hosts.lost("h", verdict)) is None


@pytest.mark.parametrize("version", [hosts.VISTA, hosts.SERVER_2008, hosts.SERVER_2003])
def test_a_release_without_a_rule_of_disa_has_no_file(version: WindowsVersion) -> None:
    record = hosts.record("h", version)
    assert to_xccdf(record, "h", "1.0.0") is to_cklb(record) is None


def test_every_stig_that_has_a_rule_is_known() -> None:
    """For each release and kind of installation that the benchmarks know."""
    versions = [(6, 1, 7601), (6, 2, 9200), (6, 3, 9600)]
    versions += [(10, 0, build) for build in (10240, 14393, 17763, 19045, 20348, 22631, 26100)]
    kinds: tuple[t.Any, ...] = ("workstation", "server", "domain_controller")
    rules = [
        r for v in versions for kind in kinds for r in rules_for(WindowsVersion(*v, kind)) if r.authority == "DISA"
    ]
    for rule in rules:
        assert rule.benchmark in STIGS, rule
    assert len({rule.benchmark for rule in rules}) >= 10


#: The newest release of each, as DISA names its files.
RELEASES = {
    "Windows 7 STIG": "V1R27",
    "Windows 8/8.1 STIG": "V1R21",
    "Windows 10 STIG": "V3R6",
    "Windows 11 STIG": "V2R7",
    "Windows Server 2008 R2 Member Server STIG": "V1R27",
    "Windows Server 2008 R2 Domain Controller STIG": "V1R27",
    "Windows Server 2012/2012 R2 Member Server STIG": "V3R4",
    "Windows Server 2012/2012 R2 Domain Controller STIG": "V3R4",
    "Windows Server 2016 STIG": "V2R10",
    "Windows Server 2019 STIG": "V3R8",
    "Windows Server 2022 STIG": "V2R8",
    "Windows Server 2025 STIG": "V1R1",
}


def test_each_stig_says_which_release_it_is() -> None:
    assert {title: f"V{stig.version}R{stig.release.split()[0]}" for title, stig in STIGS.items()} == RELEASES
    (stig,) = json.loads(t.cast(bytes, to_cklb(hosts.record("h"))))["stigs"]
    assert (stig["version"], stig["release_info"]) == (2, "Release: 8 Benchmark Date: 01 Apr 2026")


def test_a_checklist_has_the_form_that_stig_viewer_writes() -> None:
    content = t.cast(bytes, to_cklb(hosts.record("h")))
    assert content.startswith(b'{\n  "title": "h - Windows Server 2022 STIG",\n')
    form = json.loads(content)
    assert {key: form[key] for key in ("active", "mode", "has_path", "cklb_version")} == {
        "active": False,
        "mode": 2,
        "has_path": False,
        "cklb_version": "1.0",
    }
    assert form["target_data"]["is_web_database"] is False
    assert form["stigs"][0]["size"] == len(form["stigs"][0]["rules"]) == 2


@pytest.mark.parametrize(
    ("record", "score", "maximum"),
    [
        (hosts.record("h", hosts.SERVER_2022, dword(1), dword(0)), "2", "2"),
        (hosts.record("h", hosts.SERVER_2022, dword(1), dword(1)), "1", "2"),
        (hosts.record("h"), "0", "2"),
        (hosts.lost("h", use_machine_id=hosts.record("h")["use_machine_id"]), "0", "0"),
    ],
)
def test_the_score_is_the_number_of_rules_that_passed(record: Record, score: str, maximum: str) -> None:
    found = ElementTree.fromstring(t.cast(bytes, to_xccdf(record, "h", "1.0.0"))).find(f"{X}score")
    assert found is not None
    assert (found.text, found.attrib["maximum"]) == (score, maximum)


def test_hostile_names_are_texts() -> None:
    name = "</target>\x00\u202e&\ud800<x>]]>"
    record = hosts.record(name)
    root = ElementTree.fromstring(t.cast(bytes, to_xccdf(record, "h", "1.0.0")))
    shown = r"</target>\x00\u202e&\ud800<x>]]>"
    assert root.findtext(f"{X}target") == shown
    assert json.loads(t.cast(bytes, to_cklb(record)))["target_data"]["host_name"] == shown


@pytest.mark.parametrize("wrong", [None, "", "V-1", "SV-1r1_rule\n", "SV-1r1_rule' x='"])
def test_a_rule_without_its_id_is_left_out(wrong: str | None) -> None:
    record = copy.deepcopy(hosts.record("h"))
    for rule in t.cast("dict[str, t.Any]", record["use_machine_id"])["benchmarks"]:
        rule["rule_id"] = wrong
    assert to_xccdf(record, "h", "1.0.0") is to_cklb(record) is None
