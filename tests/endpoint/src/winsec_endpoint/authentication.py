# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is calling: one object for each TCP connection, because NTLM and Kerberos authenticate connections.

Basic is stateless and needs none of that; a later scheme keeps its handshake in such an object.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Verdict(NamedTuple):
    """`challenges` are the WWW-Authenticate headers of a 401."""

    accepted: bool
    challenges: tuple[str, ...] = ()


class Authentication(Protocol):
    """What the server asks at each request of a connection."""

    def check(self, headers: Mapping[str, str]) -> Verdict: ...


class BasicAuthentication:
    """RFC 7617; the realm is that of WinRM (recorded by pypsrp). Windows account names ignore case."""

    _CHALLENGE = Verdict(False, ('Basic realm="WSMAN"',))

    def __init__(self, username: str, password: str) -> None:
        self._expected = self._pair(username, password)

    def check(self, headers: Mapping[str, str]) -> Verdict:
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return self._CHALLENGE
        try:
            username, _, password = base64.b64decode(token, validate=True).decode("utf-8", "replace").partition(":")
        except binascii.Error:
            return self._CHALLENGE
        return Verdict(True) if hmac.compare_digest(self._pair(username, password), self._expected) else self._CHALLENGE

    @staticmethod
    def _pair(username: str, password: str) -> bytes:
        return f"{username.lower()}:{password}".encode()
