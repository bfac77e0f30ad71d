# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Documents against the published schema (meta/report.schema.json): what comes from a file is data of somebody else.

Only the words of JSON Schema 2020-12 that the schema uses are known here, and a test compares the answers with those
of the library jsonschema, which Ansible does not bring along. Each schema becomes a function once, because a document
may have 10,000 hosts.
"""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

Schema: t.TypeAlias = "dict[str, t.Any]"
#: Where a document first differs from its schema, innermost name first; None if it does not.
Place: t.TypeAlias = "list[str] | None"
Check: t.TypeAlias = t.Callable[[t.Any], Place]

SCHEMA: t.Final[Schema] = json.loads((Path(__file__).parents[3] / "meta" / "report.schema.json").read_text("utf-8"))

_TYPES: t.Final[dict[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def check_document(document: t.Any) -> str | None:
    """Where a whole document differs from the schema, as ``hosts.3.verdict``; None if it does not."""
    return _name(_document(document))


def check_record(record: t.Any) -> str | None:
    """The same for the record of one host."""
    return _name(_record(record))


def _name(place: Place) -> str | None:
    return None if place is None else ".".join(reversed(place)) or "the whole"


def _compile(schema: Schema) -> Check:
    if "$ref" in schema:
        return _reference(schema["$ref"].rpartition("/")[2])
    checks = [make(schema) for word, make in _WORDS.items() if word in schema]

    def check(value: t.Any) -> Place:
        for one in checks:
            if (place := one(value)) is not None:
                return place
        return None

    return check


_compiled: t.Final[dict[str, Check]] = {}


def _reference(name: str) -> Check:
    if name not in _compiled:
        _compiled[name] = _compile(SCHEMA["$defs"][name])
    return _compiled[name]


def _type(schema: Schema) -> Check:
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    allowed = tuple(_TYPES[name] for name in names)
    flat = tuple(kind for entry in allowed for kind in (entry if isinstance(entry, tuple) else (entry,)))
    no_bool = "boolean" not in names  # which is an int in Python

    def check(value: t.Any) -> Place:
        return None if isinstance(value, flat) and not (no_bool and isinstance(value, bool)) else []

    return check


def _one_of(values: list[t.Any]) -> Check:
    return lambda value: None if any(value == one and type(value) is type(one) for one in values) else []


def _pattern(schema: Schema) -> Check:
    search = re.compile(schema["pattern"]).search
    return lambda value: None if not isinstance(value, str) or search(value) else []


def _min_length(schema: Schema) -> Check:
    return lambda value: None if not isinstance(value, str) or len(value) >= schema["minLength"] else []


def _required(schema: Schema) -> Check:
    names = schema["required"]

    def check(value: t.Any) -> Place:
        missing = [name for name in names if name not in value] if isinstance(value, dict) else ()
        return [missing[0]] if missing else None

    return check


def _properties(schema: Schema) -> Check:
    checks = {name: _compile(part) for name, part in schema["properties"].items()}

    def check(value: t.Any) -> Place:
        if isinstance(value, dict):
            for name, one in checks.items():
                if name in value and (place := one(value[name])) is not None:
                    return [*place, name]
        return None

    return check


def _additional(schema: Schema) -> Check:
    one, named = _compile(schema["additionalProperties"]), schema.get("properties", ())

    def check(value: t.Any) -> Place:
        for name, content in value.items() if isinstance(value, dict) else ():
            if name not in named and (place := one(content)) is not None:
                return [*place, name]
        return None

    return check


def _items(schema: Schema) -> Check:
    one = _compile(schema["items"])

    def check(value: t.Any) -> Place:
        for number, item in enumerate(value) if isinstance(value, list) else ():
            if (place := one(item)) is not None:
                return [*place, str(number)]
        return None

    return check


_WORDS: t.Final[dict[str, t.Callable[[Schema], Check]]] = {
    "type": _type,
    "const": lambda schema: _one_of([schema["const"]]),
    "enum": lambda schema: _one_of(schema["enum"]),
    "pattern": _pattern,
    "minLength": _min_length,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
}
_document: t.Final = _compile(SCHEMA)
_record: t.Final = _reference("record")
