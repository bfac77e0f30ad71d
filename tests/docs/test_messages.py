# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide on troubleshooting quotes messages as the code has them."""

from __future__ import annotations

import re
import typing as t

import pytest
from docutils import nodes

from .messages import THREE_WORDS, all_messages, messages_of
from .snippets import ROOT, doctree

GUIDE = "docs/docsite/rst/guide_troubleshoot.rst"
HOLE = "..."


def folded(text: str) -> str:
    return " ".join(text.split())


def read_entries() -> list[str]:
    document = doctree(GUIDE, (ROOT / GUIDE).read_text())
    return [folded(entry.astext()) for entry in document.findall(nodes.definition_list_item)]


def constant_parts(texts: t.Iterable[str]) -> list[str]:
    """Return the constant parts of a message, without the punctuation at their ends."""
    parts = (folded(text).strip(" .,:;()") for text in texts)
    return [part for part in parts if re.search(r"[A-Za-z]{2}", part)]


def has_in_order(text: str, parts: list[str]) -> bool:
    return re.search(".*".join(map(re.escape, parts)), text) is not None


MESSAGES = all_messages()
ENTRIES = read_entries()
QUOTES = [quote for entry in ENTRIES for quote in re.findall(r'"([^"]+)"', entry)]


@pytest.mark.parametrize("quote", QUOTES)
def test_quote_is_a_message(quote: str) -> None:
    """A quote may be put together: what is in its holes is a message too."""
    known = [constant_parts(message.parts) for message in MESSAGES]
    rest = quote
    for parts in sorted(filter(None, known), key=lambda parts: -len(" ".join(parts))):
        if has_in_order(rest, parts):
            for part in parts:
                rest = rest.replace(part, HOLE, 1)
    assert not THREE_WORDS.search(rest), f"{quote!r} has {rest!r}, which no message has"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('raise HostError(f"{what} happened", "Do this and that.")', [(" happened",)]),
        ('raise Refused("no", next_step="Do this and that.")', [("no",)]),
        ('raise ValueError("this is a sentence")', [("this is a sentence",)]),
        ('TABLE = {"x": (Refused, "a new {kind} of problem", "Do this and that.")}', [("a new ", " of problem")]),
        ('problem(problem="this is bad", next_step="Do this and that.")', [("this is bad",)]),
        ('warnings.append(f"a warning about {name}")', [("a warning about ",)]),
        ('def f():\n    """This is a docstring."""\n    return "two words"', []),
    ],
)
def test_messages_of_a_source(source: str, expected: list[tuple[str, ...]]) -> None:
    assert [message.parts for message in messages_of("a.py", source)] == expected
