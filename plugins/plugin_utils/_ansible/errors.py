# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""From an exception of a connection plugin or its libraries to an error for the user, without any secret in it.

Their texts are not shown as they are: which library raises what differs by release, and some texts hold addresses of
proxies with a login in them.
"""

from __future__ import annotations

import re
import ssl
import typing as t

from .._windows.host import HostError, LoginRefused, NotServed, NotTheHost, NotUnderstood, Unreachable
from .._windows.wmi_errors import next_step_after
from .secrets import Secrets, option

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

#: Turns an exception of a connection plugin or of its libraries into what a user sees.
Explain: t.TypeAlias = t.Callable[[Exception], HostError]

#: OpenSSL's words for a file that is not a certificate or key.
_BAD_PEM: t.Final = re.compile(r"\bPEM (lib|routines)\b|\[PEM\b")

#: Where a plugin has left only the text of an error: the words of OpenSSL and urllib3, of Python for a key that is not
#: text, and of pywinrm for a file that is missing.
_ABOUT_FILES: t.Final = re.compile(r"SSL|X509|PEM|codec can't decode|cert_(key_)?pem file not found|private key")

#: Python's words on a text that it can't encode, which may be a password.
_ONE_CHARACTER: t.Final = re.compile(r"characters? ('.*?' )?in position [\d-]+")

#: Packages whose name differs from the name of their module.
_PACKAGES: t.Final = {"winrm": "pywinrm", "spnego": "pyspnego"}

#: What pywinrm and pypsrp say of a library that they need only for some ways to log in.
_NOT_INSTALLED: t.Final = re.compile(r"([\w.-]+) is not installed")


class _ErrorRule(t.NamedTuple):
    """The meaning of an exception of one of these names among the causes.

    ``{text}`` in the problem is replaced by what the exception says.
    """

    names: t.AbstractSet[str]
    problem: str
    next_step: str
    error: type[HostError] = Unreachable


_REFUSED_LOGINS: t.Final = frozenset({"InvalidCredentialsError", "AuthenticationError"})  # pywinrm, pypsrp

# In place of the row with the same names where a certificate is the only way to log in.
_REFUSED_CERTIFICATE: t.Final = _ErrorRule(
    names=_REFUSED_LOGINS,
    error=LoginRefused,
    problem="The host refused the client certificate",
    next_step="Check that it has not expired, that the host trusts its issuer, that it is mapped to a user there "
    "(winrm enumerate winrm/config/service/certmapping), and that certificate authentication is enabled (winrm get "
    "winrm/config/service/auth).",
)

# By name, because the libraries are optional and rename their modules. The first row that applies is taken: a login
# that was refused comes before the network, since requests derives all its exceptions from OSError.
_ERROR_RULES: t.Final = (
    _ErrorRule(
        names={"InvalidURL", "InvalidSchema", "MissingSchema", "LocationParseError"},
        error=HostError,
        problem="The address of the host or of a proxy can't be used",
        next_step="Check ansible_host, ansible_port and the options that name a proxy.",
    ),
    _ErrorRule(
        names={"UnicodeEncodeError"},
        error=HostError,
        problem="The user name or the password has characters that basic authentication can't send",
        next_step="Use another authentication (ansible_winrm_transport, ansible_psrp_auth), or another password.",
    ),
    _ErrorRule(
        names={"SSLCertVerificationError"},
        problem="The TLS certificate of the host is not accepted",
        next_step="Install a valid certificate on the host, or set ansible_winrm_ca_trust_path (winrm) or "
        "ansible_psrp_ca_cert (psrp) to the certificate of its CA.",
    ),
    _ErrorRule(
        names={"SSLError"},
        problem="TLS with the host failed",
        next_step="Check that the port serves HTTPS, and that host and controller have a TLS version in common.",
    ),
    _ErrorRule(
        names=_REFUSED_LOGINS,
        error=LoginRefused,
        problem="The host refused the login",
        next_step="Check user and password, and the authentication that the connection uses (ansible_winrm_transport, "
        "ansible_psrp_auth). Nothing was repeated, but on many hosts a wrong password can lock the account.",
    ),
    _ErrorRule(
        names={
            "NTStatusException",  # requests-credssp, for a status that it knows
            "AuthenticationException",  # requests-credssp, for all else
        },
        error=LoginRefused,
        problem="The host refused the login: {text}",
        next_step="Check user and password, and that the host accepts CredSSP (run Enable-WSManCredSSP -Role Server on "
        "the host). Nothing was repeated, but on many hosts a wrong password can lock the account.",
    ),
    _ErrorRule(
        names={
            "MutualAuthenticationError",  # requests-kerberos, as pywinrm has it
        },
        error=NotTheHost,
        problem="The host did not prove its identity: {text}",
        next_step="Check that ansible_host leads to the host that the domain knows, and that nothing in between "
        "ends the connection.",
    ),
    _ErrorRule(
        names={
            "KerberosExchangeError",  # requests-kerberos, as pywinrm has it
            "GSSError",
            "Krb5Error",  # the KDC refused the password, for pyspnego
            "SpnegoError",  # pyspnego, and all that derive from it
        },
        problem="The login failed before the host accepted or refused it: {text}",
        next_step="Check user, password or ticket (klist), the clock, and the host's name in its service principal "
        "(ansible_winrm_kerberos_hostname_override, ansible_psrp_negotiate_hostname_override). Nothing was "
        "repeated.",
    ),
    _ErrorRule(
        names={"ProxyError"},
        problem="The proxy between controller and host did not let the request through",
        next_step="Check ansible_winrm_proxy or ansible_psrp_proxy and the proxy variables of the environment.",
    ),
    _ErrorRule(
        names={"gaierror"},
        problem="The name of the host could not be resolved",
        next_step="Check ansible_host and the name resolution (DNS).",
    ),
    _ErrorRule(
        names={"ConnectionRefusedError"},
        problem="The host refused the connection",
        next_step="Check ansible_port, that WinRM is running there and listening on it, and the firewall.",
    ),
    _ErrorRule(
        names={"ReadTimeout"},
        problem="The host accepted the connection but did not answer in time",
        next_step="Check its load and anything in between, or raise ansible_winrm_read_timeout_sec (winrm) or "
        "ansible_psrp_read_timeout (psrp).",
    ),
    _ErrorRule(
        names={"ConnectTimeout", "TimeoutError"},
        problem="The host did not answer in time",
        next_step="Check that it is up, ansible_host, ansible_port and the firewall.",
    ),
    _ErrorRule(
        names={"WSManFaultError", "WinRMTransportError", "WinRMOperationTimeoutError"},
        error=NotServed,
        problem="WinRM on the host does not run a command for this user: {text}",
        next_step="Check that the user may open a shell there, and its quotas (winrm get winrm/config/winrs).",
    ),
    _ErrorRule(
        names={"OSError"},
        problem="The connection to the host was lost",
        next_step="Check that WinRM is running there and that nothing in between closes the connection, and try again.",
    ),
)


class Login(t.NamedTuple):
    """How a connection logs in."""

    #: Of the connection plugin, as it calls itself.
    transport: str
    secrets: Secrets
    #: Whether a certificate is the only way to log in.
    by_certificate: bool = False

    @classmethod
    def of(cls, connection: ConnectionBase) -> Login:
        ways = option(connection, "auth" if connection.transport == "psrp" else "transport")
        return cls(connection.transport, Secrets.of(connection), ways in ("certificate", ["certificate"]))


def explain_exception(exc: Exception, login: Login) -> HostError:
    """The HostError for an exception that came while connecting or sending.

    It is Unreachable unless the controller is at fault: a library is missing, or an option is wrong.
    """
    if isinstance(exc, HostError):
        return exc
    if status := _status_of_page(exc):
        return NotUnderstood(
            f"Something at the address of the host answers with HTTP status {status} and no WS-Management content",
            next_step_after(status),
        )
    said = _ONE_CHARACTER.sub("a character", str(getattr(exc, "message", "") or exc))
    text = login.secrets.shown(said) or type(exc).__name__
    transport = login.transport
    own_names = _names(exc)
    if "AnsibleError" in own_names:  # said by the plugin itself, for users; a lost host has a class of its own
        if transport == "psrp" and (known := _by_cause(exc, login, text)):  # it wraps what its libraries raise
            return known
        error = Unreachable if "AnsibleConnectionFailure" in own_names else HostError
        if text.startswith("sshpass error"):  # ansible/ansible issue 86961
            return error(
                f"The connection plugin {transport} failed: {text}",
                "From ansible-core 2.19 on, the plugin also reports a failed command as an error of sshpass: set "
                "ansible_ssh_password_mechanism to ssh_askpass.",
            )
        return error(f"The connection plugin {transport} failed: {text}", "See the documentation of its options.")
    if _is_about_a_file(exc):
        return HostError(
            f"A file that the connection needs can't be used: {text}",
            "Check the options that name certificates, keys and CAs.",
        )
    return _by_cause(exc, login, text) or _by_text(exc, transport, text)


def may_be_about_a_file(exc: BaseException) -> bool:
    """Whether a failure can come from a certificate or key file: in TLS, in reading one, or in a plugin's own words."""
    causes = list(_causes(exc))
    return bool(_ABOUT_FILES.search(str(exc))) or any(
        "SSLError" in _names(cause)
        or isinstance(cause, (UnicodeDecodeError, FileNotFoundError, IsADirectoryError, PermissionError))
        or (cause.__class__ is OSError and cause.errno is None)
        for cause in causes
    )


