# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The canonical document: what is in it, what it accepts, and what several become."""

from __future__ import annotations

import copy
import json
import typing as t

import jsonschema
import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.compare import compare
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.document import (
    Source,
    build,
    read_document,
    read_source,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.records import ReportError, record_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.report import to_json
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.schema import SCHEMA, check_document, check_record
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import dword
from ansible_collections.winsec.lsa.tests.support import documents as hosts

VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def whole() -> dict[str, t.Any]:
    """A document with something in each of its parts."""
    newer = hosts.record("srv2022", finished="2026-11-28T20:59:00Z")
    document = build([Source("a.json", list(hosts.FLEET), "1.0.0", "bob"), Source("b.jsonl", [newer])], hosts.WRITER)
    document["comparison"] = compare(hosts.document(*hosts.FLEET[1:]), hosts.document(*hosts.FLEET[:-1]))
    return document


def closed(schema: t.Any) -> t.Any:
    """The schema, with no key that it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        found.setdefault("additionalProperties", False)
    return found


def test_the_schema_is_a_schema() -> None:
    VALIDATOR.check_schema(SCHEMA)


def test_a_document_has_every_key_of_the_schema_and_no_other() -> None:
    strict = closed(SCHEMA)
    # The ids of a rule may become more: the facts document them.
    del strict["$defs"]["benchmark"]["additionalProperties"]
    assert [error.message for error in jsonschema.Draft202012Validator(strict).iter_errors(whole())] == []


def places(value: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def changed(document: dict[str, t.Any], path: tuple[t.Any, ...], value: t.Any) -> t.Any:
    if not path:
        return value
    found = copy.deepcopy(document)
    parent: t.Any = found
    for key in path[:-1]:
        parent = parent[key]
    if value is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return found


@pytest.mark.parametrize("value", [..., None, 1, True, "", "x", [], {}, ["x"], {"x": 1}], ids=repr)
def test_documents_are_checked_as_jsonschema_does(value: t.Any) -> None:
    document = hosts.document(hosts.FLEET[1], hosts.FLEET[-1])
    document["comparison"] = compare(hosts.document(hosts.FLEET[1]), document)
    for path in places(document):
        if value is ... and (not path or isinstance(path[-1], int)):
            continue
        wrong = changed(document, path, value)
        assert (check_document(wrong) is None) == VALIDATOR.is_valid(wrong), path


def test_the_place_that_is_wrong_is_named() -> None:
    document = copy.deepcopy(whole())
    document["hosts"][3]["use_machine_id"]["windows"]["build"] = "x"
    assert check_document(document) == "hosts.3.use_machine_id.windows.build"
    assert check_document([]) == "the whole"
    assert check_record({"host": "a"}) == "started"


def test_the_same_records_give_the_same_document_worst_first() -> None:
    one, other = hosts.document(*hosts.FLEET), hosts.document(*reversed(hosts.FLEET))
    assert to_json(one) == to_json(other)
    assert [host["host"] for host in one["hosts"]][:3] == ["dc2019", "srv2008", "srv2008r2"]
    assert json.loads(to_json(one)) == one
    assert to_json(one).decode().count('\n{"host": ') == len(hosts.FLEET)


def test_totals() -> None:
    summary = hosts.document()["summary"]
    assert (summary["hosts"], summary["reached"]) == (13, 10)
    assert summary["not_reached"] == ["denied", "gone", "spared"]
    assert summary["verdicts"]["not compliant"] == 6
    assert summary["attention"]["could_not_look"] == 3
    assert summary["outcomes"]["anonymous_unprotected"] == 2
    assert list(summary["releases"])[-1] == "not read"
    assert summary["connections"]["ssh"] == {"not compliant": 1}
    (rule,) = (rule for rule in summary["benchmarks"] if rule["id"] == "WN22-SO-000260")
    assert (rule["authority"], rule["pass"], rule["fail"], rule["unknown"]) == ("DISA", 1, 0, 0)


def test_releases_come_by_the_number_of_their_hosts_and_then_by_name() -> None:
    fleet = [hosts.lost(name) for name in "abcd"] + [hosts.record("e", hosts.WINDOWS_11)]
    fleet += [hosts.record("f", hosts.WINDOWS_10), hosts.record("g"), hosts.record("h", identity=dword(1))]
    other = copy.deepcopy(hosts.record("i"))
    t.cast("dict[str, t.Any]", other["use_machine_id"])["windows"]["release"] = "something else"
    fleet.append(other)
    assert [*hosts.document(*fleet)["summary"]["releases"].items()] == [
        ("Windows Server 2022", {"compliant": 1, "not compliant": 1}),
        ("Windows 10", {"not compliant": 1}),
        ("Windows 11", {"not compliant": 1}),
        ("something else", {"not compliant": 1}),
        ("not read", {"unreachable": 4}),
    ]


@pytest.mark.parametrize("verdict", ["unreachable", "failed", "not tried"])
def test_a_host_that_was_not_judged_meets_no_rule(verdict: str) -> None:
    read = hosts.record("h", hosts.SERVER_2022, dword(1), dword(0))["use_machine_id"]
    summary = hosts.document(hosts.lost("h", verdict, use_machine_id=read))["summary"]
    assert {key: count for key, count in summary["outcomes"].items() if count} == {"not_read": 1}
    assert summary["benchmarks"]
    assert {(rule["pass"], rule["fail"], rule["unknown"]) for rule in summary["benchmarks"]} == {(0, 0, 1)}


def test_times_and_variables_of_a_run() -> None:
    late = hosts.record("b", finished="2026-11-28T21:00:00Z", variables={"use_machine_id_state": "cis"})
    meta = hosts.document(hosts.record("a"), late)["meta"]
    assert (meta["started"], meta["finished"], meta["seconds"]) == ("2026-11-28T20:54:00Z", "2026-11-28T21:00:00Z", 360)
    assert meta["variables"]["use_machine_id_state"] == ["cis", "enabled"]
    bare = build([Source("x", [record_of({"host": "a", "verdict": "failed"}, "x")])], hosts.WRITER)
    assert (bare["meta"]["started"], bare["meta"]["seconds"]) == (None, None)
    (ended,) = ({**hosts.record("a"), "started": None},)
    meta = build([Source("x", [record_of(ended, "x")])], hosts.WRITER)["meta"]
    assert (meta["started"], meta["finished"], meta["seconds"]) == (None, "2026-11-28T20:54:02Z", None)
    assert VALIDATOR.is_valid(bare)


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_host_in_several_sources_the_later_record_counts(order: int) -> None:
    old = Source("old.json", [hosts.record("a", finished="2026-11-27T00:00:00Z")])
    new = Source("new.json", [hosts.record("a", hosts.SERVER_2022, dword(1)), hosts.record("b")])
    document = build([old, new][::order], hosts.WRITER)
    assert [host["verdict"] for host in document["hosts"]] == ["not compliant", "compliant"]
    assert document["meta"]["superseded"] == [
        {
            "host": "a",
            "kept": "new.json",
            "kept_finished": "2026-11-28T20:54:02Z",
            "left_out": "old.json",
            "left_out_finished": "2026-11-27T00:00:00Z",
        }
    ]


def test_of_two_records_of_one_time_the_last_counts() -> None:
    sources = [Source(name, [hosts.record("a")]) for name in ("first", "second", "third")]
    superseded = build(sources, hosts.WRITER)["meta"]["superseded"]
    assert [(entry["kept"], entry["left_out"]) for entry in superseded] == [("second", "first"), ("third", "second")]


def test_a_report_and_its_lines_say_the_same() -> None:
    document = hosts.document()
    lines = "\n".join(json.dumps(record) for record in hosts.FLEET) + "\n\n"
    from_report, from_lines = read_source("r", to_json(document).decode()), read_source("l", lines)
    assert sorted(from_report.records, key=str) == sorted(from_lines.records, key=str)
    assert (from_report.user, from_lines.user) == ("alice", None)
    assert read_source("one", json.dumps(hosts.FLEET[0])).records == [hosts.FLEET[0]]
    assert read_source("empty", "").records == []


def test_what_a_record_says_of_attention_is_not_believed() -> None:
    wrong = {**hosts.record("a", hosts.SERVER_2008), "attention": None}
    assert record_of(wrong, "x")["attention"] == "anonymous_unprotected"


HOST = {"host": "a", "verdict": "failed"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "Line 1 of f is not the record of a host. Name only files"),
        (json.dumps(HOST) + '\n{"host": "b", "verd', "Line 2 of f is not the record of a host."),
        ("[]", "Line 1 of f"),
        ("[" * 100_000, "Line 1 of f"),
        (json.dumps({**HOST, "variables": {"a": 1}}).replace("1", "1e999"), "Line 1 of f"),
        (json.dumps({**HOST, "variables": {"a": 1}}).replace("1", "NaN"), "Line 1 of f"),
        (json.dumps({**HOST, "verdict": "fine"}), "verdict is missing or wrong"),
        (json.dumps({**HOST, "host": ""}), "host is missing or wrong"),
        (json.dumps({**HOST, "finished": "2026-13-45T00:00:00Z"}), "finished is missing or wrong"),
        (json.dumps({**HOST, "finished": "yesterday"}), "finished is missing or wrong"),
        (json.dumps({**HOST, "use_machine_id": {}}), "use_machine_id.configured is missing or wrong"),
        ('{"format": "something else"}', "f is not a report."),
        (
            '{"format": "winsec.lsa.report", "version": 2}',
            "f is a report of version 2, which this release does not know",
        ),
        (
            '{"format": "winsec.lsa.report", "version": 0}',
            "f is a report of version 0, which this release does not know",
        ),
        ('{"format": "winsec.lsa.report", "version": 1}', "f is a report, but meta is missing or wrong in it."),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(ReportError) as caught:
        read_source("f", text)
    assert message in str(caught.value)


def test_a_host_of_a_report_is_named_by_its_number() -> None:
    document = json.loads(to_json(hosts.document(hosts.record("a"), hosts.record("b"))))
    document["hosts"][1]["finished"] = "2026-13-45T00:00:00Z"
    with pytest.raises(ReportError, match="Host 2 of f is not the record of a host: finished is missing or wrong"):
        read_source("f", json.dumps(document))


@pytest.mark.parametrize("other", [None, [], "x", 1])
def test_a_report_has_to_be_an_object(other: t.Any) -> None:
    with pytest.raises(ReportError, match="f is not a report"):
        read_document("f", other)
