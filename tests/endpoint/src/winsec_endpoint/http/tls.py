# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certification authority made for the run, with certificates for hosts and for those who log in with one."""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import trustme

from ..atomic import write_text

ADDRESS = "127.0.0.1"
_NAME = "winsec-endpoint, valid for one run"
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python does not name


@dataclass(frozen=True)
class Tls:
    """`tls:` in fleet.yml."""

    # untrusted: by another authority. self_signed: what Windows makes for itself. relayed: valid, but of somebody
    # between, so that WinRM has another one.
    certificate: Literal["valid", "expired", "wrong_name", "untrusted", "self_signed", "relayed"] = "valid"
    # Of the client, where authentication has certificate.
    client_certificate: Literal["valid", "expired"] = "valid"


class ServerTls(NamedTuple):
    context: ssl.SSLContext
    channel: bytes  # the binding tls-server-end-point


class ClientCertificate(NamedTuple):
    file: Path
    key_file: Path
    der: bytes


class Authority:
    """Its certificate and those of clients are written beside the inventory; its key stays in this process."""

    def __init__(self, inventory: Path) -> None:
        self._authority = trustme.CA(organization_name=_NAME)
        self._inventory = inventory
        self.file = self._write("ca", self._authority.cert_pem)
        self.server = cache(self._server)

    def _server(self, certificate: str, asks_client: bool) -> ServerTls:
        """HTTP.sys takes any certificate of a client and lets WinRM judge it; here it has to be of this authority."""
        leaf = self._server_certificate(certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
        if asks_client:
            self._authority.configure_trust(context)
            context.verify_mode = ssl.CERT_OPTIONAL
            context.verify_flags |= _NO_CHECK_TIME
        return ServerTls(context, _channel(self._issue(ADDRESS) if certificate == "relayed" else leaf))

    def _server_certificate(self, certificate: str) -> trustme.LeafCert:
        if certificate == "wrong_name":
            return self._issue("elsewhere.example")
        if certificate == "untrusted":
            return trustme.CA(organization_name=_NAME).issue_cert(ADDRESS, "localhost")
        if certificate == "self_signed":
            own = trustme.CA(organization_name=_NAME)
            return trustme.LeafCert(own.private_key_pem.bytes(), own.cert_pem.bytes(), [])
        return self._issue(ADDRESS, "localhost", expired=certificate == "expired")

    def client(self, host: str, certificate: str) -> ClientCertificate:
        leaf = self._issue("client.example", name=host, expired=certificate == "expired")
        return ClientCertificate(
            self._write(f"{host}-cert", leaf.cert_chain_pems[0]),
            self._write(f"{host}-key", leaf.private_key_pem),
            _der(leaf),
        )

    def _issue(self, *identities: str, name: str | None = None, expired: bool = False) -> trustme.LeafCert:
        now = datetime.now(UTC)
        first, last = (now - timedelta(days=365), now - timedelta(days=1)) if expired else (None, None)
        return self._authority.issue_cert(*identities, common_name=name, not_before=first, not_after=last)

    def _write(self, name: str, blob: trustme.Blob) -> Path:
        path = self._inventory.with_name(f"{self._inventory.stem}-{name}.pem")
        write_text(path, blob.bytes().decode())
        return path


def _channel(leaf: trustme.LeafCert) -> bytes:
    """RFC 5929 4.1: the certificate's hash, by the algorithm of its signature, which trustme has as SHA-256."""
    return b"tls-server-end-point:" + hashlib.sha256(_der(leaf)).digest()


def _der(leaf: trustme.LeafCert) -> bytes:
    return ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode())
