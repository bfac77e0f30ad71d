# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is calling: what a host accepts, and what one TCP connection has shown of it so far.

Schemes and their settings: MS-WSMV 3.1.4.1.29.2. NTLM, Kerberos and CredSSP authenticate connections, so there is one
`Login` for each; Basic and certificates are stateless and have no part in that.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple, Protocol

from cryptography import x509

Mechanism = Literal["basic", "ntlm", "kerberos", "credssp", "certificate"]

#: The Authorization header of a client that logs in with its TLS certificate: DSP0226 annex C.
MUTUAL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"

_SCHEMES: Mapping[str, str] = {
    MUTUAL: "certificate",
    "basic": "basic",
    "negotiate": "spnego",
    "kerberos": "spnego",
    "credssp": "credssp",
}


class BadMessage(ValueError):
    """It can't be decrypted."""


class Session(Protocol):
    """The keys of a login by NTLM, Kerberos or CredSSP, which sign and encrypt."""

    def seal(self, message: bytes) -> tuple[bytes, bytes]: ...

    def open(self, signature: bytes, sealed: bytes) -> bytes: ...


class Verdict(NamedTuple):
    """The outcome of a request's login.

    `login` is empty for a request without credentials, be its connection logged in or not; "begun" while more has to
    follow; one "accepted" or "refused" stands for one attempt.
    """

    accepted: bool
    mechanism: str = ""
    login: Literal["", "begun", "accepted", "refused"] = ""
    replies: tuple[str, ...] = ()  # WWW-Authenticate headers of the answer
    session: Session | None = None


class Way(Protocol):
    """A way to log in, on one connection."""

    def check(self, scheme: str, token: str) -> Verdict: ...

    def standing(self) -> Verdict | None:
        """Return the login of a request without credentials."""


class Login:
    """The ways that a host accepts, on one connection."""

    def __init__(self, ways: Mapping[str, Way], offers: Sequence[str]) -> None:
        self._ways = ways
        self.offers = tuple(offers)

    def check(self, headers: Mapping[str, str]) -> Verdict:
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme:
            way = self._ways.get(_SCHEMES.get(scheme.lower(), ""))
            verdict = way.check(scheme, token) if way else Verdict(False, login="refused")
        else:
            verdict = next(filter(None, (way.standing() for way in self._ways.values())), Verdict(False))
        if verdict.accepted or verdict.login == "begun":
            return verdict
        return verdict if verdict.replies else verdict._replace(replies=self.offers)


class Basic:
    """RFC 7617. Windows account names ignore case."""

    def __init__(self, username: str, password: str) -> None:
        self._expected = self._pair(username, password)

    def check(self, _scheme: str, token: str) -> Verdict:
        try:
            username, _, password = base64.b64decode(token, validate=True).decode("utf-8", "replace").partition(":")
        except binascii.Error:
            return Verdict(False, "basic", "refused")
        accepted = hmac.compare_digest(self._pair(username, password), self._expected)
        return Verdict(accepted, "basic", "accepted" if accepted else "refused")

    def standing(self) -> None:
        """Credentials come with every request."""

    @staticmethod
    def _pair(username: str, password: str) -> bytes:
        return f"{username.lower()}:{password}".encode()


class Certificate:
    """The one certificate that the host maps to its account; 401 for any other (diyan/pywinrm 311).

    Assumed: 401 for an expired certificate and for none at all, too.
    """

    def __init__(self, mapped: bytes, shown: bytes | None) -> None:
        self._mapped = mapped
        self._shown = shown

    def check(self, _scheme: str, _token: str) -> Verdict:
        accepted = self._shown == self._mapped and _is_current(self._mapped)
        return Verdict(accepted, "certificate", "accepted" if accepted else "refused")

    def standing(self) -> None:
        """The header names the mechanism in every request."""


def _is_current(certificate: bytes) -> bool:
    parsed = x509.load_der_x509_certificate(certificate)
    return parsed.not_valid_before_utc <= datetime.now(UTC) <= parsed.not_valid_after_utc
