# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README has the sections of a certified collection, and reads well where the files beside it are not."""

from __future__ import annotations

from markdown_it import MarkdownIt

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

#: What Microsoft's page on the policy says besides the values.
POLICY = [
    r"Computer Configuration\Windows Settings\Security Settings\Local Policies\Security Options",
    *("Default domain policy", "Default domain controller policy", "Stand-alone server, default settings"),
    *("Domain controller, effective", "Member server, effective", "Client computers, effective GPO"),
    *("Restart requirement", "Policy conflict", "Vulnerability", "Countermeasure", "Potential impact"),
]

README = (ROOT / "README.md").read_text()
TOKENS = MarkdownIt("commonmark").parse(README)


def test_sections() -> None:
    headings = [TOKENS[index + 1].content for index, token in enumerate(TOKENS) if token.tag == "h2" and token.map]
    assert headings == SECTIONS


def test_links_are_complete() -> None:
    inline = [child for token in TOKENS for child in token.children or []]
    targets = [str(child.attrs["href"]) for child in inline if child.type == "link_open"]
    assert [target for target in targets if not target.startswith("https://")] == []


def test_policy() -> None:
    assert [words for words in POLICY if words not in README] == []
