# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""report.html: one file for a browser, which needs nothing else and sends nothing. Pure, but for its own templates.

Every text is escaped by Jinja2, and what can't be seen in one is written out. The policy of the page
(Content-Security-Policy) lets the browser load nothing, and run this script and this style alone.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import itertools
import typing as t
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ...module_utils._texts import visible
from .._policy.settings import SETTINGS
from .attention import ADVICE, ATTENTION, rank
from .compare import Event, events, shortened
from .document import OUTCOMES, Document, largest, release_of
from .records import Record
from .verdicts import VERDICTS, in_words, stored

Rule: t.TypeAlias = "dict[str, t.Any]"

#: Up to so many hosts all are listed, and of more only so many of those that need attention: a browser has to cope.
LISTED: t.Final = 2000
#: So many releases, connections and rules have a line of their own.
_GROUPS: t.Final = 14
_RULES: t.Final = 200
_NAMED: t.Final = 50
#: So many characters of a name, of a reason, and of any other text. The other files have all of them.
_NAME: t.Final = 255
_REASON: t.Final = 500
_ANY: t.Final = 4000

_HERE: t.Final = Path(__file__).parent

_OUTCOME_WORDS: t.Final = {
    "authenticates_as_computer": "Authenticates as the computer",
    "anonymous_no_session_security": "Anonymous; signing and encryption fail",
    "anonymous_unprotected": "Anonymous; nothing is protected",
    "unknown": "Unknown",
    "not_applicable": "Not applicable",
    "not_read": "Could not be read",
}


def to_html(document: Document) -> bytes:
    """The whole file."""
    style, script = (_text(f"report.{suffix}") for suffix in ("css", "js"))
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            document=document,
            meta=document["meta"],
            summary=document["summary"],
            style=Markup(style),  # noqa: S704 - files of the collection
            script=Markup(script),  # noqa: S704 - the same
            policy=_policy(style, script),
            verdicts=VERDICTS,
            attention=ATTENTION,
            advice=ADVICE,
            outcomes=[(name, _OUTCOME_WORDS[name], document["summary"]["outcomes"][name]) for name in OUTCOMES],
            releases=_grouped(document["summary"]["releases"]),
            connections=_grouped(document["summary"]["connections"]),
            rules=_by_benchmark(document["summary"]["benchmarks"][:_RULES]),
            events=[(e.kind, e.words, shortened(e.hosts, _NAMED)) for e in _events(document)],
            **_listed(document["hosts"]),
        )
    )
    return page.encode()


def _events(document: Document) -> list[Event]:
    return events(document["comparison"]) if document["comparison"] else []


def _text(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script))
    return (
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'".format(
            *digests
        )
    )


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_shown,
    )
    environment.filters |= {"number": "{:,}".format, "words": lambda text: in_words(text).replace("_", " ")}
    return environment


def _shown(value: t.Any) -> t.Any:
    return visible(_cut(value, _ANY)) if isinstance(value, str) and not isinstance(value, Markup) else value


class Group(t.NamedTuple):
    """A line of a chart: its parts as (verdict, count, percent of the largest line before it, percent of its own)."""

    name: str
    total: int
    parts: list[tuple[str, int, float, float]]


def _grouped(counts: t.Mapping[str, t.Mapping[str, int]]) -> list[Group]:
    first = largest(counts, _GROUPS)
    most = max((sum(group.values()) for _name, group in first), default=1)
    return [_line(name, group, most) for name, group in first]


def _line(name: str, counts: t.Mapping[str, int], most: int) -> Group:
    parts: list[tuple[str, int, float, float]] = []
    before = 0
    for verdict in VERDICTS:
        if count := counts.get(verdict, 0):
            parts.append((verdict, count, round(100 * before / most, 3), round(100 * count / most, 3)))
            before += count
    return Group(_cut(name, _NAME), before, parts)


def _by_benchmark(rules: list[Rule]) -> list[tuple[str, list[tuple[str, list[list[Rule]]]]]]:
    """By authority, then by benchmark: the rules on each of the two policies."""
    return [
        (
            authority,
            [
                (benchmark, [[rule for rule in group if rule["setting"] == setting] for setting in SETTINGS])
                for benchmark, group in _groups(of_authority, "benchmark")
            ],
        )
        for authority, of_authority in _groups(rules, "authority")
    ]


def _groups(rules: t.Iterable[Rule], key: str) -> list[tuple[str, list[Rule]]]:
    return [(name, [*group]) for name, group in itertools.groupby(rules, lambda rule: str(rule[key]))]


class Row(t.NamedTuple):
    """A line of the table of hosts."""

    host: str
    rank: int
    attention: str
    title: str
    verdict: str
    verdict_rank: int
    release: str
    use_machine_id: str
    null_session_fallback: str
    reason: str
    connection: str


def _listed(hosts: list[Record]) -> dict[str, t.Any]:
    chosen = hosts if len(hosts) <= LISTED else [host for host in hosts if host["attention"]][:LISTED]
    return {
        "rows": [_row(record) for record in chosen],
        "need": sum(1 for host in hosts if host["attention"]),
        "complete": len(chosen) == len(hosts),
    }


def _row(record: Record) -> Row:
    facts, attention = record["use_machine_id"], record["attention"]
    return Row(
        host=_cut(record["host"], _NAME),
        rank=rank(attention),
        attention=attention or "none",
        title=ADVICE[attention].title if attention else "None",
        verdict=record["verdict"],
        verdict_rank=VERDICTS.index(record["verdict"]),
        release=_cut(release_of(record), _NAME) if facts else "",
        use_machine_id=_cut(in_words(stored(facts)), _NAME) if facts else "",
        null_session_fallback=_cut(in_words(stored(facts["null_session_fallback"])), _NAME) if facts else "",
        reason=_cut(_without_release(record), _REASON),
        connection=_cut(record["connection"] or "", _NAME),
    )


def _without_release(record: Record) -> str:
    """The reason, which begins with the release; that has a column of its own."""
    reason = record["reason"].removeprefix(f"{release_of(record)}: ")
    return reason[:1].upper() + reason[1:]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}..."
