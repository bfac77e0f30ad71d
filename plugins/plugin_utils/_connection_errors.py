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

from ._windows import HostError, NotUnderstood, Unreachable

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


_SHORT: t.Final = 8

#: Names of exceptions by which requests and urllib3 say that they can't use an address, of the host or of a proxy.
_ADDRESS_ERRORS: t.Final = frozenset({"InvalidURL", "InvalidSchema", "MissingSchema", "LocationParseError"})

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
        """The text in one line without secrets; nothing of it where stars in it would tell what a short one is."""
        for secret in self.texts:
            if secret in text and len(secret) < _SHORT:
                return "(its message holds a secret and is not shown)"
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
        _explain_options(exc, names, secrets)
        or _explain_tls(causes)
        or _explain_login(names, transport)
        or _explain_answer(names)
        or _explain_network(causes, names)
        or _explain_plugin(exc, transport, secrets)
    )


def _explain_options(exc: Exception, names: set[str], secrets: Secrets) -> HostError | None:
    """A mistake on the controller. requests derives these from OSError too, or raises OSError itself for a file."""
    text = secrets.removed_from(str(exc))
    if names & _ADDRESS_ERRORS:
        return HostError(
            f"The address of the host or of a proxy can't be used: {text}", "Check the connection's options."
        )
    is_about_a_file = exc.__class__ is OSError and exc.errno is None
    if is_about_a_file or isinstance(exc, (FileNotFoundError, PermissionError)) or "PEM" in text:
        return HostError(
            f"A file that the connection needs can't be used: {text or type(exc).__name__}",
            "Check the options that name certificates, keys and authorities.",
        )
    return None


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


def _explain_answer(names: set[str]) -> HostError | None:
    if "TooManyRedirects" in names:
        what = "with one redirect after the other"
    elif names & {"ContentDecodingError", "DecodeError"}:
        what = "in an encoding that can't be decoded"
    else:
        return None
    return NotUnderstood(f"Something at the address of the host answers {what}", "Check host, port and proxy.")


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
    if isinstance(exc, ImportError) and exc.name:
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
