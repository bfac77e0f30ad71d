# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A journal on the disk of the controller: lines are only ever added, and each is on the disk before it counts.

Forks, other runs and other controllers on the same file system may write to it at the same time. Each takes the lock
of the file for a line (flock, which Linux turns into a lock of the server on NFS).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import random
import stat
import time
import typing as t
from pathlib import Path

from ...module_utils._texts import shown
from .entries import START, Begin, End, JournalError, entry_of, line_of

#: Whoever holds the lock writes one line, which takes milliseconds. Seconds until the wait for it ends.
_PATIENCE: t.Final = 60.0
_PAUSE: t.Final = (0.002, 0.03)

#: Bytes of a line: values are cut at 1,024 characters when they are read, and the rest are names.
_MAX_LINE: t.Final = 100_000

#: Characters of a path in a message.
_MAX_NAME: t.Final = 300

_ADVICE: t.Final = "Name a file on the controller that you can write to, in a folder that exists."

#: What to do where the file can't be written or read.
_ADVICE_TO: t.Final = {"written": _ADVICE, "read": "Name the journal that the run to put back has kept."}


class Journal:
    """The journal in a file, which the first line makes, for the eyes of its owner only."""

    def __init__(self, path: str) -> None:
        if not path:
            raise JournalError(f"The journal has no name. {_ADVICE}")
        self.path = Path(path).absolute()
        self._name = shown(str(self.path), _MAX_NAME)

    def check(self) -> None:
        """Raise JournalError where a line could not be added. Changes nothing."""
        with self._explained("written"):
            try:
                os.close(self._open(os.O_RDWR))
            except FileNotFoundError:
                if not os.access(self.path.parent, os.W_OK | os.X_OK):
                    code = errno.EACCES if self.path.parent.is_dir() else errno.ENOENT
                    raise OSError(code, os.strerror(code)) from None

    def append(self, entry: Begin | End) -> None:
        """Add an entry. Afterwards it is on the disk.

        Raises:
            JournalError: it could not be added. The journal is as it was.
        """
        line = line_of(entry)
        if len(line) > _MAX_LINE:
            raise JournalError(f"The name of a host is too long for the journal {self._name}. Give it a shorter one.")
        with self._explained("written"):
            descriptor = self._open(os.O_RDWR | os.O_CREAT)
            try:
                self._lock(descriptor)
                self._add(descriptor, line)
            finally:
                os.close(descriptor)  # and the lock is gone

    def _add(self, descriptor: int, line: bytes) -> None:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line  # what somebody wrote before being stopped stays a line of its own
        try:
            if os.write(descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
        if not size:
            self._sync_folder()

    def _sync_folder(self) -> None:
        """The name of a new file has to be on the disk too."""
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _lock(self, descriptor: int) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(random.uniform(*_PAUSE))  # noqa: S311  forks that start together shall not wait together

    def entries(self) -> t.Iterator[Begin | End | None]:
        """All entries in their order, None for a line that was cut short. Raises JournalError."""
        with self._explained("read"), open(self._open(os.O_RDONLY), "rb") as stream:
            number = 0
            while line := stream.readline(_MAX_LINE):
                number += 1
                yield entry_of(line.rstrip(b"\n"), f"Line {number} of {self._name}")

    def _open(self, flags: int) -> int:
        """Open the file if it is a journal, or empty. O_NONBLOCK: nobody waits for the other end of a pipe."""
        descriptor = os.open(self.path, flags | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY, 0o600)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise JournalError(f"{self._name} is not a file. {_ADVICE}")
            if found.st_uid not in (os.geteuid(), 0) or found.st_mode & 0o022:
                raise JournalError(
                    f"{self._name} belongs to another user or can be written by others, so what it says is not "
                    f"believed. Find out who changed it, then give it back with chown and chmod 600."
                )
            start = os.pread(descriptor, len(START), 0)
            if start and not (START.startswith(start) or start.startswith(START)):
                raise JournalError(f"{self._name} is not a journal, and stays as it is. Name another file.")
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    @contextlib.contextmanager
    def _explained(self, deed: t.Literal["written", "read"]) -> t.Iterator[None]:
        try:
            yield
        except BlockingIOError as exc:
            raise JournalError(
                f"The journal {self._name} was locked for {_PATIENCE:.0f} seconds by another process. Find the "
                "process with fuser or lslocks."
            ) from exc
        except OSError as exc:
            raise JournalError(f"The journal {self._name} can't be {deed}: {exc.strerror}. {_ADVICE_TO[deed]}") from exc
        except ValueError as exc:  # of a NUL in the name
            raise JournalError(f"The journal has a name that no file can have. {_ADVICE}") from exc
