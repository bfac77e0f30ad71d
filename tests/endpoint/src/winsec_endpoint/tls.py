# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certification authority made for the run, and a server certificate for the loopback address."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

from .atomic import write_text
from .server import ADDRESS


def server_context(authority_file: Path) -> ssl.SSLContext:
    """Writes the authority's certificate for clients; the private key stays in this process."""
    authority = trustme.CA(organization_name="winsec-endpoint, valid for one run")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(ADDRESS, "localhost").configure_cert(context)
    write_text(authority_file, authority.cert_pem.bytes().decode())
    return context