def _is_about_a_file(exc: Exception) -> bool:
    """requests raises a bare OSError for a certificate file that is missing, the ssl module one for a bad PEM file."""
    is_bare = exc.__class__ is OSError and exc.errno is None
    is_numbered = isinstance(exc, (FileNotFoundError, PermissionError)) and exc.errno is not None
    return is_bare or is_numbered or bool(_BAD_PEM.search(str(exc)))


def _status_of_page(exc: Exception) -> int | None:
    """The status of an HTTP error without a fault: of one with a fault, the libraries make another exception."""
    raised = next((cause for cause in _causes(exc) if "AnsibleError" not in _names(cause)), exc)
    return t.cast(t.Any, raised).code if type(raised).__name__ == "WinRMTransportError" else None


def _by_cause(exc: Exception, login: Login, text: str) -> HostError | None:
    causes = list(_causes(exc))
    names = frozenset[str]().union(*map(_names, causes))
    for rule in (_REFUSED_CERTIFICATE, *_ERROR_RULES) if login.by_certificate else _ERROR_RULES:
        if rule.names & names:
            detail = next(filter(None, (_detail(cause) for cause in causes if rule.names & _names(cause))), "")
            return rule.error(f"{rule.problem}{detail}".replace("{text}", text), rule.next_step)
    return None


def _detail(cause: BaseException) -> str:
    """Return the words of the ssl module on a failure. They are OpenSSL's and contain nothing of the user's."""
    if not isinstance(cause, ssl.SSLError):
        return ""
    words = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
    return f" ({words})" if isinstance(words, str) else ""


def _by_text(exc: Exception, transport: str, text: str) -> HostError:
    if library := _missing_library(exc, text):
        return HostError(
            f"The Python library {library} is missing on the controller", f"Install it: pip install {library}."
        )
    return HostError(f"The connection plugin {transport} failed: {text}", "See the documentation of its options.")


def _missing_library(exc: Exception, text: str) -> str | None:
    if isinstance(exc, ImportError) and exc.name:
        name = exc.name.partition(".")[0]
        return _PACKAGES.get(name, name)
    found = _NOT_INSTALLED.search(text)
    return found[1] if found else None


def _names(exc: BaseException) -> frozenset[str]:
    return frozenset(base.__name__ for base in type(exc).__mro__)


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
