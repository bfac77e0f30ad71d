# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of rules says what documents.yml says, which names the source and the date of each."""

from __future__ import annotations

import datetime
import typing as t
from pathlib import Path

import yaml

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.rules import RULES, Rule
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.settings import SETTINGS, Setting

DOCUMENTS: list[dict[str, t.Any]] = yaml.safe_load(Path(__file__).with_name("documents.yml").read_text())


def rule_of(document: dict[str, t.Any], setting: Setting) -> Rule:
    """The row that the table has to have for what a document says on a setting."""
    said = document[setting]
    rule = Rule(
        document["authority"],
        document["document"],
        tuple(document["releases"]),
        setting,
        None,
        None,
        product_types=tuple(document.get("on", ("workstation", "server", "domain_controller"))),
        builds=tuple(document.get("builds", (0, 0xFFFFFFFF))),
    )
    if said == "none":
        return rule
    expected = () if said["expected"] == "not confirmed" else tuple(said["expected"])
    ids = {name: said.get(name) for name in ("id", "vuln_id", "rule_id")}
    return rule._replace(expected=expected, level=document.get("level"), **ids)


def by_release(rules: t.Iterable[Rule]) -> set[Rule]:
    return {rule._replace(releases=(release,)) for rule in rules for release in rule.releases}


def test_the_table_says_what_the_documents_say_and_nothing_else() -> None:
    said = by_release(rule_of(document, setting) for document in DOCUMENTS for setting in SETTINGS)
    assert sorted(map(repr, by_release(RULES))) == sorted(map(repr, said))
    assert len(by_release(RULES)) == sum(len(rule.releases) for rule in RULES), "some row is there twice"


def test_every_document_states_its_version_its_source_and_a_date() -> None:
    for document in DOCUMENTS:
        assert document["version"], document
        assert document["source"], document
        assert isinstance(document["date"], datetime.date), document


def test_the_ids_of_disa_are_those_of_its_files_and_nobody_else_has_them() -> None:
    for rule in RULES:
        named = rule.authority == "DISA" and rule.expected is not None
        assert bool(rule.vuln_id) == bool(rule.rule_id) == named, rule
