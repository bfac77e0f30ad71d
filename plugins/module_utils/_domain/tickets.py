# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A Kerberos ticket for a password, kept in the memory of this process."""

from __future__ import annotations

import os

from .._group_policy.errors import GroupPolicyError
from .._texts import shown

try:
    import gssapi
    import gssapi.raw
except ImportError:
    pass  # libraries.py says so before this is used

_CACHE = "MEMORY:winsec.lsa"


def get_ticket(username: str, password: str) -> None:
    """Get a ticket, and make it the one that this process uses.

    Raises:
        GroupPolicyError: the realm gave none.
    """
    try:
        name = gssapi.Name(username, gssapi.NameType.user)
        acquired = gssapi.raw.acquire_cred_with_password(name, password.encode(), usage="initiate")
        store = {b"ccache": _CACHE.encode()}
        gssapi.raw.store_cred_into(store, acquired.creds, usage="initiate", overwrite=True)
    except gssapi.exceptions.GSSError as exc:
        raise no_login(exc) from None
    os.environ["KRB5CCNAME"] = _CACHE


def no_login(exc: Exception) -> GroupPolicyError:
    """Return the error for a login that Kerberos refused. Its texts hold names, and never a password."""
    return GroupPolicyError(
        f"Kerberos gave no ticket: {shown(' '.join(str(exc).split()))}",
        "Check username (user@REALM) and password, or get a ticket with kinit; the realm in /etc/krb5.conf; that "
        "server is the name of the domain controller, not its address; and the clock.",
    )
