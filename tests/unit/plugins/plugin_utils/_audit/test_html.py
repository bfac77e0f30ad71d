# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page for a browser, as far as it can be judged without one; tests/report opens it."""

from __future__ import annotations

import base64
import copy
import hashlib
import html.parser
import itertools
import json
import re
import time
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.compare import compare
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.document import Source, Writer, build
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.html import to_html
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.records import record_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion
from ansible_collections.winsec.lsa.tests.support import documents as hosts

#: Tags and attributes with which a page loads, runs or sends something.
ACTIVE = re.compile(r"<(link|img|iframe|object|embed|base|a\s[^>]*href=\"[^#])|\s(on\w+|src|style|action|formaction)=")


class Page(html.parser.HTMLParser):
    """The tags of a page and the text of each kind."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open[-1] if self._open else "", []).append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _attributes in self.tags)


def test_every_host_is_there_worst_first() -> None:
    page = to_html(hosts.document()).decode()
    places = [page.index(f"<bdi>{record['host']}</bdi>") for record in hosts.document()["hosts"]]
    assert places == sorted(places)
    assert "10 of 13 hosts need attention" in page
    assert "report.csv</code> has all" not in page


def test_nothing_is_loaded_or_sent() -> None:
    page = to_html(hosts.document())
    assert ACTIVE.findall(page.decode().partition("<script>")[0]) == []
    (policy,) = (a["content"] or "" for tag, a in Page(page).tags if tag == "meta" and "http-equiv" in a)
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert {name: directives[name] for name in ("default-src", "base-uri", "form-action")} == dict.fromkeys(
        ("default-src", "base-uri", "form-action"), "'none'"
    )
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.decode(), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{digest}'"


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "{{ 7 * 7 }}",
    "&lt;b&gt;",
    "</style><b>",
    "-->",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_hosts_stay_texts(text: str) -> None:
    """Wherever a text comes from: it adds no tag to the page."""
    facts = hosts.record("x")["use_machine_id"]
    assert facts is not None
    rule = {**facts["benchmarks"][0], "authority": text, "benchmark": text, "id": text, "level": text}
    windows = {**facts["windows"], "release": text, "version": text}
    facts = {**facts, "windows": windows, "configured": text, "benchmarks": [rule], "explanation": text}

    def page(word: str) -> Page:
        spoiled = _replaced(facts, text, word)
        record = record_of(
            {**hosts.record("x"), "use_machine_id": spoiled, "host": word, "reason": word, "connection": word}
            | {"message": word, "variables": {word: word}, "changes": [{"setting": word, "from": word, "to": word}]},
            "x",
        )
        writer = Writer(word, word, word, word, (word,))
        document = build([Source(word, [record]), Source(word, [record])], writer)
        document["comparison"] = compare(hosts.document(hosts.record("other")), document)
        return Page(to_html(document))

    spoiled, plain = page(text), page("plain")
    assert [tag for tag, dummy in spoiled.tags] == [tag for tag, dummy in plain.tags]
    assert text in spoiled.texts["bdi"]


def _replaced(value: t.Any, old: str, new: str) -> t.Any:
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    return new if value == old else value


def test_what_can_not_be_seen_is_written_out() -> None:
    page = to_html(hosts.document(hosts.record("srv\u202egnp.exe\ud800\x00\u3164\ufe0f\u034f"))).decode()
    assert r"srv\u202egnp.exe\ud800\x00\u3164\ufe0f\u034f" in page
    assert not re.search("[\u202e\x00\u3164\ufe0f\u034f]", page)


def test_a_fleet_of_many_releases_has_a_chart_of_few_lines() -> None:
    fleet = [hosts.record(f"h{build}", WindowsVersion(10, 0, 30000 + build, "server")) for build in range(50)]
    page = to_html(hosts.document(*fleet)).decode()
    assert "37 others" in page
    labels = re.findall(r'class="label"><bdi>(.*?)</bdi></span><span class="total">(.*?)</span>', page)
    assert labels == [
        *((f"Windows NT 10.0 (build {build})", "1") for build in range(30000, 30013)),
        ("37 others", "37"),
        ("winrm", "50"),
    ]
    assert "others" not in to_html(hosts.document(*fleet[:14])).decode()
    assert "2 others" in to_html(hosts.document(*fleet[:15])).decode()


def test_a_line_of_a_chart_shows_the_share_of_each_verdict() -> None:
    """Of the longest line, which is as wide as the page."""
    one, zero = RegistryValue("REG_DWORD", 1), RegistryValue("REG_DWORD", 0)
    fleet = [hosts.record("a", hosts.SERVER_2022, one), hosts.record("b"), hosts.record("c"), hosts.record("d")]
    fleet += [hosts.record("e", hosts.SERVER_2016, zero), hosts.record("f", hosts.SERVER_2016, one)]
    fleet += [hosts.record(f"g{number}", hosts.WINDOWS_11, one) for number in range(6)]
    page = to_html(hosts.document(*fleet)).decode()
    bars = {
        line.partition("<bdi>")[2].partition("</bdi>")[0]: re.findall(
            r'class="v-([a-z-]+)" x="(.*?)" width="(.*?)"', drawn
        )
        for line, drawn in itertools.pairwise(page.splitlines())
        if 'class="label"' in line
    }
    assert bars["Windows 11"] == [("compliant", "0.0%", "100.0%")]
    assert bars["Windows Server 2022"] == [("compliant", "0.0%", "16.667%"), ("not-compliant", "16.667%", "50.0%")]
    assert bars["Windows Server 2016"] == [("compliant", "0.0%", "16.667%"), ("not-compliant", "16.667%", "16.667%")]


def test_a_row_says_what_a_host_is_and_how_it_was_reached() -> None:
    page = to_html(hosts.document(hosts.FLEET[0], hosts.lost("gone", connection=None))).decode()
    read, lost = (
        next(line for line in page.splitlines() if f'<th scope="row"><bdi>{host}</bdi>' in line)
        for host in ("srv2022", "gone")
    )
    assert "<small>winrm</small>" in read
    assert 'data-a="none"' in read
    assert "Windows Server 2022" in read
    assert "<small>" not in lost
    assert 'data-a="could_not_look"' in lost


def test_a_rule_is_below_its_policy() -> None:
    page = to_html(json.loads(json.dumps(hosts.document(hosts.FLEET[0])))).decode()
    identity, fallback = (
        page.partition("<bdi>Windows Server 2022 STIG</bdi>")[2].partition("</tr>")[0].split("</td><td>")
    )
    assert ("WN22-SO-000260" in identity, "WN22-SO-000270" in identity) == (True, False)
    assert ("WN22-SO-000260" in fallback, "WN22-SO-000270" in fallback) == (False, True)


def test_no_host_needs_attention() -> None:
    page = to_html(hosts.document(hosts.record("a", hosts.SERVER_2022, RegistryValue("REG_DWORD", 1)))).decode()
    assert "No host needs attention" in page
    assert "What needs attention" not in page


@pytest.mark.parametrize("share", [0.12, 1.0])
def test_a_large_fleet_fits_into_a_browser(share: float) -> None:
    document = hosts.document(*hosts.fleet(10_000, share))
    start = time.process_time()
    page = to_html(document)
    assert len(page) < 3_000_000
    assert time.process_time() - start < 2
    listed = min(round(10_000 * share), 2000)
    assert page.count(b"data-a=") == listed
    assert b"<code>report.csv</code> has all 10,000 hosts" in page


def test_up_to_two_thousand_hosts_are_all_listed() -> None:
    good = {**hosts.FLEET[0]}
    fleet: list[t.Any] = [{**good, "host": f"h{number:04}"} for number in range(2001)]
    page = to_html(hosts.document(*fleet[:2000]))
    assert (page.count(b"data-a="), b"report.csv</code> has all" in page) == (2000, False)
    page = to_html(hosts.document(*fleet))
    assert (page.count(b"data-a="), b"report.csv</code> has all" in page) == (0, True)


def test_long_texts_are_cut() -> None:
    """A host may say as much as it likes. The page has to open all the same."""
    page = to_html(hosts.document(hosts.lost("x" * 100_000, message="y" * 100_000, connection="z" * 100_000)))
    assert b"Y" + b"y" * 499 + b"..." in page
    assert len(page) < 50_000


def test_of_a_text_there_is_as_much_as_fits() -> None:
    record = hosts.lost("h" * 256, message="m" * 501, connection="c" * 256, variables={"name": "v" * 4001})
    page = to_html(build([Source("x", [record])], Writer("1", "1", "u" * 4001, None, ()))).decode()
    for character, most in (("h", 255), ("c", 255), ("u", 4000)):
        assert f"<bdi>{character * most}...</bdi>" in page or f"<small>{character * most}...</small>" in page, character
    assert "M" + "m" * 499 + "..." in page
    record = hosts.lost("h" * 255, message="m" * 500, connection="c" * 255)
    page = to_html(build([Source("x", [record])], Writer("1", "1", "u" * 4000, None, ()))).decode()
    assert "..." not in page.partition("</style>")[2].partition("<script>")[0]


def test_of_many_hosts_that_appeared_fifty_are_named() -> None:
    document = hosts.document(*(hosts.record(f"h{number:02}") for number in range(60)))
    document["comparison"] = compare(hosts.document(hosts.record("h00")), document)
    page = to_html(document).decode()
    assert "h49, h50, and 9 more" in page


def test_of_many_rules_two_hundred_are_listed() -> None:
    record = copy.deepcopy(hosts.record("h"))
    facts = t.cast("dict[str, t.Any]", record["use_machine_id"])
    rule = facts["benchmarks"][0]
    facts["benchmarks"] = [{**rule, "id": f"rule {number:03}"} for number in range(300)]
    page = to_html(hosts.document(record)).decode()
    assert ("rule 199" in page, "rule 200" in page) == (True, False)


def test_what_has_changed_is_said() -> None:
    document = hosts.document()
    document["comparison"] = compare(hosts.document(*hosts.FLEET[:-1], hosts.record("old")), document)
    page = to_html(document).decode()
    assert "<dt>1 host gone</dt><dd><bdi>old</bdi></dd>" in page
    document["comparison"] = compare(hosts.document(), document)
    assert "<p>Nothing.</p>" in to_html(document).decode()
