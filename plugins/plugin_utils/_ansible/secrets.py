# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The secrets of an Ansible connection, and how to mask them in a text."""

from __future__ import annotations

import re
import typing as t
import urllib.parse
import urllib.request

from ...module_utils._texts import shown

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

_SECRET_OPTIONS: t.Final = (
    "remote_password",  # winrm, psrp
    "certificate_key_password",  # psrp of ansible-core 2.21; older ones hand it over as a variable that they don't know
    "password",  # ssh
    "private_key_passphrase",  # ssh
)
#: Where a library may cut a password in an address. A piece that is shorter than this says nothing about it.
_IN_USER_INFO: t.Final = re.compile(r"[:/?#@]")
_PIECE: t.Final = 4
_SHORT: t.Final = 8


class Secrets(t.NamedTuple):
    """The texts that nobody may see."""

    texts: tuple[str, ...]

    @classmethod
    def of(cls, connection: ConnectionBase) -> Secrets:
        texts = {str(option(connection, name) or "") for name in _SECRET_OPTIONS}
        texts.update(str(text) for name, text in extras(connection).items() if "password" in name)
        for address in _proxies(connection):
            texts.update(_secrets_of_address(address))
        texts.discard("")
        # Of two that begin alike, the longer one first, or its end would be left.
        return cls(tuple(sorted(texts, key=len, reverse=True)))

    def masked(self, text: str) -> str:
        """The text without secrets; nothing of it where masking would reveal a short one."""
        for secret in self.texts:
            for form in _forms(secret):
                if form in text and len(secret) < _SHORT:
                    return "(message withheld: it contains a secret)"
                text = text.replace(form, "********")
        return text

    def shown(self, text: str) -> str:
        """The text of a host or of a library without secrets, in one line, visible and cut."""
        return shown(self.masked(text))


def _forms(secret: str) -> list[str]:
    """How a text may have it, the longest first: as it is, in one line, as Python shows it, and in an address."""
    forms = {secret, " ".join(secret.split()), repr(secret)[1:-1], urllib.parse.quote(secret, safe="")} - {""}
    return sorted(forms, key=len, reverse=True)


def option(connection: ConnectionBase, name: str) -> t.Any:
    """The value of an option; None where the plugin has no such option."""
    try:
        return t.cast(t.Any, connection).get_option(name)
    except (KeyError, AttributeError):
        return None


def extras(connection: ConnectionBase) -> dict[str, t.Any]:
    """Variables that the plugin does not know as options, and hands over to its library as they are."""
    extras = option(connection, "_extras")
    return extras if isinstance(extras, dict) else {}


def _proxies(connection: ConnectionBase) -> t.Iterator[str]:
    """The proxies of psrp, of winrm, and of requests. No other plugin speaks HTTP."""
    if connection.transport not in ("winrm", "psrp"):
        return
    named = option(connection, "proxy"), extras(connection).get("ansible_winrm_proxy")
    for address in (*named, *urllib.request.getproxies().values()):
        if address:
            yield str(address)


def _secrets_of_address(address: str) -> t.Iterator[str]:
    """The address with a login in it, and the password, as a library may show or cut it."""
    login, at, _host = address.split("://", 1)[-1].rpartition("@")
    _user, colon, password = login.partition(":")
    if at and colon:
        yield from (address, password, urllib.parse.unquote(password))
        yield from (piece for piece in _IN_USER_INFO.split(password) if len(piece) >= _PIECE)
