# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of WQL that is served: `select * from Class`, `select a, b from Class`, and conditions joined by `or`.

Source: learn.microsoft.com, WQL, and its pages on LIKE and on the identifier __CLASS.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .cim import CimValue, Instance
from .faults import CANNOT_PROCESS_FILTER, Fault

_NAME = r"[A-Za-z_]\w*"
_CONDITION = rf"""({_NAME})\s*(=|like\b)\s*(?:"([^"\\]*)"|'([^'\\]*)')"""
_SELECT = re.compile(
    rf"\s*select\s+(\*|{_NAME}(?:\s*,\s*{_NAME})*)\s+from\s+({_NAME})"
    rf"(?:\s+where\s+({_CONDITION}(?:\s+or\s+{_CONDITION})*))?\s*;?\s*",
    re.IGNORECASE,
)


class Condition(NamedTuple):
    """A property compared with a text, in which a LIKE takes % for anything. Case does not matter."""

    name: str
    is_like: bool
    text: str

    def holds(self, instance: Instance) -> bool:
        actual = instance.class_name if self.name == "__class" else _value(instance, self.name)
        pattern = ".*".join(map(re.escape, self.text.split("%"))) if self.is_like else re.escape(self.text)
        return actual is not None and re.fullmatch(pattern, str(actual), re.IGNORECASE) is not None


class Query(NamedTuple):
    """Properties are None for `*`. Without conditions, every instance is wanted."""

    class_name: str
    properties: list[str] | None
    conditions: tuple[Condition, ...] = ()

    def wants(self, instance: Instance) -> bool:
        return not self.conditions or any(condition.holds(instance) for condition in self.conditions)


def parse(text: str) -> Query:
    found = _SELECT.fullmatch(text)
    if found is None:
        raise Fault(CANNOT_PROCESS_FILTER)
    wanted = found[1]
    conditions = re.finditer(_CONDITION, found[3] or "", re.IGNORECASE)
    return Query(
        found[2],
        None if wanted == "*" else [name.strip() for name in wanted.split(",")],
        tuple(Condition(c[1].lower(), c[2].lower() == "like", c[3] or c[4] or "") for c in conditions),
    )


def _value(instance: Instance, name: str) -> CimValue:
    return next((value for known, value in instance.properties.items() if known.lower() == name), None)
