# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The canonical document of a report, which every format is made from, and how several become one. Pure.

meta/report.schema.json describes it. It has no time of its own: the same records give the same document.
"""

from __future__ import annotations

import datetime
import json
import math
import typing as t
from collections import Counter

from .._schema.json_schema import TIME
from .attention import ATTENTION, NOT_JUDGED, rank
from .records import Record, ReportError, is_later, record_of, rules_of
from .schema import check_document
from .verdicts import VERDICTS

Document: t.TypeAlias = "dict[str, t.Any]"

FORMAT: t.Final = "winsec.lsa.report"
VERSION: t.Final = 1

#: What summary.outcomes counts, as the facts name them, and hosts that were not read, or not to the end.
OUTCOMES: t.Final = (
    "authenticates_as_computer",
    "anonymous_no_session_security",
    "anonymous_unprotected",
    "unknown",
    "not_applicable",
    "not_read",
)


#: The group of hosts that did not say to which they belong.
NOT_READ: t.Final = "not read"


class Source(t.NamedTuple):
    """Records that came together: a report, a JSON Lines file, or those of the play."""

    name: str
    records: list[Record]
    collection: str | None = None
    user: str | None = None
    controller: str | None = None
    inventories: tuple[str, ...] = ()


class Writer(t.NamedTuple):
    """Who writes a document."""

    collection: str
    ansible: str
    user: str | None
    controller: str | None
    inventories: tuple[str, ...]


def read_source(name: str, text: str) -> Source:
    """Read a file: a document, or JSON Lines with one host a line. Raises ReportError."""
    if (document := _one_object(text)) is not None and "format" in document:
        return _source_of(name, read_document(name, document))
    lines = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    return Source(name, [record_of(parse_json(line), f"Line {number} of {name}") for number, line in lines])


def read_document(name: str, document: t.Any) -> Document:
    """A document of any origin, once it is known to be one. Raises ReportError."""
    found = document if isinstance(document, dict) else {}
    if found.get("format") != FORMAT:
        raise ReportError(f"{name} is not a report. Name a report.json that this collection has written.")
    if found.get("version") != VERSION:
        raise ReportError(
            f"{name} is a report of version {found.get('version')!r}, which this release does not know. "
            "Use the release of the collection that wrote it, or a later one."
        )
    if place := check_document(found):
        raise ReportError(
            f"{name} is a report, but {place} is missing or wrong in it. Use the file as the collection wrote it."
        )
    return found


def _source_of(name: str, document: Document) -> Source:
    meta, hosts = document["meta"], document["hosts"]
    records = [record_of(host, f"Host {number} of {name}") for number, host in enumerate(hosts, 1)]
    return Source(name, records, meta["collection"], meta["user"], meta["controller"], tuple(meta["inventories"]))


def _one_object(text: str) -> dict[str, t.Any] | None:
    found = parse_json(text)
    return found if isinstance(found, dict) else None


def parse_json(text: str | bytes) -> t.Any:
    """JSON, or None for anything else. Python's parser gives up on deep nesting with an error of its own."""
    try:
        return json.loads(text, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError):
        return None


def _number(text: str) -> float:
    """Neither NaN nor infinity, which Python reads and other programs do not."""
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def build(sources: t.Sequence[Source], writer: Writer) -> Document:
    """One document from all records. Of a host that is in several sources the record that was finished later counts."""
    kept, superseded = _merge(sources)
    hosts = sorted((record for record, _source in kept.values()), key=lambda r: (rank(r["attention"]), r["host"]))
    return {
        "format": FORMAT,
        "version": VERSION,
        "meta": {
            "collection": writer.collection,
            "ansible": writer.ansible,
            "user": writer.user,
            "controller": writer.controller,
            "inventories": sorted({*writer.inventories, *(name for s in sources for name in s.inventories)}),
            **_times(hosts),
            "variables": _variables(hosts),
            "sources": [_described(source) for source in sources],
            "superseded": superseded,
        },
        "summary": _summary(hosts),
        "comparison": None,
        "hosts": hosts,
    }


def _merge(sources: t.Sequence[Source]) -> tuple[dict[str, tuple[Record, str]], list[dict[str, t.Any]]]:
    kept: dict[str, tuple[Record, str]] = {}
    superseded = []
    for source in sources:
        for record in source.records:
            if (earlier := kept.get(record["host"])) is None:
                kept[record["host"]] = record, source.name
                continue
            new, old = (
                ((record, source.name), earlier) if is_later(record, earlier[0]) else (earlier, (record, source.name))
            )
            kept[record["host"]] = new
            superseded.append(
                {
                    "host": record["host"],
                    "kept": new[1],
                    "kept_finished": new[0]["finished"],
                    "left_out": old[1],
                    "left_out_finished": old[0]["finished"],
                }
            )
    return kept, superseded


