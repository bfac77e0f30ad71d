# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""What an exception of a connection plugin or of its libraries means to a user, without any secret in it.

Their texts are not shown as they stand: which library raises what differs by release, and some texts hold addresses
of proxies with a login in them.
"""

from __future__ import annotations

import socket
import ssl
import typing as t

from ._windows import HostError, Unreachable

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

_SECRET_OPTIONS: t.Final = ("remote_password", "certificate_key_password", "proxy")

_CREDENTIALS: t.Final = (
    "Check user, password and the authentication that the connection is set to ({options}). It was tried once, so that "
    "no account is locked."
)
_OPTIONS: t.Final = {"winrm": "ansible_winrm_transport", "psrp": "ansible_psrp_auth"}

#: Names of exceptions by which a library says that the login failed; the libraries themselves are optional.
_LOGIN_ERRORS: t.Final = frozenset(
    {
        "InvalidCredentialsError",  # pywinrm
        "AuthenticationError",  # pypsrp
        "AuthenticationException",  # requests-credssp
        "KerberosExchangeError",  # requests-kerberos inside pywinrm
        "MutualAuthenticationError",
        "GSSError",
        "SpnegoError",  # pyspnego, and all that derive from it
    }
)


#: Turns an exception of a connection plugin or of its libraries into what a user is told.
Explain: t.TypeAlias = t.Callable[[Exception], HostError]


class Secrets(t.NamedTuple):
    """What must not be shown to anybody."""

    texts: tuple[str, ...]

    @classmethod
    def of(cls, connection: ConnectionBase) -> Secrets:
        options = (_option(connection, name) for name in _SECRET_OPTIONS)
        return cls(tuple(str(option) for option in options if option))

    def removed_from(self, text: str) -> str:
        for secret in self.texts:
            text = text.replace(secret, "********")
        return " ".join(text.split())


def _option(connection: ConnectionBase, name: str) -> object:
    try:
        return t.cast(t.Any, connection).get_option(name)
    except (KeyError, AttributeError):
        return None


def explain_exception(exc: Exception, transport: str, secrets: Secrets) -> HostError:
    """The HostError for an exception that came while connecting or sending.

    It is Unreachable unless the controller is at fault: a library is missing, an option is wrong.
    A refused login comes before the network: requests derives all its exceptions from OSError.
    """
    if isinstance(exc, HostError):
        return exc
    causes = list(_causes(exc))
    names = {base.__name__ for cause in causes for base in type(cause).__mro__}
    return (
        _explain_tls(causes)
        or _explain_login(names, transport)
        or _explain_network(causes, names)
        or _explain_plugin(exc, transport, secrets)
    )


def _explain_tls(causes: list[BaseException]) -> HostError | None:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(
                f"The TLS certificate of the host is not accepted: {getattr(cause, 'verify_message', 'not verified')}",
                "Have a valid certificate installed there, or name its authority in ansible_winrm_ca_trust_path "
                "(winrm) or ansible_psrp_ca_cert (psrp).",
            )
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return Unreachable(
                f"TLS with the host failed ({getattr(cause, 'reason', None) or 'no reason given'})",
                "Check that the port speaks HTTPS, and that host and controller have a TLS version in common.",
            )
    return None


def _explain_network(causes: list[BaseException], names: set[str]) -> HostError | None:
    kinds: tuple[tuple[bool, str, str], ...] = (
        (
            "ProxyError" in names,
            "The proxy between controller and host did not let the request through",
            "Check ansible_winrm_proxy or ansible_psrp_proxy and the proxy variables of the environment.",
        ),
        (
            any(isinstance(cause, socket.gaierror) for cause in causes),
            "The name of the host could not be resolved",
            "Check ansible_host and the name service.",
        ),
        (
            any(isinstance(cause, ConnectionRefusedError) for cause in causes),
            "The host refused the connection",
            "Check ansible_port, that WinRM is running there and listening on it, and the firewall.",
        ),
        (
            "ReadTimeout" in names,
            "The host accepted the connection but did not answer in time",
            "Look at its load and at anything between; a larger ansible_winrm_read_timeout_sec (winrm) or "
            "ansible_psrp_read_timeout (psrp) waits longer.",
        ),
        (
            bool({"ConnectTimeout", "TimeoutError"} & names),
            "The host did not answer in time",
            "Check that it is up, ansible_host, ansible_port and the firewall.",
        ),
        (
            any(isinstance(cause, OSError) for cause in causes),
            "The connection to the host broke off",
            "Check that WinRM is running there and that nothing between closes the connection; then run it again.",
        ),
    )
    return next((Unreachable(problem, next_step) for applies, problem, next_step in kinds if applies), None)


def _explain_login(names: set[str], transport: str) -> HostError | None:
    if names & _LOGIN_ERRORS:
        return Unreachable(
            "The host refused the login", _CREDENTIALS.format(options=_OPTIONS.get(transport, transport))
        )
    return None


def _explain_plugin(exc: Exception, transport: str, secrets: Secrets) -> HostError:
    """What the connection plugin itself says is meant for users; AnsibleConnectionFailure is its word for lost."""
    if isinstance(exc, ImportError):
        return HostError(
            f"The Python library {exc.name} is missing on the controller", f"Install it: pip install {exc.name}."
        )
    text = secrets.removed_from(str(getattr(exc, "message", "") or exc)) or type(exc).__name__
    kinds = {base.__name__ for base in type(exc).__mro__}
    error = Unreachable if "AnsibleConnectionFailure" in kinds else HostError
    return error(f"The connection plugin {transport} failed: {text}", "See the documentation of its options.")


def _causes(exc: BaseException) -> t.Iterator[BaseException]:
    """An exception and all that it wraps: requests and urllib3 keep the cause in arguments and in ``reason``."""
    todo, seen = [exc], set[int]()
    while todo:
        current = todo.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        wrapped = (current.__cause__, current.__context__, getattr(current, "reason", None), *current.args)
        todo += [cause for cause in wrapped if isinstance(cause, BaseException)]
