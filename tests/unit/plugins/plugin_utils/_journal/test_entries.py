# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entries of a journal: what is written is read again, and the published schema describes it."""

from __future__ import annotations

import json
import re
import typing as t

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.entries import (
    START,
    Begin,
    End,
    JournalError,
    entry_of,
    line_of,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.runs import chosen, last_change, runs_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._schema.json_schema import JsonSchema
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword

SCHEMA = JsonSchema("journal.schema.json")
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA.form)

TEXTS = st.text(max_size=30)
IDS = st.from_regex(r"[0-9A-Za-z-]{1,64}", fullmatch=True)
DATA = (
    st.none() | st.integers(0, 2**64) | TEXTS | st.lists(TEXTS, max_size=3) | st.lists(st.integers(0, 255), max_size=3)
)
VALUES = st.none() | st.builds(dword, st.integers(0, 2)) | st.builds(RegistryValue, TEXTS, DATA)
BOTH = st.fixed_dictionaries({"use_machine_id": VALUES, "null_session_fallback": VALUES})
TIME = st.just("2026-01-02T03:04:05Z")
BEGINS = st.builds(
    Begin, IDS, IDS, TIME, st.none() | IDS, st.none() | TEXTS, st.none() | TEXTS, st.text(min_size=1), BOTH, BOTH
)
ENDS = st.builds(End, IDS, IDS, TIME, st.text(min_size=1), st.none() | BOTH)


def entry(host: str, change: str = "1", run: str = "r1", reverts: str | None = None) -> Begin:
    absent = {"use_machine_id": None, "null_session_fallback": None}
    wanted = {**absent, "use_machine_id": dword(1)}
    return Begin(
        change,
        run,
        "2026-01-02T03:04:05Z",
        reverts,
        "alice",
        "ctl01",
        host,
        t.cast(t.Any, absent),
        t.cast(t.Any, wanted),
    )


@given(BEGINS | ENDS)
def test_what_is_written_is_read_again(written: Begin | End) -> None:
    line = line_of(written)
    assert line.startswith(START)
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    assert entry_of(line.rstrip(b"\n"), "Line 1") == written
    VALIDATOR.validate(json.loads(line))


@given(BEGINS | ENDS, st.data())
def test_a_line_that_was_cut_short_says_nothing(written: Begin | End, data: st.DataObject) -> None:
    line = line_of(written)[:-1]
    assert entry_of(line[: data.draw(st.integers(1, len(line) - 1))], "Line 1") is None


@given(BEGINS | ENDS, st.data())
def test_lines_are_checked_as_jsonschema_does(written: Begin | End, data: st.DataObject) -> None:
    form = json.loads(line_of(written))
    place: dict[str, t.Any] = form
    name = data.draw(st.sampled_from(sorted(place)))
    if isinstance(place[name], dict) and data.draw(st.booleans()):
        place = place[name]
        name = data.draw(st.sampled_from(sorted(place)))
    if data.draw(st.booleans()):
        del place[name]
    else:
        place[name] = data.draw(st.none() | st.booleans() | st.integers() | TEXTS | st.just([]) | st.just({}))
    ours = None
    try:
        entry_of(json.dumps(form).encode(), "Line 7 of journal")
    except JournalError as exc:
        ours = str(exc)
    assert (ours is None) == VALIDATOR.is_valid(form), form
    assert ours is None or re.match(r"Line 7 of journal is not an entry of a journal: \S+", ours)


@pytest.mark.parametrize("line", [b"", b"\xff", b"null", b"[]", b"{}", b"[" * 100_000, b"hello", b'{"format":"other"}'])
def test_a_line_that_is_not_one_of_a_journal_is_refused(line: bytes) -> None:
    if START.startswith(line):
        assert entry_of(line, "Line 1") is None  # of an empty one nothing is missing
        return
    with pytest.raises(JournalError, match="Line 1 is not an entry of a journal: "):
        entry_of(line, "Line 1")


def test_the_schema_is_published_whole() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA.form)
    assert set(SCHEMA.form["$defs"]["begin"]["properties"]) == {"format", "version", "entry", *Begin._fields}
    assert set(SCHEMA.form["$defs"]["end"]["properties"]) == {"format", "version", "entry", *End._fields}
    for name in ("begin", "end"):
        form = SCHEMA.form["$defs"][name]
        assert set(form["required"]) == set(form["properties"])


def test_runs_are_told_apart_and_the_last_that_put_back_none_is_chosen() -> None:
    first, second, third = entry("a"), entry("b", "2", "r2"), entry("b", "3", "r3", "r2")
    runs = runs_of([first, second, None, End("1", "r1", "2026-01-02T03:04:06Z", "a", first.wanted), third])
    assert [(run.id, run.hosts(), run.interrupted(), run.reverts) for run in runs] == [
        ("r1", ["a"], [], None),
        ("r2", ["b"], ["b"], None),
        ("r3", ["b"], ["b"], "r2"),
    ]
    assert [chosen(runs, name).id for name in (None, f"r{1}", "r3")] == ["r2", "r1", "r3"]
    assert (last_change(runs), last_change(runs[2:]), last_change([])) == (runs[1], None, None)


def test_the_changes_of_a_host_are_its_own() -> None:
    changes = [entry(host, str(number)) for number, host in enumerate(("bb", "aa", "cc", "bb"))]
    (run,) = runs_of(changes)
    assert run.hosts() == ["bb", "aa", "cc"]
    found = [[change.begin.change for change in run.of(letter * 2)] for letter in "abcd"]
    assert found == [["1"], ["0", "3"], ["2"], []]


def test_a_run_that_is_not_there_is_not_guessed() -> None:
    runs = runs_of([entry("a", str(number), f"r{number}", "r0") for number in range(9)])
    with pytest.raises(JournalError, match=r"no run 'r85'. Name one of its runs; the last ones are r4, r5, r6, r7, r8"):
        chosen(runs, "r85")
    with pytest.raises(JournalError, match="Each run of the journal puts back another one"):
        chosen(runs, None)
    with pytest.raises(JournalError, match="The journal has no run: nothing was changed yet"):
        chosen([], None)


def test_an_end_without_a_beginning_is_told() -> None:
    with pytest.raises(JournalError, match="the end of a change of a in the run r1, but not its beginning"):
        runs_of([End("1", "r1", "2026-01-02T03:04:06Z", "a", None)])
