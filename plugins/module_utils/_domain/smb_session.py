# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A connection to the share SYSVOL of one domain controller, and what an error of it means.

Not ``\\\\domain\\sysvol``: that could be answered by another domain controller, which has not replicated yet.
"""

from __future__ import annotations

import contextlib
import typing as t
import uuid

from .._group_policy.errors import ChangedMeanwhile, GroupPolicyError
from .._texts import shown
from .options import Options

try:
    from smbprotocol.connection import Connection
    from smbprotocol.exceptions import SMBException, SMBResponseException
    from smbprotocol.session import Session
    from smbprotocol.tree import TreeConnect
except ImportError:
    pass  # libraries.py says so before this is used

#: The statuses that have a meaning here (MS-ERREF 2.3.1). smbprotocol does not name all of them.
_ACCESS_DENIED: t.Final = 0xC0000022
_IN_USE: t.Final = {0xC0000043: "STATUS_SHARING_VIOLATION", 0xC0000054: "STATUS_FILE_LOCK_CONFLICT"}
_ABSENT: t.Final = {0xC0000034: "STATUS_OBJECT_NAME_NOT_FOUND", 0xC000003A: "STATUS_OBJECT_PATH_NOT_FOUND"}

_PORT: t.Final = 445
_SHARE: t.Final = "SYSVOL"


class SmbSession:
    """A session that is logged in, with messages signed in both directions. It ends with ``close``."""

    def __init__(self, server: str, options: Options) -> None:
        self.server = server
        login = options.login
        self._connection = Connection(uuid.uuid4(), server, _PORT, require_signing=True)
        try:
            with explained(server, ""):
                self._connection.connect(timeout=options.timeout)
                session = Session(
                    self._connection,
                    login.username,
                    login.password,
                    require_encryption=False,
                    auth_protocol="kerberos" if login.kerberos else "ntlm",
                )
                session.connect()
                self.tree = TreeConnect(session, rf"\\{server}\{_SHARE}")
                self.tree.connect()
        except BaseException:
            self.close()
            raise
        # The share is one of DFS too. Named without DFS, the files are those of this server.
        self.tree.is_dfs_share = False

    @property
    def connection(self) -> t.Any:
        return self._connection

    def close(self) -> None:
        """Log off. A server that is lost is not waited for."""
        with contextlib.suppress(Exception):
            self._connection.disconnect(close=False)


@contextlib.contextmanager
def explained(server: str, path: str) -> t.Iterator[None]:
    """Turn an error of smbprotocol, or of pyspnego beneath it, into one for the user."""
    try:
        yield
    except GroupPolicyError:
        raise
    except SMBResponseException as exc:
        raise _response(server, path, exc.status) from None
    except (SMBException, OSError, ValueError) as exc:
        raise GroupPolicyError(
            f"The connection to {_SHARE} of {server} failed: {_said(exc)}",
            "Check the name of the server, the network, that port 445 is open, and the login.",
        ) from None
    except Exception as exc:
        if not type(exc).__module__.startswith("spnego"):
            raise
        raise _login(server, _said(exc)) from None


def _response(server: str, path: str, status: int) -> GroupPolicyError:
    """Return the error for an NTSTATUS."""
    where, number = rf"\\{server}\{_SHARE}\{path}".rstrip("\\"), f"0x{status:08x}"
    if status in _IN_USE:
        return ChangedMeanwhile(
            f"Somebody else has {where} open ({_IN_USE[status]})",
            "An editor or a backup may be at work: run the task again later. Nothing was changed.",
        )
    if status == _ACCESS_DENIED:
        return GroupPolicyError(
            f"The user may not open {where} (STATUS_ACCESS_DENIED)",
            "Give the user the permission to edit the GPO, in the Group Policy Management Console under Delegation.",
        )
    if not path:
        return _login(server, number)
    return GroupPolicyError(
        f"{where} could not be used ({number})", "Look at this file and at the state of the server."
    )


def _login(server: str, said: str) -> GroupPolicyError:
    return GroupPolicyError(
        f"{_SHARE} of {server} refused the login: {said}",
        "Check username and password. A domain that has disabled NTLM wants auth to be kerberos.",
    )


def _said(exc: Exception) -> str:
    """The text of an error in one line. Neither library puts a password into one."""
    return shown(" ".join(str(exc).split())) or type(exc).__name__


def is_absent(status: int) -> bool:
    """Whether a status says that a file, or a folder above it, does not exist."""
    return status in _ABSENT
