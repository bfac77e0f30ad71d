# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate authority, and the certificates that it issues."""

from __future__ import annotations

import datetime
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if t.TYPE_CHECKING:
    from pathlib import Path

_DAY = datetime.timedelta(days=1)
_PEM = serialization.Encoding.PEM


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


class Authority:
    """It has a key that nobody keeps."""

    def __init__(self, name: str) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._name = _name(name)
        self.certificate = self._signed(self._name, self._key.public_key(), x509.BasicConstraints(True, None))

    def issue(self, host: str, folder: Path) -> None:
        """Write a key, a certificate for the name of a host, and the authority's own."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        certificate = self._signed(_name(host), key.public_key(), names)
        form = serialization.PrivateFormat.TraditionalOpenSSL
        (folder / "key.pem").write_bytes(key.private_bytes(_PEM, form, serialization.NoEncryption()))
        (folder / "key.pem").chmod(0o600)
        (folder / "certificate.pem").write_bytes(certificate.public_bytes(_PEM))
        self.write(folder / "authority.pem")

    def write(self, file: Path) -> None:
        file.write_bytes(self.certificate.public_bytes(_PEM))

    def _signed(self, name: x509.Name, key: rsa.RSAPublicKey, extension: x509.ExtensionType) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(self._name, name, key, x509.random_serial_number(), now - _DAY, now + _DAY)
        is_authority = isinstance(extension, x509.BasicConstraints)
        return builder.add_extension(extension, critical=is_authority).sign(self._key, hashes.SHA256())
