# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Finding the domain controller on which GPOs are edited, the PDC emulator, by DNS (MS-ADTS 6.3.2.3)."""

from __future__ import annotations

from .._group_policy.errors import GroupPolicyError
from .._texts import shown

try:
    import dns.exception
    import dns.resolver
except ImportError:
    pass  # libraries.py says so before this is used


def pdc_emulator(domain: str, timeout: int) -> str:
    """The name of the PDC emulator of a domain.

    Raises:
        GroupPolicyError: DNS names none.
    """
    name = f"_ldap._tcp.pdc._msdcs.{domain.rstrip('.')}."
    try:
        answer = dns.resolver.resolve(name, "SRV", lifetime=timeout)
    except (dns.exception.DNSException, OSError, ValueError) as exc:
        raise GroupPolicyError(
            f"DNS has no domain controller for {shown(domain)}: {shown(name)} was not found ({type(exc).__name__})",
            "Check domain and the DNS server that this host asks, or set server to the name of a domain controller.",
        ) from None
    return str(min(answer, key=lambda record: record.priority).target).rstrip(".")


def require_inside(server: str, domain: str) -> None:
    """Refuse to send a password to a server that DNS has named and that is not of the domain: DNS can be forged.

    Raises:
        GroupPolicyError: the name is neither that of the domain nor below it.
    """
    domain = domain.strip(".").lower()
    if not f".{server.lower()}".endswith(f".{domain}"):
        raise GroupPolicyError(
            f"DNS names a domain controller outside {shown(domain)}: {shown(server)}",
            "A forged answer would get the password, so nothing was sent. If this is the domain controller, set server "
            "to its name, or auth to kerberos.",
        )
