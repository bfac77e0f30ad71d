# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The record of one host, as it is in every document: complete, checked, and with its reason for attention. Pure."""

from __future__ import annotations

import datetime
import typing as t

from .._schema.json_schema import TIME
from .attention import NOT_JUDGED, Attention, attention_for
from .schema import SCHEMA, check_record
from .verdicts import Verdict

Facts: t.TypeAlias = "dict[str, t.Any]"


class Record(t.TypedDict):
    """One host. meta/report.schema.json describes each key."""

    host: str
    started: str | None
    finished: str | None
    connection: str | None
    verdict: Verdict
    reason: str
    attention: Attention | None
    changes: list[dict[str, str]]
    message: str | None
    variables: dict[str, t.Any]
    use_machine_id: Facts | None


class ReportError(Exception):
    """Something that the user has to know about what a report is made of or written to: what, and what to do next."""


_EMPTY: t.Final[dict[str, t.Any]] = {
    "started": None,
    "finished": None,
    "connection": None,
    "reason": "",
    "attention": None,
    "changes": [],
    "message": None,
    "variables": {},
    "use_machine_id": None,
}
_KEYS: t.Final = tuple(SCHEMA["$defs"]["record"]["properties"])


def record_of(given: t.Any, where: str) -> Record:
    """A complete record from one that needs ``host`` and ``verdict`` only; ``where`` names its place in an error."""
    if not isinstance(given, dict):
        raise ReportError(f"{where} is not the record of a host. {_ADVICE}")
    whole: dict[str, t.Any] = {key: given[key] if given.get(key) is not None else _EMPTY.get(key) for key in _KEYS}
    if place := check_record(whole):
        raise ReportError(f"{where} is not the record of a host: {place} is missing or wrong. {_ADVICE}")
    for key in ("started", "finished"):
        if (time := whole[key]) is not None and not _is_time(time):
            raise ReportError(f"{where} is not the record of a host: {key} is missing or wrong. {_ADVICE}")
    whole["attention"] = attention_for(whole["verdict"], whole["use_machine_id"], whole["changes"])
    return t.cast(Record, whole)


_ADVICE: t.Final = "Name only files that this collection has written."


def _is_time(text: str) -> bool:
    try:
        datetime.datetime.strptime(text, TIME)
    except ValueError:
        return False
    return True


def rules_of(record: Record) -> list[dict[str, t.Any]]:
    """The rules of the facts. On a host that was not judged none is known to be met, even if it was read before."""
    rules: list[dict[str, t.Any]] = record["use_machine_id"]["benchmarks"] if record["use_machine_id"] else []
    return [{**rule, "verdict": "unknown"} for rule in rules] if record["verdict"] in NOT_JUDGED else rules


def is_later(one: Record, other: Record) -> bool:
    """Whether a record is at least as new as another one of the same host. One without a time is the older one."""
    return (one["finished"] or "") >= (other["finished"] or "")
