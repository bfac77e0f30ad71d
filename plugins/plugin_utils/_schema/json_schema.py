# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Documents against a published schema of ``meta/``: what comes from a file is data of somebody else.

Only the keywords of JSON Schema 2020-12 that the schemas use are known here, and a test compares the answers with those
of the library jsonschema, which Ansible does not bring along. Each definition becomes a function once, because a
document may have 10,000 hosts.
"""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

Form: t.TypeAlias = "dict[str, t.Any]"
#: Where a document first differs from its schema, innermost name first; None if it does not.
Place: t.TypeAlias = "list[str] | None"
Check: t.TypeAlias = t.Callable[[t.Any], Place]
Compile: t.TypeAlias = t.Callable[[Form], Check]

#: The form of every time in the documents: UTC, to the second.
TIME: t.Final = "%Y-%m-%dT%H:%M:%SZ"

_META: t.Final = Path(__file__).parents[3] / "meta"

_TYPES: t.Final[dict[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


class JsonSchema:
    """A schema of ``meta/``, by its file name."""

    def __init__(self, name: str) -> None:
        self.form: t.Final[Form] = json.loads((_META / name).read_text("utf-8"))
        self._compiled: dict[str, Check] = {}

    def check(self, value: t.Any, definition: str | None = None) -> str | None:
        """Where ``value`` differs from a definition, or from the schema itself, as ``hosts.3.verdict``; None if not."""
        place = self._check(definition or "")(value)
        return None if place is None else ".".join(reversed(place)) or "the whole"

    def _check(self, definition: str) -> Check:
        if definition not in self._compiled:
            form = self.form["$defs"][definition] if definition else self.form
            self._compiled[definition] = self._compile(form)
        return self._compiled[definition]

    def _compile(self, form: Form) -> Check:
        if "$ref" in form:
            return self._check(form["$ref"].rpartition("/")[2])
        checks = [make(form, self._compile) for keyword, make in _KEYWORDS.items() if keyword in form]

        def check(value: t.Any) -> Place:
            for one in checks:
                if (place := one(value)) is not None:
                    return place
            return None

        return check


def _type(form: Form, _compile: Compile) -> Check:
    names = form["type"] if isinstance(form["type"], list) else [form["type"]]
    allowed = tuple(_TYPES[name] for name in names)
    flat = tuple(kind for entry in allowed for kind in (entry if isinstance(entry, tuple) else (entry,)))
    no_bool = "boolean" not in names  # which is an int in Python

    def check(value: t.Any) -> Place:
        return None if isinstance(value, flat) and not (no_bool and isinstance(value, bool)) else []

    return check


def _one_of(values: list[t.Any]) -> Check:
    return lambda value: None if any(value == one and type(value) is type(one) for one in values) else []


def _pattern(form: Form, _compile: Compile) -> Check:
    search = re.compile(form["pattern"]).search
    return lambda value: None if not isinstance(value, str) or search(value) else []


def _min_length(form: Form, _compile: Compile) -> Check:
    return lambda value: None if not isinstance(value, str) or len(value) >= form["minLength"] else []


def _required(form: Form, _compile: Compile) -> Check:
    names = form["required"]

    def check(value: t.Any) -> Place:
        missing = [name for name in names if name not in value] if isinstance(value, dict) else ()
        return [missing[0]] if missing else None

    return check


def _properties(form: Form, compile_part: Compile) -> Check:
    checks = {name: compile_part(part) for name, part in form["properties"].items()}

    def check(value: t.Any) -> Place:
        if isinstance(value, dict):
            for name, one in checks.items():
                if name in value and (place := one(value[name])) is not None:
                    return [*place, name]
        return None

    return check


def _additional(form: Form, compile_part: Compile) -> Check:
    one, named = compile_part(form["additionalProperties"]), form.get("properties", ())

    def check(value: t.Any) -> Place:
        for name, content in value.items() if isinstance(value, dict) else ():
            if name not in named and (place := one(content)) is not None:
                return [*place, name]
        return None

    return check


def _items(form: Form, compile_part: Compile) -> Check:
    one = compile_part(form["items"])

    def check(value: t.Any) -> Place:
        for number, item in enumerate(value) if isinstance(value, list) else ():
            if (place := one(item)) is not None:
                return [*place, str(number)]
        return None

    return check


_KEYWORDS: t.Final[dict[str, t.Callable[[Form, Compile], Check]]] = {
    "type": _type,
    "const": lambda form, _compile: _one_of([form["const"]]),
    "enum": lambda form, _compile: _one_of(form["enum"]),
    "pattern": _pattern,
    "minLength": _min_length,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
}
