# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A connection to a directory: TLS, login, search and modify, and what an error of it means."""

from __future__ import annotations

import contextlib
import typing as t

from .._group_policy.errors import DeadlineExceeded, GroupPolicyError, Undecided
from .._texts import shown
from .options import Options
from .tickets import no_login

try:
    import ldap
    import ldap.controls
    import ldap.sasl
except ImportError:
    pass  # libraries.py says so before this is used

_PAGE: t.Final = 500
#: libldap's strength of encryption in bits: at least that of a real cipher; none inside TLS, where a domain controller
#: refuses a second layer (MS-ADTS 5.1.1.1.2).
_ENCRYPTED, _NOT_TWICE = 56, 0


class Record(t.NamedTuple):
    """An object of the directory: its DN, and its attributes by their name in lower case."""

    dn: str
    attributes: dict[str, list[bytes]]

    def texts(self, name: str) -> list[str]:
        return [value.decode("utf-8", "replace") for value in self.attributes.get(name.lower(), [])]

    def text(self, name: str) -> str | None:
        return next(iter(self.texts(name)), None)

    def number(self, name: str) -> int | None:
        """A number, or None where there is none."""
        text = self.text(name)
        return None if text is None else int(text)


class LdapSession:
    """A session that is logged in. It ends with ``close``."""

    def __init__(self, server: str, options: Options) -> None:
        self._server = server
        self._options = options
        with self._explained():
            self._ldap = self._connect()
            self._login()

    def base(self, dn: str, attributes: t.Sequence[str]) -> Record:
        """Read one object."""
        with self._explained(dn):
            found = self._ldap.search_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", list(attributes))
        return next(iter(_records(found)), Record(dn, {}))

    def search(self, base: str, matching: str, attributes: t.Sequence[str]) -> list[Record]:
        """Read all objects below one that match a filter, page by page."""
        paging = ldap.controls.SimplePagedResultsControl(True, size=_PAGE, cookie="")
        records: list[Record] = []
        while True:
            with self._explained(base):
                request = self._ldap.search_ext(
                    base, ldap.SCOPE_SUBTREE, matching, list(attributes), serverctrls=[paging]
                )
                _type, found, _id, controls = self._ldap.result3(request, timeout=self._options.timeout)
            records += _records(found)
            pages = [control for control in controls if control.controlType == paging.controlType]
            if not pages or not pages[0].cookie:
                return records
            paging.cookie = pages[0].cookie

    def modify(self, dn: str, changes: list[t.Any]) -> None:
        """Change an object in one step. What the caller knows to explain is raised as python-ldap raises it.

        Raises:
            Undecided: whether it was changed is not known.
            GroupPolicyError: it was not.
        """
        try:
            self._ldap.modify_s(dn, changes)
        except (ldap.NO_SUCH_ATTRIBUTE, ldap.TYPE_OR_VALUE_EXISTS, ldap.CONSTRAINT_VIOLATION):
            raise
        except (ldap.SERVER_DOWN, ldap.TIMEOUT, ldap.CONNECT_ERROR, ldap.LOCAL_ERROR, DeadlineExceeded) as exc:
            raise Undecided(
                f"Whether the directory of {self._server} has changed the GPO is not known: {_said(exc)}",
                "Run the task again, which finishes the change.",
            ) from None
        except ldap.LDAPError as exc:
            raise self._explanation(exc, dn) from None

    def close(self) -> None:
        with contextlib.suppress(ldap.LDAPError):
            self._ldap.unbind_s()

    def _connect(self) -> t.Any:
        scheme, port = ("ldaps", 636) if self._options.tls == "ldaps" else ("ldap", 389)
        host = f"[{self._server}]" if ":" in self._server else self._server
        connection = ldap.initialize(f"{scheme}://{host}:{port}")
        for option, value in self._settings():
            connection.set_option(option, value)
        if self._options.tls == "starttls":
            connection.start_tls_s()
        return connection

    def _settings(self) -> t.Iterator[tuple[int, t.Any]]:
        options = self._options
        yield ldap.OPT_PROTOCOL_VERSION, ldap.VERSION3
        yield ldap.OPT_REFERRALS, ldap.OPT_OFF
        yield ldap.OPT_NETWORK_TIMEOUT, options.timeout
        yield ldap.OPT_TIMEOUT, options.timeout
        yield ldap.OPT_X_SASL_NOCANON, ldap.OPT_ON
        if options.tls == "none":
            yield ldap.OPT_X_SASL_SSF_MIN, _ENCRYPTED
            return
        yield ldap.OPT_X_SASL_SSF_MAX, _NOT_TWICE
        yield ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND if options.validate_certs else ldap.OPT_X_TLS_NEVER
        if options.ca_path:
            yield ldap.OPT_X_TLS_CACERTFILE, options.ca_path
        yield ldap.OPT_X_TLS_NEWCTX, 0

    def _login(self) -> None:
        login = self._options.login
        if login.kerberos:
            self._ldap.sasl_interactive_bind_s("", ldap.sasl.gssapi())
        else:
            self._ldap.simple_bind_s(login.username, login.password)

    @contextlib.contextmanager
    def _explained(self, dn: str = "") -> t.Iterator[None]:
        try:
            yield
        except ldap.LDAPError as exc:
            raise self._explanation(exc, dn) from None

    def _explanation(self, exc: Exception, dn: str) -> GroupPolicyError:
        """Return an error for the user. The server's text is quoted: it holds no secret, and may be in any language."""
        server, said = self._server, _said(exc)
        if isinstance(exc, ldap.INVALID_CREDENTIALS):
            return GroupPolicyError(
                f"The directory of {server} refused the login: {said}",
                "Check username (user@domain or DOMAIN\\user) and password. They were tried once only.",
            )
        if isinstance(exc, (ldap.SERVER_DOWN, ldap.CONNECT_ERROR)):
            return self._no_connection(said)
        if isinstance(exc, (ldap.STRONG_AUTH_REQUIRED, ldap.INAPPROPRIATE_AUTH, ldap.CONFIDENTIALITY_REQUIRED)):
            return GroupPolicyError(
                f"The directory of {server} wants another kind of login: {said}",
                "Set tls to ldaps, or auth to kerberos.",
            )
        if isinstance(exc, (ldap.LOCAL_ERROR, ldap.AUTH_UNKNOWN, ldap.AUTH_METHOD_NOT_SUPPORTED)):
            return no_login(Exception(said))
        if isinstance(exc, (ldap.INSUFFICIENT_ACCESS, ldap.NO_SUCH_OBJECT, ldap.INVALID_DN_SYNTAX)):
            return GroupPolicyError(
                f"The directory of {server} refused {dn}: {said}",
                "Check that the object exists, and that the user may read and edit it. Nothing was changed.",
            )
        return GroupPolicyError(f"The directory of {server} answered with an error: {said}", "Nothing was changed.")

    def _no_connection(self, said: str) -> GroupPolicyError:
        if self._options.tls == "none":
            advice = "Check the name of the server, the network, and that port 389 is open."
        else:
            advice = (
                "Check the name of the server, the network, that port 636 (389 for starttls) is open, and that the "
                "certificate has this name and an issuer that this host trusts: ca_path names another."
            )
        return GroupPolicyError(f"No connection to the directory of {self._server}: {said}", advice)


def _records(found: t.Iterable[t.Any]) -> list[Record]:
    """Without referrals, whose DN is None."""
    named = ((dn, attributes) for dn, attributes in found if dn is not None)
    return [Record(dn, {name.lower(): values for name, values in attributes.items()}) for dn, attributes in named]


def _said(exc: Exception) -> str:
    """The text of an error in one line: python-ldap gives its parts in a dictionary."""
    detail = exc.args[0] if exc.args else {}
    if not isinstance(detail, dict):
        return shown(str(exc))
    texts = (str(detail[part]).strip("\0 \n") for part in ("desc", "info") if detail.get(part))
    return shown(" - ".join(texts))
