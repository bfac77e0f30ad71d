# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration that tells programs of a Kerberos realm on this machine, without DNS: MIT's krb5.conf.

Settings: web.mit.edu/kerberos/krb5-latest/doc, krb5.conf.
"""

from __future__ import annotations

_KRB5_CONF = """
[libdefaults]
    default_realm = {realm}
    dns_lookup_realm = false
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    rdns = false
    udp_preference_limit = 1
[realms]
    {realm} = {{
        kdc = {kdc}
    }}
[domain_realm]
    .{domain} = {realm}
"""


def krb5_conf(realm: str, kdc: str) -> str:
    """Return the text for a realm whose hosts are in the domain of its name, by the address of its KDC."""
    return _KRB5_CONF.format(realm=realm, kdc=kdc, domain=realm.lower())
