# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README is short, has the sections of a certified collection, and reads well without the files beside it."""

from __future__ import annotations

from markdown_it import MarkdownIt

from ..support.checkout import shipped
from .snippets import ROOT

SECTIONS = [
    "Description",
    "Requirements",
    "Installation",
    "Use cases",
    "Testing",
    "Contributing",
    "Support",
    "Release notes and roadmap",
    "Related information",
    "License information",
]

#: What a reader takes in before giving up: texts with more to say are the guides.
MOST_LINES = 150

README = (ROOT / "README.md").read_text()
TOKENS = MarkdownIt("commonmark").parse(README)


def test_sections() -> None:
    headings = [TOKENS[index + 1].content for index, token in enumerate(TOKENS) if token.tag == "h2" and token.map]
    assert headings == SECTIONS


def test_links_are_complete() -> None:
    inline = [child for token in TOKENS for child in token.children or []]
    targets = [str(child.attrs["href"]) for child in inline if child.type == "link_open"]
    assert [target for target in targets if not target.startswith("https://")] == []


def test_pictures_are_in_the_tarball_and_say_in_words_what_they_show() -> None:
    """Whoever shows the README without the files beside it, as Galaxy does, shows these words instead."""
    pictures = [child for token in TOKENS for child in token.children or [] if child.type == "image"]
    assert {str(picture.attrs["src"]) for picture in pictures} <= shipped()
    assert [picture.attrs["src"] for picture in pictures if len(picture.content) < 40] == []


def test_length() -> None:
    assert len(README.splitlines()) <= MOST_LINES
