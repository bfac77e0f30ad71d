# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener of one host, as WinRM calls it: its TLS, and the ways to log in that it offers on each connection."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

from ..fleet.hosts import Host
from .authentication import Basic, Certificate, Login, Way
from .negotiate import CredSsp, Negotiate
from .tls import Authority, ClientCertificate, ServerTls


class Listener(NamedTuple):
    host: Host
    authority: Path | None = None
    tls: ServerTls | None = None
    client: ClientCertificate | None = None

    @classmethod
    def of(cls, host: Host, authority: Authority | None) -> Listener:
        if authority is None or host.scheme == "http":
            return cls(host)
        asks_client = "certificate" in host.authentication
        client = authority.client(host.name, host.tls.client_certificate) if asks_client else None
        return cls(host, authority.file, authority.server(host.tls.certificate, asks_client), client)

    def login(self, transport: asyncio.BaseTransport | None) -> Login:
        host = self.host
        ways: dict[str, Way] = {}
        offers = []
        windows = [mechanism for mechanism in ("ntlm", "kerberos") if mechanism in host.authentication]
        if windows:
            ways["spnego"] = Negotiate(windows, host.username, host.password, self.tls.channel if self.tls else None)
            offers.append("Negotiate")
        if "kerberos" in windows:
            offers.append("Kerberos")
        if "basic" in host.authentication:
            ways["basic"] = Basic(host.username, host.password)
            offers.append('Basic realm="WSMAN"')  # recorded by pypsrp
        if "credssp" in host.authentication:
            ways["credssp"] = CredSsp(host.username, host.password)
            offers.append("CredSSP")
        if self.client:
            ways["certificate"] = Certificate(self.client.der, _shown(transport))
        return Login(ways, offers)


def _shown(transport: asyncio.BaseTransport | None) -> bytes | None:
    """The certificate that the client showed in the TLS handshake."""
    tls = transport.get_extra_info("ssl_object") if transport else None
    shown: bytes | None = tls.getpeercert(binary_form=True) if tls else None
    return shown
