# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report that the audit writes, and what the module makes of several reports."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from ..support.expectations import ONE, ZERO
from ..support.fleet import registry

if t.TYPE_CHECKING:
    from ..support.fleet import Fleet, FleetFactory
    from ..support.runs import Run

ROOT = Path(__file__).parents[2]

AUDIT, ENFORCE = "winsec.lsa.audit", "winsec.lsa.enforce"

HOSTS: dict[str, t.Any] = {
    "good": {"registry": registry(ONE)},
    "unset": {"connection": "psrp"},
    "vista": {"release": "vista"},
    "off": {"registry": registry(ZERO)},
    "denied": {"misbehave": {"deny_reads": True}},
    "silent": {"misbehave": {"close_connection": True}, "connection": "psrp"},
    "midway": {"misbehave": {"close_connection": True, "only": ["GetDWORDValue"], "after": 2}},
}


def report(folder: Path) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", json.loads((folder / "report.json").read_text()))


def by_host(document: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    return {record["host"]: record for record in document["hosts"]}


def audit(subject: Fleet, *options: str, folder: str = "out") -> Run:
    run = subject.playbook(AUDIT, "-e", f"use_machine_id_audit_report={folder}", *options)
    assert run.exit_status == 0, run.output
    return run


@pytest.mark.canary
def test_the_audit_writes_what_it_found(fleet: FleetFactory) -> None:
    subject = fleet(HOSTS)
    inventory = yaml.safe_load(subject.inventory.read_text())
    inventory["windows"]["hosts"]["odd"] = {"ansible_connection": "no_such_plugin"}
    subject.inventory.write_text(yaml.safe_dump(inventory))
    options = ["--check", "-e", "use_machine_id_state_vista_2008=disabled", "-e", "use_machine_id_audit_report=out"]
    run = subject.playbook(AUDIT, *options)
    assert not [task for task in run.of("Write the report").values() if task.status != "ok"], run.output
    document = report(subject.folder / "out")
    assert {host: (record["verdict"], record["attention"]) for host, record in by_host(document).items()} == {
        "vista": ("not compliant", "anonymous_unprotected"),
        "off": ("not compliant", "anonymous"),
        "denied": ("failed", "could_not_look"),
        "odd": ("failed", "could_not_look"),
        "silent": ("unreachable", "could_not_look"),
        "midway": ("unreachable", "could_not_look"),
        "unset": ("not compliant", "not_as_required"),
        "good": ("compliant", None),
    }
    unset = by_host(document)["unset"]
    assert unset["changes"] == [{"setting": "use_machine_id", "from": "not_defined", "to": "enabled"}]
    assert (unset["connection"], unset["use_machine_id"]["windows"]["release"]) == ("psrp", "Windows Server 2022")
    assert unset["started"] <= unset["finished"]
    assert unset["variables"]["use_machine_id_state_vista_2008"] == "disabled"
    assert unset["variables"]["use_machine_id_state_7_2008r2"] == "enabled"
    assert unset["variables"]["use_machine_id_gpo_conflict"] == "warn"
    assert "no_such_plugin" in by_host(document)["odd"]["reason"]
    assert by_host(document)["silent"]["message"].startswith("The connection to the host was lost.")
    assert document["meta"]["inventories"] == ["inventory.yml"]
    files = {str(file.relative_to(subject.folder / "out")) for file in (subject.folder / "out").rglob("*.*")}
    assert files == {
        *("report.json", "report.csv", "report.html", "audit.jsonl"),
        *(f"xccdf/{host}.xml" for host in ("good", "unset", "off")),
        *(f"checklist/{host}.cklb" for host in ("good", "unset", "off")),
    }


def test_the_next_audit_says_what_has_changed(fleet: FleetFactory) -> None:
    subject = fleet({"good": {"registry": registry(ONE)}, "unset": {}, "off": {"registry": registry(ZERO)}})
    previous = ("-e", "use_machine_id_audit_previous=out/report.json")
    first = audit(subject, *previous)
    assert "There is no earlier report out/report.json" in first.output
    subject.playbook(ENFORCE, "--limit=off")
    second = audit(subject, *previous)
    (said,) = second.of("Say what has changed since the earlier report").values()
    assert said.result["msg"] == ["1 host fixed: off (anonymous -> none)"]
    assert report(subject.folder / "out")["comparison"]["fixed"] == [{"host": "off", "from": "anonymous", "to": None}]


def test_an_audit_that_is_not_begun_leaves_the_report_of_an_earlier_one(fleet: FleetFactory) -> None:
    subject = fleet({"host": {"registry": registry(ONE)}})
    playbook = subject.folder / "twice.yml"
    again = {"ansible.builtin.import_playbook": AUDIT, "vars": {"use_machine_id_state": "wrong"}}
    playbook.write_text(yaml.safe_dump([{"ansible.builtin.import_playbook": AUDIT}, again]))
    run = subject.playbook(str(playbook), "-e", "use_machine_id_audit_report=out")
    assert run.exit_status == 2, run.output
    assert "use_machine_id_state must be one of enabled, disabled" in run.output
    assert by_host(report(subject.folder / "out"))["host"]["verdict"] == "compliant"


def test_no_host_decides_for_the_others_whether_the_audit_fails(fleet: FleetFactory) -> None:
    subject = fleet({"first": {"registry": registry(ONE)}, "silent": {"misbehave": {"close_connection": True}}})
    inventory = yaml.safe_load(subject.inventory.read_text())
    inventory["windows"]["hosts"]["first"]["use_machine_id_audit_fail_on"] = []
    subject.inventory.write_text(yaml.safe_dump(inventory))
    run = subject.playbook(AUDIT)
    assert run.exit_status == 2, run.output
    assert "use_machine_id_audit_fail_on counts for all hosts of a run, but differs between them" in run.output
    assert not any(subject.requests(host) for host in ("first", "silent"))
    for given, exit_status in ("[]", 0), ('["unreachable"]', 2):
        run = subject.playbook(AUDIT, "-e", f'{{"use_machine_id_audit_fail_on": {given}}}')
        assert run.exit_status == exit_status, run.output


def test_slices_are_merged(fleet: FleetFactory) -> None:
    """As AWX cuts an inventory. A host that two slices have counts once."""
    subject = fleet({"one": {}, "two": {"registry": registry(ONE)}, "three": {"release": "vista"}})
    for name, limit in (("slice1", "one:two"), ("slice2", "two:three")):
        audit(subject, f"--limit={limit}", folder=name)
    lines = subject.folder / "lines.jsonl"
    lines.write_text(json.dumps({"host": "four", "verdict": "not tried"}) + "\n")
    task = {"path": "all", "sources": ["slice1/report.json", "slice2/report.json", str(lines)]}
    merge = {"winsec.lsa.use_machine_id_report": task, "name": "Merge"}
    run = subject.play(merge, {**merge, "name": "Again"}, hosts="localhost")
    assert run.exit_status == 0, run.output
    assert "Hosts are in several sources, and the record that was finished later counts: two" in run.output
    assert [run.of(name)["localhost"].status for name in ("Merge", "Again")] == ["changed", "ok"]
    document = report(subject.folder / "all")
    assert sorted(by_host(document)) == ["four", "one", "three", "two"]
    assert [source["hosts"] for source in document["meta"]["sources"]] == [2, 2, 1]
    result = run.of("Merge")["localhost"].result
    assert (result["summary"]["hosts"], result["summary"]["reached"], result["xccdf"]) == (4, 3, 2)
    the_examples_say_what_happens(subject)


def the_examples_say_what_happens(subject: Fleet) -> None:
    """The examples of the module merge two slices, and demand what one host doesn't do."""
    (subject.folder / "all").rename(subject.folder / "last_week")
    documentation = ROOT / "plugins" / "modules" / "use_machine_id_report.yml"
    examples = subject.folder / "examples.yml"
    examples.write_text(yaml.safe_load(documentation.read_text())["EXAMPLES"])
    run = subject.playbook(str(examples))
    assert run.of("Write one report")["localhost"].status == "changed", run.output
    assert run.of("Show what has changed")["localhost"].result["written.changes"] == ["1 host gone: four"]
    failed = run.of("Fail if a host is anonymous and nothing protects its sessions")["localhost"]
    assert (run.exit_status, failed.status) == (2, "failed")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "There is no host to report on."),
        ({"sources": ["nothing.json"]}, "The file nothing.json can't be read: No such file or directory."),
        ({"sources": ["inventory.yml"]}, "Line 1 of inventory.yml is not the record of a host."),
        ({"records": [{"host": "a"}]}, "Record 1 is not the record of a host: verdict is missing or wrong."),
        ({"records": [{"host": "a", "verdict": "failed"}], "previous": "inventory.yml"}, "is not a report."),
        ({"records": [{"host": "a", "verdict": "failed"}], "path": "inventory.yml"}, "The report could not be written"),
    ],
)
def test_what_can_not_be_reported(fleet: FleetFactory, options: dict[str, t.Any], message: str) -> None:
    subject = fleet({"host": {}})
    run = subject.play({"winsec.lsa.use_machine_id_report": {"path": "out", **options}}, hosts="localhost")
    assert run.exit_status == 2
    assert message in run.results[0].result["msg"]
    assert "Traceback" not in run.output
    assert not (subject.folder / "out").exists()
