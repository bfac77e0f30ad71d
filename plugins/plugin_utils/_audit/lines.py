# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A file of records, one a line, that grows with a run: whole lines only, whenever the run ends."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
import typing as t
from pathlib import Path

from ...module_utils._texts import shown
from .document import parse_json
from .records import Record, ReportError, record_of

#: Records of hosts that nobody has asked, which a later run makes up for.
_LEFT: t.Final = "not tried"

#: How each line begins: ``host`` is the first key of a record.
_START: t.Final = b'{"host":'

#: Characters of a path in a message.
_MAX_NAME: t.Final = 300

_ADVICE: t.Final = "Name a file on the controller that you can write to."


class Lines:
    """A file to write records to, each with one call to the system. Only its owner can read it."""

    def __init__(self, path: Path, *, resume: bool, counts: t.Callable[[Record], bool] = lambda _record: True) -> None:
        """Begin anew, or with ``resume`` go on after the hosts that are done, of whose records some may not count.

        Raises ReportError.
        """
        if "\0" in str(path):
            raise ReportError(f"{_named(path)} is a name that no file can have. {_ADVICE}")
        self._path = path
        with self._problems():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = _locked(path, path, believed=resume)
            content = _content(self._file)
            #: By host, the records of an earlier run that count.
            self.done = {host: one for host, one in _records(path, content).items() if counts(one)} if resume else {}
            kept = b"".join(map(_line, self.done.values()))
            if resume and content != kept:
                self._replace(kept)
            elif not resume:
                os.ftruncate(self._file, 0)

    def _replace(self, content: bytes) -> None:
        """Have another content, in one step: what was done must not be lost if this run ends here."""
        new = self._path.with_name(f".{self._path.name}.new")
        file = _locked(new, self._path, believed=False)
        os.ftruncate(file, 0)
        _write(file, content)
        os.fsync(file)
        os.replace(new, self._path)
        os.close(self._file)
        self._file = file

    def write(self, record: Record) -> None:
        """Add a record. Raises ReportError."""
        with self._problems():
            _write(self._file, _line(record))

    def close(self) -> None:
        os.close(self._file)

    @contextlib.contextmanager
    def _problems(self) -> t.Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise ReportError(f"{_named(self._path)} can't be written: {exc.strerror}. {_ADVICE}") from exc


def _locked(file: Path, meant: Path, *, believed: bool) -> int:
    """A file that nobody else writes to, opened. ``meant`` is named in an error.

    With ``believed``, what is in it counts: then nobody else may have written it. Otherwise it is going to be replaced,
    which only records are: the name may be that of something else by mistake. A device stays as it is, or root
    would take /dev/null from all others.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
    opened = os.open(file, flags, 0o600)
    try:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode):
            raise ReportError(f"{_named(meant)} is not a file. {_ADVICE}")
        if believed and (found.st_uid != os.geteuid() or found.st_mode & 0o022):
            raise ReportError(
                f"{_named(meant)} belongs to another user or can be written by others, so what it says is not "
                "believed. Find out who changed it, then give it back with chown and chmod 600, or ask all hosts again."
            )
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.stat(file), found):  # another run has put a new one in its place
            raise BlockingIOError
        start = os.pread(opened, len(_START), 0)
        if not believed and start and not _START.startswith(start):
            raise ReportError(f"{_named(meant)} has no records of hosts, and stays as it is. Name another file.")
        os.fchmod(opened, 0o600)
    except BlockingIOError:
        os.close(opened)
        raise ReportError(
            f"{_named(meant)} is being written by another run. Wait for it, or name another file."
        ) from None
    except BaseException:
        os.close(opened)
        raise
    return opened


def _named(path: Path) -> str:
    return shown(str(path), _MAX_NAME)


def _line(record: Record) -> bytes:
    return json.dumps(record, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _write(file: int, content: bytes) -> None:
    while content:  # a disk that becomes full takes a part of it
        content = content[os.write(file, content) :]


def _content(file: int) -> bytes:
    with open(os.dup(file), "rb") as stream:
        stream.seek(0)
        return stream.read()


def _records(path: Path, content: bytes) -> dict[str, Record]:
    """The records that count. The last line may be torn, by a run that was killed."""
    *lines, _torn = content.split(b"\n")
    found = {}
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        record = record_of(parse_json(line), f"Line {number} of {_named(path)}")
        found[record["host"]] = record
    return {host: record for host, record in found.items() if record["verdict"] != _LEFT}
