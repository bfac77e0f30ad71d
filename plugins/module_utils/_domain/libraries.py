# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The libraries that reach a domain controller. They are optional: who manages no GPO does not need them.

LDAP is spoken by python-ldap, because libldap beneath it validates certificates, and signs and encrypts by Kerberos.
It has no NTLM: a password goes to the directory over TLS only, or is exchanged for a Kerberos ticket.
"""

from __future__ import annotations

import importlib
import traceback
import typing as t

#: What each library is called when it is installed, and its module.
_ALWAYS: t.Final = {"python-ldap": "ldap", "smbprotocol": "smbprotocol"}
#: pyspnego, which logs in to SMB, needs both.
_KERBEROS: t.Final = {"gssapi": "gssapi", "krb5": "krb5"}
_DISCOVERY: t.Final = {"dnspython": "dns.resolver"}


def missing_for(*, kerberos: bool, discovery: bool) -> tuple[str, str] | None:
    """The first library that a task needs and that can't be imported, and the traceback of that."""
    needed = _ALWAYS | (_KERBEROS if kerberos else {}) | (_DISCOVERY if discovery else {})
    for name, module in needed.items():
        try:
            importlib.import_module(module)
        except ImportError:
            return name, traceback.format_exc()
    return None