def _described(source: Source) -> dict[str, t.Any]:
    return {
        "name": source.name,
        "hosts": len(source.records),
        "collection": source.collection,
        "user": source.user,
        "controller": source.controller,
    }


def _times(hosts: list[Record]) -> dict[str, t.Any]:
    started = min((time for r in hosts if (time := r["started"])), default=None)
    finished = max((time for r in hosts if (time := r["finished"])), default=None)
    seconds = None
    if started and finished:
        first, last = (datetime.datetime.strptime(time, TIME) for time in (started, finished))
        seconds = int((last - first).total_seconds())
    return {"started": started, "finished": finished, "seconds": seconds}


def _variables(hosts: list[Record]) -> dict[str, list[t.Any]]:
    found: dict[str, dict[str, t.Any]] = {}
    for record in hosts:
        for name, value in record["variables"].items():
            found.setdefault(name, {}).setdefault(json.dumps(value), value)
    return {name: [values[key] for key in sorted(values)] for name, values in sorted(found.items())}


def _summary(hosts: list[Record]) -> dict[str, t.Any]:
    verdicts = Counter(record["verdict"] for record in hosts)
    attention = Counter(record["attention"] for record in hosts)
    outcomes = Counter(_outcome(record) for record in hosts)
    not_reached = [record["host"] for record in hosts if record["verdict"] in NOT_JUDGED]
    return {
        "hosts": len(hosts),
        "reached": len(hosts) - len(not_reached),
        "not_reached": not_reached,
        "verdicts": {verdict: verdicts[verdict] for verdict in VERDICTS},
        "attention": {kind: attention[kind] for kind in ATTENTION},
        "outcomes": {outcome: outcomes[outcome] for outcome in OUTCOMES},
        "releases": by_group((release_of(record), record["verdict"]) for record in hosts),
        "connections": by_group((record["connection"] or NOT_READ, record["verdict"]) for record in hosts),
        "benchmarks": _rules(hosts),
    }


def _outcome(record: Record) -> str:
    facts = record["use_machine_id"]
    if facts is None or record["verdict"] in NOT_JUDGED:
        return "not_read"
    return facts["outcome"] if facts["outcome"] in OUTCOMES else "unknown"


def release_of(record: Record) -> str:
    """The name of the release, or ``not read``."""
    facts = record["use_machine_id"]
    return NOT_READ if facts is None else str(facts["windows"]["release"])


def by_group(hosts: t.Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Hosts by group and verdict; the largest group first, and those of which it is not known last."""
    found: dict[str, Counter[str]] = {}
    for group, verdict in hosts:
        found.setdefault(group, Counter())[verdict] += 1
    ordered = sorted(found.items(), key=lambda item: (item[0] == NOT_READ, -item[1].total(), item[0]))
    return {name: {v: counts[v] for v in VERDICTS if counts[v]} for name, counts in ordered}


def largest(groups: t.Mapping[str, t.Mapping[str, int]], most: int) -> list[tuple[str, t.Mapping[str, int]]]:
    """The largest groups, and the rest as one: a host may claim any version."""
    found = [*groups.items()]
    if len(found) <= most:
        return found
    rest = found[most - 1 :]
    total: Counter[str] = Counter()
    for _name, counts in rest:
        total.update(counts)
    return [*found[: most - 1], (f"{len(rest):,} others", total)]


def _rules(hosts: list[Record]) -> list[dict[str, t.Any]]:
    """Every rule that applies to a host, and on how many it is met."""
    found: dict[tuple[str, str, str, str], dict[str, t.Any]] = {}
    for record in hosts:
        for rule in rules_of(record):
            key = (rule["authority"], rule["benchmark"], rule["id"] or "", rule["setting"])
            entry = found.setdefault(key, {"pass": 0, "fail": 0, "unknown": 0, "level": rule.get("level")})
            entry[rule["verdict"] if rule["verdict"] in ("pass", "fail") else "unknown"] += 1
    names = ("authority", "benchmark", "id", "setting")
    return [{**dict(zip(names, key, strict=True)), "id": key[2] or None, **found[key]} for key in sorted(found)]
