# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions of connection plugins and their libraries become messages without secrets."""

from __future__ import annotations

import socket
import ssl
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.errors import Login, explain_exception
from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.secrets import Secrets
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import (
    AccessDenied,
    NotServed,
    NotUnderstood,
    Unreachable,
)

from ..connections import Connection

PASSWORD = "correct horse"
SECRETS = Secrets((PASSWORD,))


class AnsibleError(Exception):
    """By this name only: the collection's pure parts are tested without Ansible."""


class AnsibleConnectionFailure(AnsibleError): ...


class ProxyError(OSError): ...


class ReadTimeout(OSError): ...


class ConnectTimeout(OSError): ...


class InvalidURL(ValueError, OSError): ...


class InvalidCredentialsError(Exception): ...


class WinRMError(Exception): ...


class SpnegoError(Exception): ...


class AuthenticationException(Exception): ...


class NTStatusException(Exception): ...


class NoCredentialError(SpnegoError): ...


class Krb5Error(Exception): ...


class MutualAuthenticationError(Exception): ...


class MaxRetryError(Exception):
    """As urllib3 has it: the cause is in ``reason``."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(f"Max retries exceeded with url http://user:{PASSWORD}@proxy/ (Caused by {reason!r})")
        self.reason = reason


class RequestsConnectionError(OSError):
    """As requests has it: the error of urllib3 is its argument."""


def certificate(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError()
    error.verify_message = message
    return error


def raised_from(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("exception", "words"),
    [
        (RequestsConnectionError(MaxRetryError(certificate("certificate has expired"))), "certificate has expired"),
        (RequestsConnectionError(MaxRetryError(ssl.SSLError(1, "wrong version number"))), "TLS with the host failed"),
        (RequestsConnectionError(MaxRetryError(socket.gaierror(-2, "x"))), "name of the host could not be resolved"),
        (RequestsConnectionError(MaxRetryError(ConnectionRefusedError(111, "x"))), "refused the connection"),
        (raised_from(RequestsConnectionError(), ConnectionRefusedError(111, "x")), "refused the connection"),
        (RequestsConnectionError(MaxRetryError(TimeoutError())), "did not answer in time"),
        (ConnectTimeout(), "The host did not answer in time"),
        (ReadTimeout(), "accepted the connection but did not answer in time"),
        (ProxyError(MaxRetryError(ConnectionRefusedError())), "The proxy between controller and host"),
        (ConnectionResetError(104, "x"), "was lost"),
        (raised_from(InvalidCredentialsError(PASSWORD), OSError("401")), "refused the login"),
        (raised_from(NTStatusException("0xc000006d"), SpnegoError()), "refused the login: 0xc000006d"),
        (raised_from(AuthenticationException(f"x {PASSWORD}"), SpnegoError()), "refused the login: x ********"),
        (NoCredentialError(f"no ticket {PASSWORD}"), "login failed before the host accepted or refused it: no"),
        (MutualAuthenticationError("no proof"), "The host did not prove its identity: no proof"),
        (Krb5Error("Decrypt integrity check failed"), "failed before the host accepted or refused it: Decrypt"),
        (AnsibleConnectionFailure(f"kinit: {PASSWORD} is wrong"), "winrm failed: kinit: ******** is wrong"),
        (raised_from(AnsibleConnectionFailure("no kinit here"), FileNotFoundError(2, "kinit")), "no kinit here"),
    ],
)
def test_a_host_that_is_lost_or_refuses_the_login_is_unreachable(exception: Exception, words: str) -> None:
    found = explain_exception(exception, Login("winrm", SECRETS))
    assert isinstance(found, Unreachable)
    assert words in str(found)
    assert PASSWORD not in str(found)


@pytest.mark.parametrize(
    ("exception", "words"),
    [
        (AnsibleError(f"unsupported transport, {PASSWORD}"), "unsupported transport, ********"),
        (ModuleNotFoundError("No module named 'pypsrp'", name="pypsrp"), "pip install pypsrp"),
        (ValueError("The encryption value 'x' must be auto"), "The encryption value"),
        (RuntimeError(), "RuntimeError"),
        (ImportError("Cannot use it as requests-credssp is not installed: x"), "pip install requests-credssp."),
        (ModuleNotFoundError("x", name="winrm.protocol"), "pip install pywinrm."),
        (ModuleNotFoundError("x", name="pypsrp"), "pip install pypsrp."),
        (WinRMError("auth method is ntlm, but requests_ntlm is not installed"), "requests_ntlm is missing"),
        (OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /none.pem"), "/none.pem"),
        (InvalidURL(f"http://u:{PASSWORD}@proxy:99999"), "The address of the host or of a proxy can't be used"),
        (ssl.SSLError("[SSL] PEM lib (_ssl.c:3900)"), "certificates, keys and CAs"),
    ],
)
def test_a_mistake_on_the_controller_fails_the_task(exception: Exception, words: str) -> None:
    found = explain_exception(exception, Login("psrp", SECRETS))
    assert not isinstance(found, Unreachable)
    assert words in str(found)
    assert PASSWORD not in str(found)


class WSManFaultError(WinRMError):
    """As pywinrm has it: the text of the host is in ``reason`` as well."""

    @property
    def reason(self) -> str:
        return str(self)


class WinRMTransportError(Exception):
    """As pypsrp has it: the status of HTTP is in ``code``, and the text has all of the body in it."""

    def __init__(self, code: int, body: str = "") -> None:
        super().__init__(f"Bad HTTP response returned from the server. Code: {code}, Content: '{body}'")
        self.code = code


def test_a_shell_that_the_host_refuses_is_not_a_lost_host() -> None:
    refusal = WSManFaultError(f"Access is denied. {PASSWORD}")
    wrapped = raised_from(AnsibleConnectionFailure("failure during runspace open: Access is denied."), refusal)
    for exception, transport in ((refusal, "winrm"), (wrapped, "psrp")):
        found = explain_exception(exception, Login(transport, SECRETS))
        assert isinstance(found, NotServed)
        assert "does not run a command for this user: " in str(found)
        assert "Access is denied." in str(found)
        assert PASSWORD not in str(found)


def test_a_page_of_a_proxy_is_told_by_its_status_only() -> None:
    error = WinRMTransportError(502, "<html>" * 1000)
    wrapped = raised_from(AnsibleConnectionFailure(f"failure during runspace open: {error}"), error)
    for exception, transport in ((error, "winrm"), (wrapped, "psrp")):
        found = explain_exception(exception, Login(transport, SECRETS))
        assert isinstance(found, NotUnderstood)
        assert "answers with HTTP status 502 and no WS-Management content" in str(found)
        assert "html" not in str(found)


@pytest.mark.parametrize(
    ("transport", "options", "words"),
    [
        ("winrm", {"transport": ["certificate"]}, "refused the client certificate"),
        ("winrm", {"transport": ["certificate", "ntlm"]}, "refused the login"),
        ("winrm", {"transport": None}, "refused the login"),
        ("psrp", {"auth": "certificate"}, "refused the client certificate"),
        ("psrp", {"auth": "negotiate"}, "refused the login"),
    ],
)
def test_what_was_refused_is_named(transport: str, options: dict[str, t.Any], words: str) -> None:
    login = Login.of(t.cast(t.Any, Connection(transport, options)))
    assert words in str(explain_exception(InvalidCredentialsError(), login))


def test_an_exit_status_taken_for_one_of_sshpass_is_explained() -> None:
    found = explain_exception(AnsibleConnectionFailure("sshpass error: "), Login("ssh", SECRETS))
    assert "set ansible_ssh_password_mechanism to ssh_askpass" in str(found)


def test_a_realm_is_not_a_file() -> None:
    found = explain_exception(SpnegoError('Cannot find KDC for realm "PEMEX.COM"'), Login("winrm", SECRETS))
    assert isinstance(found, Unreachable)
    assert "failed before the host accepted or refused it" in str(found)


@pytest.mark.parametrize("text", ["pa€w€rd", "pa€€w€rd"])
def test_no_character_of_a_password_is_told_that_can_not_be_encoded(text: str) -> None:
    with pytest.raises(UnicodeEncodeError) as caught:
        text.encode("latin-1")
    found = explain_exception(caught.value, Login("winrm", SECRETS))
    assert "has characters that basic authentication can't send" in str(found)
    by_plugin = explain_exception(AnsibleConnectionFailure(f"basic: {caught.value}"), Login("winrm", SECRETS))
    for message in (str(found), str(by_plugin)):
        assert not any(told in message for told in ("20ac", "€", "position"))


def test_stars_do_not_spell_a_short_password() -> None:
    found = explain_exception(AnsibleError("failed to parse operation_timeout"), Login("winrm", Secrets(("p",))))
    assert "********" not in str(found)
    assert "parse" not in str(found)


def test_what_is_explained_already_stays_as_it_is() -> None:
    known = AccessDenied("a", "b")
    assert explain_exception(known, Login("winrm", SECRETS)) is known


def test_a_circle_of_causes_ends() -> None:
    one, two = ConnectionError("1"), ConnectionError("2")
    one.__cause__, two.__cause__ = two, one
    assert isinstance(explain_exception(one, Login("winrm", SECRETS)), Unreachable)
