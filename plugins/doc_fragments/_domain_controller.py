# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not use it from elsewhere.

from __future__ import annotations


class ModuleDocFragment:
    # How the modules for GPOs reach a domain controller.
    DOCUMENTATION = r"""
options:
  server:
    description:
      - The domain controller to use, by its name. Kerberos and the check of its certificate need the name, not the
        address.
      - Without it, the PDC emulator of O(domain) is found by DNS. Consoles edit GPOs there too. As an answer of DNS can
        be forged, a password is not sent to a server whose name is outside the domain.
    type: str
  domain:
    description:
      - The DNS name of the domain. It is required without O(server). With it, the module fails if the server is a
        domain controller of another domain.
    type: str
  auth:
    description:
      - How to log in.
    type: str
    default: password
    choices:
      password:
        - With O(username) and O(password), to LDAP by a simple bind inside TLS, and to SMB by NTLM.
      kerberos:
        - With a Kerberos ticket, to both. With O(username) and O(password) the module gets one and keeps it in memory.
          Without both it uses the one that is there, from C(kinit) or a keytab, whoever it is of.
  username:
    description:
      - The user, as C(user@example.com) or C(EXAMPLE\user). For O(auth=kerberos) as C(user@EXAMPLE.COM).
      - The user needs the permission to read the GPOs, and to edit the one that is changed.
    type: str
  password:
    description:
      - The password of O(username). It is tried once only. O(username) and O(password) are required together.
    type: str
  tls:
    description:
      - How LDAP is protected. SMB messages are always signed.
    type: str
    default: ldaps
    choices:
      ldaps:
        - By TLS on port 636.
      starttls:
        - By TLS that begins on port 389.
      none:
        - Port 389 without TLS. LDAP is signed and encrypted by Kerberos, so this requires O(auth=kerberos).
  validate_certs:
    description:
      - Whether the certificate of the domain controller has to have its name and an issuer that is trusted. Without
        that, anybody on the way can read the password.
    type: bool
    default: true
  ca_path:
    description:
      - A file with the certificates of the authorities to trust. Without it, those of the system are.
    type: path
  timeout:
    description:
      - The seconds that the task may take. When they are over, it fails, and has ten more to undo what it has begun.
    type: int
    default: 60
requirements:
  - Python 3.10 or later on the host where the module runs
  - C(python-ldap >= 3.4) and C(smbprotocol >= 1.10) there. C(python-ldap) is the package C(python3-ldap) on Debian and
    Red Hat. C(pip) compiles it, for which it needs C(gcc python3-dev libldap-dev libsasl2-dev) on Debian, or
    C(gcc python3-devel openldap-devel cyrus-sasl-devel) on Red Hat.
  - for O(auth=kerberos) also C(gssapi >= 1.8.1) and C(krb5 >= 0.4), and the SASL plugin for Kerberos, which is the
    package C(libsasl2-modules-gssapi-mit) on Debian and C(cyrus-sasl-gssapi) on Red Hat
  - without O(server) also C(dnspython >= 2.0)
"""
