# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enumerate, Pull and Release: DSP0226 clause 8 with the optimized form of 8.2.3."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from ..fleet.answers import Answers
from .faults import INVALID_CONTEXT, Fault

# Windows answers 15 or 1500 at a time (MS-WSMV appendix A, note 19); the oldest is forgotten beyond that.
_MOST_OPEN = 1500


class Page(NamedTuple):
    items: Sequence[Element]
    context: str
    end: bool


class Enumerations:
    """The open enumerations of one host."""

    def __init__(self, answers: Answers) -> None:
        self._style = answers.enumeration
        self._open: dict[str, list[Element]] = {}

    def start(self, items: Sequence[Element], wanted: int) -> Page:
        """`wanted` is 0 without OptimizeEnumeration: the first answer then only carries the context."""
        while len(self._open) >= _MOST_OPEN:
            del self._open[next(iter(self._open))]
        return self._page(list(items), 0 if self._style in ("empty_first", "empty_items") else wanted)

    def pull(self, context: str, wanted: int) -> Page:
        items = self._open.pop(context, None)
        if items is None:
            raise Fault(INVALID_CONTEXT)
        return self._page(items, wanted, context if self._style == "one_context" else "")

    def release(self, context: str) -> None:
        if self._open.pop(context, None) is None:
            raise Fault(INVALID_CONTEXT)

    def _page(self, items: list[Element], wanted: int, context: str = "") -> Page:
        single = self._style in ("one_per_page", "one_context")
        size = min(wanted, 1) if single else wanted
        page, rest = items[:size], items[size:]
        if not rest and size and not (single and page):
            return Page(page, f"uuid:{uuid.uuid4()}" if self._style == "leftover_context" else context, end=True)
        context = context or f"uuid:{str(uuid.uuid4()).upper()}"
        self._open[context] = rest
        return Page(page, context, end=False)
