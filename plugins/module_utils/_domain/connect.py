# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""From the options of a module to both halves of a domain's GPOs, on one domain controller."""

from __future__ import annotations

import contextlib
import re
import typing as t

from .._group_policy.edit import Domain
from .._group_policy.errors import GroupPolicyError
from .._texts import shown
from .directory import Directory
from .discovery import pdc_emulator, require_inside
from .ldap_session import LdapSession
from .options import Login, Options
from .smb_session import SmbSession
from .sysvol import Sysvol
from .tickets import get_ticket

#: A name or an address. Windows allows the underscore in names.
_HOST = re.compile(r"[A-Za-z0-9._:-]+")


class Controller(t.NamedTuple):
    """A domain controller that both sessions are with."""

    server: str
    directory: Directory
    sysvol: Sysvol

    @property
    def halves(self) -> Domain:
        return Domain(self.directory, self.sysvol)


@contextlib.contextmanager
def connected(options: Options) -> t.Iterator[Controller]:
    """Log in to a domain controller, to its directory first. A password that is refused there is not tried again.

    Raises:
        GroupPolicyError: there is none, it refuses the login, or it is one of another domain.
    """
    server = _server(options)
    login = options.login
    if login.kerberos and login.username and login.password:
        get_ticket(login.username, login.password)
        options = options._replace(login=Login(True, None, None))
    with contextlib.ExitStack() as sessions:
        ldap_session = LdapSession(server, options)
        sessions.callback(ldap_session.close)
        directory = Directory(ldap_session)
        _require_domain(server, directory.domain, options.domain)
        smb_session = SmbSession(server, options)
        sessions.callback(smb_session.close)
        yield Controller(server, directory, Sysvol(smb_session))


def _server(options: Options) -> str:
    domain = options.domain or ""
    server = options.server or pdc_emulator(domain, options.timeout)
    if not options.server and not options.login.kerberos:
        require_inside(server, domain)
    if not _HOST.fullmatch(server):  # it becomes part of a URI, and of a path in SMB
        raise GroupPolicyError(
            f"{shown(server)} is not the name of a host", "Set server to the name of a domain controller."
        )
    return server


def _require_domain(server: str, found: str, wanted: str | None) -> None:
    if wanted and wanted.rstrip(".").lower() != found.lower():
        raise GroupPolicyError(
            f"{server} is a domain controller of {found}, not of {wanted}",
            "Correct server or domain. Nothing was changed.",
        )
