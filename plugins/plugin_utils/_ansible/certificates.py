# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The certificate and key files that the options of a connection name, and what is wrong with one that can't be used.

The libraries find out when they make the first TLS connection, and then blame the host, or say it in OpenSSL's words:
urllib3 even reads a key as text first. So once a connection has failed, the files are loaded here as they would be.
"""

from __future__ import annotations

import os
import re
import shlex
import ssl
import typing as t
from pathlib import PurePath

from .._windows.host import HostError
from .secrets import extras, option

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

Role: t.TypeAlias = t.Literal["ca", "cert", "key"]

_VARIABLES: t.Final[dict[str, dict[Role, str]]] = {
    "winrm": {
        "ca": "ansible_winrm_ca_trust_path",
        "cert": "ansible_winrm_cert_pem",
        "key": "ansible_winrm_cert_key_pem",
    },
    "psrp": {
        "ca": "ansible_psrp_ca_cert",
        "cert": "ansible_psrp_certificate_pem",
        "key": "ansible_psrp_certificate_key_pem",
    },
}

#: Where requests looks for CAs if no option names them, in this order.
_ENVIRONMENT: t.Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

#: pywinrm's way to say that these variables apply.
_FROM_ENVIRONMENT: t.Final = "legacy_requests"

#: What has to be in a PEM file (RFC 7468; OpenSSL also takes its own older labels).
_WANTED: t.Final[dict[Role, tuple[str, re.Pattern[bytes]]]] = {
    "ca": ("certificate", re.compile(rb"-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----")),
    "cert": ("certificate", re.compile(rb"-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----")),
    "key": ("private key", re.compile(rb"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----")),
}

#: PKCS #8 (RFC 5958) and the older form of OpenSSL.
_ENCRYPTED: t.Final = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED", re.MULTILINE)

# ASN.1 in DER, or BER with an indefinite length (X.690, 8.1.3): a SEQUENCE, whose first element tells what it is.
_SEQUENCE: t.Final = rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...)"


class _Form(t.NamedTuple):
    """A format other than PEM. The commands read ``{file}`` and write ``{pem}``."""

    what: str
    begins: re.Pattern[bytes]
    commands: t.Mapping[Role, str]


def _form(what: str, begins: bytes, **commands: str) -> _Form:
    return _Form(what, re.compile(begins, re.DOTALL), t.cast("dict[Role, str]", commands))


_PKCS7 = "openssl pkcs7 {form}-print_certs -in {file} -out {pem}"
_X509 = "openssl x509 -inform der -in {file} -out {pem}"
_ICONV = "iconv -f UTF-16 -t UTF-8 {file} > {pem}"
_FORMS: t.Final = (
    _form("is an empty file", rb"\s*\Z"),
    _form("is text in UTF-16", rb"\xff\xfe|\xfe\xff|(-\x00){5}|(\x00-){5}", ca=_ICONV, cert=_ICONV, key=_ICONV),
    _form(  # PFX (RFC 7292, 4): version 3, then a SEQUENCE
        "is a PKCS #12 container (.pfx, .p12)",
        _SEQUENCE + rb"\x02\x01\x03\x30",
        ca="openssl pkcs12 -in {file} -nokeys -out {pem}",
        cert="openssl pkcs12 -in {file} -clcerts -nokeys -out {pem}",
        key="openssl pkcs12 -in {file} -nocerts -nodes -out {pem}",
    ),
    _form(  # ContentInfo with id-signedData (RFC 5652, 3 and 5.1)
        "is a PKCS #7 container (.p7b)",
        _SEQUENCE + rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
        ca=_PKCS7.replace("{form}", "-inform der "),
        cert=_PKCS7.replace("{form}", "-inform der "),
    ),
    _form(
        "is a PKCS #7 container (.p7b)",
        rb".*-----BEGIN (PKCS7|PKCS #7 SIGNED DATA|CERTIFICATE CHAIN)-----",
        ca=_PKCS7.replace("{form}", ""),
        cert=_PKCS7.replace("{form}", ""),
    ),
    _form(  # TBSCertificate begins with [0] or with the serial number (RFC 5280, 4.1)
        "is a certificate in DER", _SEQUENCE + _SEQUENCE + rb"[\xa0\x02]", ca=_X509, cert=_X509
    ),
    _form(  # version 0 or 1 of RFC 5958, 8017 and 5915; or the algorithm of an encrypted key
        "is a private key in DER",
        _SEQUENCE + rb"(\x02\x01[\x00\x01]|" + _SEQUENCE + rb"\x06)",
        key="openssl pkey -inform der -in {file} -out {pem}",
    ),
)


class _File(t.NamedTuple):
    role: Role
    variable: str
    path: str

    def unusable(self, what: str, command: str = "") -> HostError:
        noun = _WANTED[self.role][0]
        place = PurePath(self.path)
        pem = place.with_name(f"{place.stem}-{self.role}.pem")
        names = {"file": shlex.quote(self.path), "pem": shlex.quote(str(pem))}
        return HostError(
            f"The file that {self.variable} names can't be used: {self.path} {what}",
            f"Convert it: {command.format(**names)}" if command else f"Name a file that has a {noun} in PEM form.",
        )

    def problem(self) -> HostError | None:
        """Return the problem with the file by itself, as far as its content tells."""
        try:
            with open(self.path, "rb") as file:
                data = file.read()
        except OSError as exc:
            return self.unusable(f"can't be read ({exc.strerror})")
        noun, wanted = _WANTED[self.role]
        if wanted.search(data):
            return None
        form = next((form for form in _FORMS if form.begins.match(data)), None)
        if form:
            return self.unusable(form.what, form.commands.get(self.role, ""))
        return self.unusable(f"has no {noun} in PEM form")


class CertificateFiles(t.NamedTuple):
    """The files that a connection uses for TLS, each if it is named."""

    ca: _File | None
    cert: _File | None
    key: _File | None
    key_password: str

    @classmethod
    def of(cls, connection: ConnectionBase) -> CertificateFiles:
        if connection.transport not in _VARIABLES or not _speaks_tls(connection):
            return cls(None, None, None, "")
        logs_in = _logs_in_by_certificate(connection)
        return cls(
            _ca(connection),
            _named(connection, "cert") if logs_in else None,
            _named(connection, "key") if logs_in else None,
            str(option(connection, "certificate_key_password") or ""),  # psrp of ansible-core 2.21
        )

    def problem(self) -> HostError | None:
        """The error for the first file that can't be used; None where all of them can."""
        return self._problem_of_ca() or self._problem_of_client()

    def _problem_of_ca(self) -> HostError | None:
        if not self.ca or os.path.isdir(self.ca.path):  # OpenSSL passes over what it can't use in a folder
            return None
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(self.ca.path)
        except OSError as exc:
            return self.ca.problem() or self.ca.unusable(_words(exc))
        return None

    def _problem_of_client(self) -> HostError | None:
        if not self.cert or not self.key:
            return None
        try:
            # Without a function, OpenSSL would ask for the password of the key at the terminal.
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(
                self.cert.path, self.key.path, password=lambda: self.key_password
            )
        except OSError as exc:
            return self.cert.problem() or self.key.problem() or self._problem_of_key(self.cert, self.key, exc)
        return None

    def _problem_of_key(self, cert: _File, key: _File, exc: OSError) -> HostError:
        if "MISMATCH" in str(getattr(exc, "reason", "")):
            return HostError(
                f"The file that {key.variable} names can't be used: {key.path} is the key of another certificate than "
                f"{cert.path}",
                f"These two have to print the same: openssl x509 -noout -pubkey -in {shlex.quote(cert.path)}; openssl "
                f"pkey -pubout -in {shlex.quote(key.path)}",
            )
        with open(key.path, "rb") as file:
            is_encrypted = _ENCRYPTED.search(file.read())
        if is_encrypted:
            what = "is encrypted with another password" if self.key_password else "is encrypted, and no password is set"
            return key.unusable(what, "openssl pkey -in {file} -out {pem}")
        return key.unusable(_words(exc))


