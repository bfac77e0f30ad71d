# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The files of GPOs over SMB. Names are compared without regard to case by the server (MS-FSA 2.1.5.1)."""

from __future__ import annotations

import enum
import typing as t

from .._group_policy.edit import LockedFile as LockedFileInterface
from .._group_policy.edit import Sysvol as SysvolInterface
from .._group_policy.errors import Absent, GroupPolicyError
from .._group_policy.plan import File
from .smb_session import SmbSession, explained, is_absent

try:
    from smbprotocol.exceptions import SMBResponseException
    from smbprotocol.file_info import FileDispositionInformation, FileEndOfFileInformation
    from smbprotocol.open import (
        CreateDisposition,
        CreateOptions,
        FilePipePrinterAccessMask,
        ImpersonationLevel,
        Open,
        ShareAccess,
        SMB2SetInfoRequest,
    )
except ImportError:
    pass  # libraries.py says so before this is used

#: A template has kilobytes. What is much larger is none.
_LARGEST: t.Final = 4 * 2**20
#: What every server reads and writes in one request, for one credit (MS-SMB2 3.2.4.1.5).
_CHUNK: t.Final = 2**16
_NORMAL, _DIRECTORY = 0x80, 0x10
_CREATED: t.Final = 2  # FILE_CREATED, of the field CreateAction (MS-SMB2 2.2.14)
#: The folder of a GPO is domain\\Policies\\GUID. It exists; folders below it may have to be made.
_GPO_DEPTH: t.Final = 3


class Sysvol(SysvolInterface):
    """SYSVOL of one domain controller."""

    def __init__(self, session: SmbSession) -> None:
        self._session = session

    def read(self, path: str) -> File:
        file = _opened(self._session, path, _Access.READ)
        if file is None:
            return File(None, None)
        try:
            return file.read()
        finally:
            file.close()

    def lock(self, path: str, *, readable: bool) -> LockedFile:
        file = _opened(self._session, path, _Access.SHARED if readable else _Access.ALONE)
        return LockedFile(file, []) if file else self._made(path)

    def _made(self, path: str) -> LockedFile:
        """Make a file, with the folders above it that are missing."""
        names = path.split("\\")
        folders: list[_Handle] = []
        try:
            for depth in range(_GPO_DEPTH + 1, len(names)):
                folders += _new_folder(self._session, "\\".join(names[:depth]))
            return LockedFile(_create(self._session, path, _Access.NEW), folders)
        except GroupPolicyError:
            _remove(folders)
            raise


class LockedFile(LockedFileInterface):
    """A file that is open for writing, and the folders that were made for it."""

    def __init__(self, file: _Handle, folders: list[_Handle]) -> None:
        self._file = file
        self._new = [*folders, file] if file.is_new else []
        self._before: bytes | None = None
        self._is_written = self._is_closed = False

    def read(self) -> File:
        found = self._file.read()
        if not self._is_written:
            self._before = found.data
            if self._new:
                return File(None, None)
        return found

    def write(self, data: bytes) -> None:
        self._is_written = True
        self._file.replace(data)

    def undo(self) -> None:
        if self._is_written and not self._new:
            self._file.replace(self._before or b"")
        self._is_written = False

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self._new and not self._is_written:
            _remove(self._new)
        else:
            for handle in self._new or [self._file]:
                handle.close()


