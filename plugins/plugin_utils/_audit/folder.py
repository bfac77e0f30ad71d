# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A report on the disk of the controller: each file whole or not at all, and for the eyes of its owner only."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import tempfile
import typing as t
from pathlib import Path

from .records import ReportError

#: By path below the folder of the report.
Files: t.TypeAlias = t.Mapping[str, bytes]

_PLAIN: t.Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_OTHER: t.Final = re.compile(r"[^A-Za-z0-9.-]+")
#: As the names that are made here. A host that is called so does not get that name: it could be the one of another.
_MADE: t.Final = re.compile(r"host-.*-[0-9a-f]{12}", re.IGNORECASE)
#: Windows opens devices by these names, with any suffix.
_DEVICE: t.Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def file_names(hosts: t.Iterable[str]) -> dict[str, str]:
    """A name for the files of each host, without a suffix.

    It is the host's own name where that is a plain one. Otherwise, and where case alone tells two hosts apart, a part
    of a hash makes it unique: a host may be called ``../../etc/passwd``.
    """
    names = list(hosts)
    folded: dict[str, int] = {}
    for host in names:
        folded[host.casefold()] = folded.get(host.casefold(), 0) + 1
    return {host: host if folded[host.casefold()] == 1 and _is_plain(host) else _hashed(host) for host in names}


def _is_plain(host: str) -> bool:
    plain = _PLAIN.fullmatch(host) and not host.endswith(".")
    return bool(plain) and not _DEVICE.match(host) and not _MADE.fullmatch(host)


def _hashed(host: str) -> str:
    digest = hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"host-{_OTHER.sub('-', host).strip('.-')[:60]}-{digest}"


def differs(folder: Path, files: Files) -> bool:
    """Whether writing the files would change anything."""
    return any(content_of(folder / name) != content for name, content in files.items())


def write(folder: Path, files: Files, obsolete: t.Iterable[str]) -> None:
    """Write all files, then remove the obsolete ones. Nothing is replaced before everything is on the disk."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _check_folders(folder, {*files, *obsolete})
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as place:  # mode 0700, and so are its files
            for name, content in files.items():
                _put(Path(place) / name, content)
            for name in files:
                (folder / name).parent.mkdir(exist_ok=True, mode=0o700)
                os.replace(Path(place) / name, folder / name)
        for name in obsolete:
            with contextlib.suppress(FileNotFoundError):
                (folder / name).unlink()
    except OSError as exc:
        raise ReportError(
            f"The report could not be written to {folder}: {exc.strerror}. "
            "Name a folder on the controller that you can write to, with space for the report."
        ) from exc


def _check_folders(folder: Path, names: t.Iterable[str]) -> None:
    """Raise ReportError for an inner folder that leads elsewhere. A file that is a link is replaced by a file."""
    for inner in sorted({(folder / name).parent for name in names} - {folder}):
        try:
            found = inner.lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise ReportError(
                f"The report could not be written to {folder}: {inner} is a link, no folder, or belongs to another "
                "user. Remove it, or name another folder on the controller."
            )


def _put(file: Path, content: bytes) -> None:
    file.parent.mkdir(exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # and nobody can put a link in its place
    with open(descriptor, "wb") as stream:
        stream.write(content)


def content_of(file: Path) -> bytes | None:
    """What an earlier report has there; None where it has no such file. Nobody waits for the other end of a pipe."""
    try:
        return file.read_bytes() if file.is_file() else None
    except OSError:
        return None