def _words(exc: OSError) -> str:
    """Return the words of the ssl module. They are OpenSSL's and contain nothing of the user's."""
    return f"is not accepted by OpenSSL ({getattr(exc, 'reason', None) or exc.strerror})"


def _value(connection: ConnectionBase, variable: str) -> t.Any:
    """An option by the name of its variable, whether the plugin knows it or hands it over to its library."""
    known = option(connection, variable.removeprefix(f"ansible_{connection.transport}_"))
    return known or extras(connection).get(variable)


def _named(connection: ConnectionBase, role: Role) -> _File | None:
    variable = _VARIABLES[connection.transport][role]
    path = _value(connection, variable)
    return _File(role, variable, str(path)) if path else None


def _ca(connection: ConnectionBase) -> _File | None:
    validation = "server_cert_validation" if connection.transport == "winrm" else "cert_validation"
    if _value(connection, f"ansible_{connection.transport}_{validation}") == "ignore":
        return None
    named = _named(connection, "ca")
    if named and named.path != _FROM_ENVIRONMENT:
        return named
    variable = next((name for name in _ENVIRONMENT if os.environ.get(name)), None)
    return _File("ca", variable, os.environ[variable]) if variable else None


def _speaks_tls(connection: ConnectionBase) -> bool:
    """Both plugins take http for port 5985 if nothing is said."""
    scheme = option(connection, "scheme" if connection.transport == "winrm" else "protocol")
    return scheme == "https" if scheme else str(option(connection, "port")) != "5985"


def _logs_in_by_certificate(connection: ConnectionBase) -> bool:
    """For pywinrm, ``ssl`` is certificate where one is named, and the plugin's default over HTTPS."""
    if connection.transport == "psrp":
        return bool(option(connection, "auth") == "certificate")
    ways = option(connection, "transport") or ["ssl"]
    return bool({"certificate", "ssl"} & {*([ways] if isinstance(ways, str) else ways)})