class _Handle:
    """An open file or folder."""

    def __init__(self, session: SmbSession, path: str, handle: t.Any) -> None:
        self._session, self._path, self._open = session, path, handle

    @property
    def is_new(self) -> bool:
        return bool(self._open.create_action == _CREATED)

    def read(self) -> File:
        with explained(self._session.server, self._path):
            size = self._open.end_of_file
            if size > _LARGEST:
                raise GroupPolicyError(f"{self._path} has {size} bytes: too many for a file of a GPO", "Look at it.")
            chunks = (self._open.read(at, min(_CHUNK, size - at)) for at in range(0, size, _CHUNK))
            return File(b"".join(chunks), self._open.last_write_time)

    def replace(self, data: bytes) -> None:
        """Replace the content. Writing and cutting off are one message: a killed run has sent both or neither."""
        connection, tree = self._session.connection, self._session.tree
        with explained(self._session.server, self._path):
            if len(data) > _CHUNK:  # earn the credits for one large message
                connection.echo(sid=tree.session.session_id, credit_request=len(data) // _CHUNK + 2)
            requests = [self._open.write(data, send=False)[0]] if data else []
            if len(data) < self._open.end_of_file:
                requests.append(_information(self._open, FileEndOfFileInformation, end_of_file=len(data)))
            # Until the answer is there the file may be as long as either: whoever undoes this cuts off what is longer.
            self._open.end_of_file = max(self._open.end_of_file, len(data))
            sent = connection.send_compound(requests, tree.session.session_id, tree.tree_connect_id)
            for request in sent:
                connection.receive(request)
        self._open.end_of_file = len(data)

    def delete_on_close(self) -> None:
        with explained(self._session.server, self._path):
            request = _information(self._open, FileDispositionInformation, delete_pending=True)
            tree = self._session.tree
            connection = self._session.connection
            connection.receive(connection.send(request, tree.session.session_id, tree.tree_connect_id))

    def close(self) -> None:
        with explained(self._session.server, self._path):
            self._open.close()


def _information(handle: t.Any, kind: type[t.Any], **values: t.Any) -> t.Any:
    information = kind()
    for name, value in values.items():
        information[name] = value
    request = SMB2SetInfoRequest()
    request["info_type"] = information.INFO_TYPE
    request["file_info_class"] = information.INFO_CLASS
    request["file_id"] = handle.file_id
    request["buffer"] = information
    return request


def _remove(made: list[_Handle]) -> None:
    """Remove what was made, the deepest first."""
    for handle in reversed(made):
        handle.delete_on_close()
        handle.close()


class _Access(enum.Enum):
    """The purpose for which a file or folder is opened."""

    READ = enum.auto()
    #: To write it while others read it, or while nobody else has it open.
    SHARED = enum.auto()
    ALONE = enum.auto()
    NEW = enum.auto()
    FOLDER = enum.auto()


def _opened(session: SmbSession, path: str, access: _Access) -> _Handle | None:
    """Open a file, or return None where there is none."""
    try:
        return _create(session, path, access)
    except Absent:
        return None


def _new_folder(session: SmbSession, path: str) -> list[_Handle]:
    """Make a folder if there is none. What was made is returned open: it can be removed again."""
    folder = _create(session, path, _Access.FOLDER)
    if folder.is_new:
        return [folder]
    folder.close()
    return []


def _create(session: SmbSession, path: str, access: _Access) -> _Handle:
    rights, share, disposition, options = _parameters(access)
    attributes = _DIRECTORY if access is _Access.FOLDER else _NORMAL
    handle = Open(session.tree, path)
    with explained(session.server, path):
        try:
            handle.create(ImpersonationLevel.Impersonation, rights, attributes, share, disposition, options)
        except SMBResponseException as exc:
            if is_absent(exc.status):
                raise Absent(f"{path} does not exist in SYSVOL", "Look at the GPO.") from None
            raise
    return _Handle(session, path, handle)


def _parameters(access: _Access) -> tuple[int, int, int, int]:
    """Access mask, what others may do, disposition and options (MS-SMB2 2.2.13)."""
    mask, share = FilePipePrinterAccessMask, ShareAccess
    write = mask.GENERIC_READ | mask.GENERIC_WRITE
    all_shared = share.FILE_SHARE_READ | share.FILE_SHARE_WRITE | share.FILE_SHARE_DELETE
    file, existing = CreateOptions.FILE_NON_DIRECTORY_FILE, CreateDisposition.FILE_OPEN
    table: dict[_Access, tuple[int, int, int, int]] = {
        _Access.READ: (mask.GENERIC_READ, all_shared, existing, file),
        _Access.SHARED: (write, share.FILE_SHARE_READ, existing, file),
        _Access.ALONE: (write, 0, existing, file),
        _Access.NEW: (write | mask.DELETE, 0, CreateDisposition.FILE_CREATE, file),
        _Access.FOLDER: (
            mask.DELETE | mask.FILE_READ_ATTRIBUTES,
            all_shared,
            CreateDisposition.FILE_OPEN_IF,
            CreateOptions.FILE_DIRECTORY_FILE,
        ),
    }
    return table[access]
