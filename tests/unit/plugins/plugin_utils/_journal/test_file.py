# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a journal: whole lines, on the disk, whoever else writes to it and whenever one is stopped."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._journal import file
from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.entries import Begin, End, JournalError, line_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.file import Journal
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import dword

ABSENT: t.Any = {"use_machine_id": None, "null_session_fallback": None}
WANTED: t.Any = {"use_machine_id": dword(1), "null_session_fallback": None}


def begin(change: str, host: str = "srv01") -> Begin:
    return Begin(change, "r1", "2026-01-02T03:04:05Z", None, "alice", "ctl01", host, ABSENT, WANTED)


def end(change: str) -> End:
    return End(change, "r1", "2026-01-02T03:04:06Z", "srv01", WANTED)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(str(tmp_path / "journal.jsonl"))


def test_the_first_line_makes_the_file_for_its_owner_only(journal: Journal) -> None:
    journal.check()
    assert not journal.path.exists()
    journal.append(begin("1"))
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    journal.check()
    journal.append(end("1"))
    assert [*journal.entries()] == [begin("1"), end("1")]


def test_a_line_and_the_name_of_a_new_file_are_on_the_disk_before_it_counts(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, int]] = []

    def fsync(descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        synced.append((path, os.fstat(descriptor).st_size if path == str(journal.path) else 0))

    monkeypatch.setattr(os, "fsync", fsync)
    journal.append(begin("1"))
    size = len(line_of(begin("1")))
    assert synced == [(str(journal.path), size), (str(journal.path.parent), 0)]
    journal.append(end("1"))
    assert synced[2:] == [(str(journal.path), size + len(line_of(end("1"))))]


def _write(path: str, writer: int, lines: int) -> None:
    for number in range(lines):
        Journal(path).append(begin(f"{writer}-{number}", "h" * (7 * writer + 1)))


def test_no_line_of_many_writers_is_lost_or_mixed(journal: Journal) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(str(journal.path), writer, 20)) for writer in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(300)
    assert [writer.exitcode for writer in writers] == [0] * 12
    found = [t.cast(Begin, entry).change for entry in journal.entries()]
    assert sorted(found) == sorted(f"{writer}-{number}" for writer in range(12) for number in range(20))
    for one in range(12):
        assert [change for change in found if change.startswith(f"{one}-")] == [f"{one}-{n}" for n in range(20)]


@pytest.mark.parametrize("cut", [1, 30, 100, -1])
def test_what_was_cut_short_stays_a_line_of_its_own(journal: Journal, cut: int) -> None:
    journal.append(begin("1"))
    with journal.path.open("ab") as stream:
        stream.write(line_of(end("1"))[:-1][:cut])
    assert [*journal.entries()] == [begin("1"), None]
    journal.append(begin("2"))
    assert [*journal.entries()] == [begin("1"), None, begin("2")]


@pytest.mark.parametrize("deed", ["write", "fsync"])
def test_a_line_that_can_not_be_written_leaves_the_journal_as_it_was(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    journal.append(begin("1"))
    before = journal.path.read_bytes()
    write = os.write

    def fails(descriptor: int, *data: bytes) -> int:
        if data:
            return write(descriptor, data[0][:10])  # as a disk that becomes full
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, deed, fails)
    with pytest.raises(JournalError, match=r"can't be written: (No space left on device|Input/output error)"):
        journal.append(end("1"))
    assert journal.path.read_bytes() == before


def test_nobody_waits_for_a_lock_without_end(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "_PATIENCE", 0.1)
    journal.append(begin("1"))
    with journal.path.open("rb") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(JournalError, match=r"was locked .* by another process"):
            journal.append(end("1"))
    journal.append(end("1"))


def test_a_file_system_without_locks_is_refused(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(JournalError, match=r"can't be written: No locks available"):
        journal.append(begin("1"))


def spoil(path: Path, kind: str) -> str:
    """Put something there that is no journal of this user; return what is said of it."""
    match kind:
        case "text":
            path.write_text("root:x:0:0\n")
            return "is not a journal, and stays as it is"
        case "folder":
            path.mkdir()
            return "can't be .*: Is a directory|is not a file"
        case "pipe":
            os.mkfifo(path)
            return "is not a file"
        case "writable":
            path.touch()
            path.chmod(0o620)
            return "can be written by others, so what it says is not believed"
        case _:
            path.symlink_to("/dev/null")
            return "is not a file"


@pytest.mark.parametrize("kind", ["text", "folder", "pipe", "writable", "device"])
def test_what_is_not_the_journal_of_this_user_is_neither_written_nor_read(journal: Journal, kind: str) -> None:
    message = spoil(journal.path, kind)
    deeds: list[t.Callable[[], object]] = [journal.check, lambda: journal.append(begin("1"))]
    deeds.append(lambda: [*journal.entries()])
    for deed in deeds:
        with pytest.raises(JournalError, match=message):
            deed()
    assert kind != "text" or journal.path.read_text() == "root:x:0:0\n"


def test_a_journal_of_another_user_is_not_believed(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.append(begin("1"))
    os.chown(journal.path, 12345, -1) if os.geteuid() == 0 else monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(JournalError, match="belongs to another user"):
        [*journal.entries()]


@pytest.mark.parametrize("name", ["", "no/such/folder", "x" * 5000, "a\0b"])
def test_a_name_that_can_not_be_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(JournalError, match="journal"):
        Journal(name).check()
    assert [*tmp_path.iterdir()] == []


def test_a_line_without_end_is_refused(journal: Journal) -> None:
    with pytest.raises(JournalError, match="The name of a host is too long"):
        journal.append(begin("1", "h" * 200_000))
    journal.path.write_bytes(line_of(begin("1", "h" * 200_000)))
    journal.path.chmod(0o600)
    with pytest.raises(JournalError, match=r"Line 2 of .* is not an entry"):
        [*journal.entries()]
