# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a run that may end at any time."""

from __future__ import annotations

import fcntl
import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.lines import Lines
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.records import ReportError, record_of


def record(host: str, verdict: str = "failed") -> t.Any:
    return record_of({"host": host, "verdict": verdict}, host)


def write(path: Path, *records: t.Any, resume: bool = False) -> None:
    lines = Lines(path, resume=resume)
    for one in records:
        lines.write(one)
    lines.close()


def hosts_in(path: Path) -> list[str]:
    return [json.loads(line)["host"] for line in path.read_text().splitlines()]


def test_each_record_is_a_line_for_the_eyes_of_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "new" / "audit.jsonl"
    write(path, record("one"), record("two"))
    assert hosts_in(path) == ["one", "two"]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_file_that_others_could_read_is_theirs_no_longer(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.touch(0o644)
    write(path, record("one"))
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_record_is_in_the_file_at_once(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "audit.jsonl", resume=False)
    lines.write(record("one"))
    assert hosts_in(tmp_path / "audit.jsonl") == ["one"]
    lines.close()


def test_a_run_begins_anew_unless_it_resumes(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    write(path, record("one"))
    write(path, record("two"))
    assert hosts_in(path) == ["two"]
    write(path, record("three"), resume=True)
    assert hosts_in(path) == ["two", "three"]


def test_what_was_not_done_or_is_torn_is_made_up_for(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    write(path, record("done"), record("left", "not tried"), record("done", "compliant"))
    with path.open("a") as stream:
        stream.write('{"host": "torn", "verd')
    lines = Lines(path, resume=True)
    assert {host: done["verdict"] for host, done in lines.done.items()} == {"done": "compliant"}
    lines.write(record("left"))
    lines.close()
    assert hosts_in(path) == ["done", "left"]
    assert [file.name for file in tmp_path.iterdir()] == ["audit.jsonl"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_records_that_do_not_count_are_made_up_for(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    write(path, record("one"), record("two"))
    lines = Lines(path, resume=True, counts=lambda record: record["host"] != "one")
    assert lines.done.keys() == {"two"}
    lines.write(record("one"))
    lines.close()
    assert hosts_in(path) == ["two", "one"]


def test_what_needs_no_change_stays_in_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    write(path, record("one"))
    file = path.stat().st_ino
    write(path, record("two"), resume=True)
    assert (path.stat().st_ino, hosts_in(path)) == (file, ["one", "two"])


def test_lines_of_another_form_are_written_as_those_of_a_run_are(tmp_path: Path) -> None:
    """So that a later run that begins anew knows the file."""
    path = tmp_path / "audit.jsonl"
    path.touch(0o600)
    path.write_text('{ "host": "one", "verdict": "failed" }\n\n{"verdict": "failed", "host": "two"}\n')
    Lines(path, resume=True).close()
    assert hosts_in(path) == ["one", "two"]
    assert all(line.startswith('{"host":') for line in path.read_text().splitlines())
    write(path, record("three"))
    assert hosts_in(path) == ["three"]


def test_a_disk_that_takes_a_part_only_gets_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, content: real(file, content[:7]))
    write(tmp_path / "audit.jsonl", record("one"), record("two"))
    assert hosts_in(tmp_path / "audit.jsonl") == ["one", "two"]


INFINITE = '{"host": "a", "verdict": "failed", "variables": {"a": Infinity}}'


@pytest.mark.parametrize(
    "line",
    ["{}", "nonsense", "[" * 200_000, '{"host": "a", "verdict": "wrong"}', INFINITE],
    ids=["empty", "no JSON", "deep", "wrong", "infinite"],
)
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, line: str) -> None:
    path = tmp_path / "other"
    path.touch(0o600)
    path.write_text(f"{line}\n")
    with pytest.raises(ReportError, match=r"Line 1 of .*other is not the record of a host"):
        Lines(path, resume=True)
    assert path.read_text() == f"{line}\n"


@pytest.mark.parametrize("content", ["nonsense\n", "---\n", '{"other": 1}\n', "\n"])
def test_a_file_of_something_else_is_not_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "inventory.yml"
    path.touch(0o644)
    path.write_text(content)
    with pytest.raises(ReportError, match=r"inventory\.yml has no records of hosts, and stays as it is"):
        Lines(path, resume=False)
    assert (path.read_text(), path.stat().st_mode & 0o777) == (content, 0o644)


@pytest.mark.parametrize("content", ["", '{"ho', '{"host":"torn", "ver'])
def test_what_a_run_that_was_killed_has_left_is_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_text(content)
    write(path, record("one"))
    assert hosts_in(path) == ["one"]


@pytest.mark.parametrize("name", ["a\0b", "x" * 100_000, "\u202e/new"], ids=["NUL", "long", "invisible"])
def test_a_file_that_can_not_be_is_told_in_words_that_can_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "\u202e").touch()
    path = tmp_path / name
    with pytest.raises(ReportError, match=r"Name a file on the controller that you can write to\.") as told:
        Lines(path, resume=False)
    if len(name) > 300:
        assert str(told.value).startswith(f"{str(path)[:300]}... can't be written")
    assert len(str(told.value)) < 1000
    assert str(told.value).isprintable()


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_what_others_could_have_written_does_not_count(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "audit.jsonl"
    write(path, record("one", "compliant"))
    path.chmod(mode)
    with pytest.raises(ReportError, match="can be written by others, so what it says is not believed"):
        Lines(path, resume=True)
    assert (hosts_in(path), path.stat().st_mode & 0o777) == (["one"], mode)
    write(path, record("two"))
    assert hosts_in(path) == ["two"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o711, 0o755])
def test_what_others_could_only_read_counts(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "audit.jsonl"
    write(path, record("one", "compliant"))
    path.chmod(mode)
    write(path, record("two"), resume=True)
    assert (hosts_in(path), path.stat().st_mode & 0o777) == (["one", "two"], 0o600)


@pytest.mark.parametrize("other", [1, -1])
def test_what_another_user_has_written_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: int
) -> None:
    path = tmp_path / "audit.jsonl"
    write(path, record("one", "compliant"))
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + other)
    with pytest.raises(ReportError, match="belongs to another user"):
        Lines(path, resume=True)


@pytest.mark.parametrize("resume", [False, True])
def test_what_is_not_a_file_stays_as_it_is(tmp_path: Path, resume: bool) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    path.chmod(0o644)
    with pytest.raises(ReportError, match="pipe is not a file"):
        Lines(path, resume=resume)
    assert path.stat().st_mode & 0o777 == 0o644


def test_two_runs_do_not_write_to_one_file(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "audit.jsonl", resume=False)
    lines.write(record("one"))
    with pytest.raises(ReportError, match="is being written by another run"):
        Lines(tmp_path / "audit.jsonl", resume=False)
    assert hosts_in(tmp_path / "audit.jsonl") == ["one"]
    lines.close()


def test_a_file_that_another_run_has_just_replaced_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, new = tmp_path / "audit.jsonl", tmp_path / "new"
    write(path, record("one"))
    lock = fcntl.flock

    def lock_later(file: int, operation: int) -> None:
        new.write_bytes(path.read_bytes())
        new.replace(path)
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", lock_later)
    with pytest.raises(ReportError, match="is being written by another run"):
        Lines(path, resume=True)
    assert hosts_in(path) == ["one"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("precious")
    os.symlink(tmp_path / "target", tmp_path / "link")
    with pytest.raises(ReportError, match="link can't be written"):
        Lines(tmp_path / "link", resume=False)
    assert (tmp_path / "target").read_text() == "precious"
