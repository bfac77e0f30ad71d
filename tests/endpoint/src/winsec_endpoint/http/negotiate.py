# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NTLM and Kerberos behind `Negotiate`, and CredSSP, by pyspnego as acceptor (jborean93.github.io/pyspnego).

A client of `Negotiate` may send SPNEGO tokens or bare ones (RFC 4559, MS-WSMV 2.2.9.1.1.1); pyspnego tells them apart.
"""

from __future__ import annotations

import base64
import os
import struct
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import spnego
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from .authentication import BadMessage, Verdict

# TypeError and RuntimeError if a structure of CredSSP lacks elements. AttributeError if GSSAPI refuses a token with
# one of its own, as for wrong channel bindings: python-gssapi keeps that error for later, and pyspnego asks for more.
_FAILURES = (SpnegoError, ValueError, struct.error, TypeError, RuntimeError, AttributeError)
_NTLM_ACCOUNTS = "NTLM_USER_FILE"
_NTLM_TOKEN = b"NTLMSSP\0"
_NTLM_BINDINGS = struct.pack("<HH", 10, 16)  # head of the AV_PAIR MsvAvChannelBindings: MS-NLMP 2.2.2.1


class Negotiate:
    """One connection's context. `channel` identifies the TLS channel (RFC 5929), None without TLS."""

    _protocol = "negotiate"

    def __init__(self, mechanisms: Collection[str], username: str, password: str, channel: bytes | None) -> None:
        self._mechanisms = mechanisms
        self._username = username
        self._password = password
        self._bindings = GssChannelBindings(application_data=channel) if channel else None
        self._context: spnego.ContextProxy | None = None

    def check(self, scheme: str, token: str) -> Verdict:
        """Each new token after a completed login begins another one."""
        try:
            given = base64.b64decode(token, validate=True)
            with _account(self._username, self._password if "ntlm" in self._mechanisms else None):
                if self._context is None or self._context.complete:
                    self._context = spnego.server(service="HTTP", protocol=self._protocol)
                answer = self._context.step(given, channel_bindings=self._bindings_for(given))
        except _FAILURES:
            return self._refused()
        replies = (f"{scheme} {base64.b64encode(answer).decode()}",) if answer else ()
        if self._has_failed(self._context, answer):
            return self._refused(replies)
        if not self._context.complete:
            return Verdict(False, self._mechanism, "begun", replies)
        if not self._is_welcome(self._context):
            return self._refused()
        return Verdict(True, self._mechanism, "accepted", replies, _Session(self._context))

    def standing(self) -> Verdict | None:
        if self._context and self._context.complete:
            return Verdict(True, self._mechanism, session=_Session(self._context))
        return None

    @property
    def _mechanism(self) -> str:
        return (self._context.negotiated_protocol if self._context else None) or ""

    @staticmethod
    def _has_failed(_context: spnego.ContextProxy, _answer: bytes | None) -> bool:
        """Whether the login is over although nothing was raised."""
        return False

    def _is_welcome(self, context: spnego.ContextProxy) -> bool:
        principal = (context.client_principal or "").lower()
        return context.negotiated_protocol in self._mechanisms and principal == self._username.lower()

    def _refused(self, replies: tuple[str, ...] = ()) -> Verdict:
        verdict = Verdict(False, self._mechanism, "refused", replies)
        self._context = None
        return verdict

    def _bindings_for(self, token: bytes) -> GssChannelBindings | None:
        """Bindings are compared where the client sends some: CbtHardeningLevel=Relaxed, the default of WinRM.

        GSSAPI does that by itself; pyspnego's NTLM would insist on them.
        """
        return None if _NTLM_TOKEN in token and _NTLM_BINDINGS not in token else self._bindings


class CredSsp(Negotiate):
    """NTLM inside TLS inside the header, and then the password itself: MS-CSSP 3.1.5.

    It is bound to that TLS by the certificate's key, so that the one around HTTP does not matter.
    """

    _protocol = "credssp"

    def __init__(self, username: str, password: str) -> None:
        super().__init__(["ntlm"], username, password, channel=None)

    @property
    def _mechanism(self) -> str:
        return "credssp"

    @staticmethod
    def _has_failed(context: spnego.ContextProxy, answer: bytes | None) -> bool:
        """A last token tells clients of versions 3, 4 and 6 why; to others there is no token (MS-CSSP 2.2.1)."""
        told = context.get_extra_info("auth_stage") == "Authentication failure"
        return told or (answer is None and not context.complete)


class _Session:
    def __init__(self, context: spnego.ContextProxy) -> None:
        self._context = context

    def seal(self, message: bytes) -> tuple[bytes, bytes]:
        wrapped = self._context.wrap_winrm(message)
        return wrapped.header, wrapped.data

    def open(self, signature: bytes, sealed: bytes) -> bytes:
        try:
            return self._context.unwrap_winrm(signature, sealed)
        except _FAILURES as error:
            raise BadMessage(str(error)) from error


@contextmanager
def _account(username: str, password: str | None) -> Iterator[None]:
    """pyspnego knows NTLM accounts from a file only, which an environment variable names. Without one: no NTLM.

    The event loop runs nothing else meanwhile, so that no host takes another's account.
    """
    os.environ.pop(_NTLM_ACCOUNTS, None)
    if password is None:
        yield
        return
    domain, _, user = username.rpartition("\\")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as accounts:
        accounts.write(f"{domain}:{user}:{password}\n")
        accounts.flush()
        os.environ[_NTLM_ACCOUNTS] = accounts.name
        try:
            yield
        finally:
            del os.environ[_NTLM_ACCOUNTS]
