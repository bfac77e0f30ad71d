# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of WQL that is served: `select * from Class` and `select a, b from Class` (learn.microsoft.com, WQL)."""

from __future__ import annotations

import re
from typing import NamedTuple

from .faults import CANNOT_PROCESS_FILTER, Fault

_NAME = r"[A-Za-z_]\w*"
_SELECT = re.compile(rf"\s*select\s+(\*|{_NAME}(?:\s*,\s*{_NAME})*)\s+from\s+({_NAME})\s*;?\s*", re.IGNORECASE)


class Query(NamedTuple):
    """Properties are None for `*`."""

    class_name: str
    properties: list[str] | None


def parse(text: str) -> Query:
    found = _SELECT.fullmatch(text)
    if found is None:
        raise Fault(CANNOT_PROCESS_FILTER)
    wanted = found[1]
    return Query(found[2], None if wanted == "*" else [name.strip() for name in wanted.split(",")])
