# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard passes what the keys of an encrypted session decrypt, and nothing of a login but its challenges."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.guard import Guard, SessionForgotten, guard_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import (
    HostError,
    NotTheHost,
    NotUnderstood,
    Unreachable,
)

from ..connections import visit
from ..envelopes import MESSAGE_ID, envelope

SPNEGO = 'protocol="application/HTTP-SPNEGO-session-encrypted"'
SEALED = {"Content-Type": f'multipart/encrypted;{SPNEGO};boundary="Encrypted Boundary"'}
CLEAR = {"Content-Type": "application/soap+xml;charset=UTF-8"}
TOKEN = {"Authorization": "Negotiate TlRMTVNTUAAB"}
REQUEST = (
    "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'"
    " xmlns:a='http://schemas.xmlsoap.org/ws/2004/08/addressing'>"
    f"<s:Header><a:MessageID>{MESSAGE_ID}</a:MessageID></s:Header><s:Body/></s:Envelope>"
)


class TransportError(Exception):
    """As both libraries have it."""

    def __init__(self, protocol: str, code: int, response_text: t.Any) -> None:
        super().__init__(protocol, code)
        self.code = code
        self.response_text = response_text


class Response(types.SimpleNamespace):
    content = b"..."

    def close(self) -> None:
        self.closed = True


class Retries:
    """Those of urllib3."""


class Network:
    """An adapter of requests that answers as it is told to."""

    max_retries = Retries()

    def __init__(self, response: Response) -> None:
        self.response = response
        self.sent = 0

    def get_connection(self, *_where: t.Any) -> t.NoReturn:
        raise NotImplementedError

    def send(self, _request: t.Any, **_options: t.Any) -> Response:
        self.sent += 1
        return self.response


class Transport:
    """As much of either library as the guard stands around."""

    def __init__(self, status: int, headers: dict[str, str], result: bytes | Exception = b"") -> None:
        self.network = Network(Response(status_code=status, headers=headers))
        self.session = types.SimpleNamespace(adapters={"http://": self.network}, auth=None)
        self.result = result
        self.request = types.SimpleNamespace(headers={**SEALED}, body=b"sealed")

    def send(self, _message: bytes) -> bytes:
        self.exchange()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def exchange(self) -> None:
        self.session.adapters["http://"].send(self.request)


def guarded(transport: t.Any, *, encrypts: bool = True) -> Guard:
    def explain(exc: Exception) -> HostError:
        return exc if isinstance(exc, HostError) else Unreachable("Lost", "Wait.")

    return Guard(transport, TransportError, visit(explain), encrypts=encrypts).guard("send", "exchange")


@pytest.mark.parametrize("result", [b"decrypted", TransportError("http", 500, "decrypted")])
def test_what_was_decrypted_passes(result: bytes | Exception) -> None:
    transport = Transport(200, SEALED, result)
    guard = guarded(transport)
    assert guard_of(transport) is guard
    if isinstance(result, bytes):
        assert guard.post(b"message") == result
    else:
        with pytest.raises(TransportError):
            guard.post(b"message")
        with pytest.raises(TransportError):
            guard.post(b"and it may go on")


OTHERS = {
    "in the clear": CLEAR,
    "without a type": {},
    "another protocol": {"Content-Type": 'multipart/encrypted;protocol="application/x";boundary="Encrypted Boundary"'},
    "another one first": {"Content-Type": f'multipart/encrypted;protocol="x";{SPNEGO}'},
    "another multipart": {"Content-Type": f"multipart/mixed;{SPNEGO}"},
    "the protocol elsewhere": {"Content-Type": f"text/html;{SPNEGO}"},
    "in capitals": {"Content-Type": f"Multipart/Encrypted;{SPNEGO}"},
}


@pytest.mark.parametrize("status", [200, 204, 304, 307, 400, 401, 403, 404, 500, 503])
@pytest.mark.parametrize("headers", OTHERS.values(), ids=OTHERS)
def test_what_a_library_would_not_decrypt_is_not_the_hosts(status: int, headers: dict[str, str]) -> None:
    transport = Transport(status, headers, b"believed")
    guard = guarded(transport)
    with pytest.raises(NotTheHost, match=f"not the host that was asked.*HTTP status {status}") as caught:
        guard.post(b"message")
    assert isinstance(caught.value, SessionForgotten) == (status in (400, 401))
    assert transport.network.response.closed
    for send in (guard.post, guard.send):
        with pytest.raises(NotTheHost):
            send(b"another message")
    assert transport.network.sent == 1, "it was the last request"


@pytest.mark.parametrize(
    "result",
    [b"", TransportError("http", 500, ""), TransportError("http", 500, b""), ValueError("tampered"), LookupError()],
    ids=str,
)
def test_what_claims_to_be_encrypted_has_to_decrypt_to_something(result: bytes | Exception) -> None:
    with pytest.raises(NotTheHost):
        guarded(Transport(500, SEALED, result)).post(b"message")


def test_nothing_goes_out_in_the_clear() -> None:
    """pywinrm would send the next message so, after a login that did not come to its end."""
    transport = Transport(200, CLEAR, b"believed")
    transport.request.headers = {**CLEAR}
    with pytest.raises(HostError, match="can't encrypt"):
        guarded(transport).post(b"message")
    assert transport.network.sent == 0


@pytest.mark.parametrize(
    ("status", "headers", "refusal"),
    [
        (401, {}, ""),
        (401, TOKEN, ""),
        (200, TOKEN, ""),
        (200, {}, "it asks for no login"),
        (307, TOKEN, "HTTP status 307"),
        (500, TOKEN, "HTTP status 500"),
        (403, {}, "HTTP status 403"),
    ],
)
def test_in_the_clear_come_only_the_parts_of_a_login(status: int, headers: dict[str, str], refusal: str) -> None:
    transport = Transport(status, CLEAR, b"what comes next")
    transport.request = types.SimpleNamespace(headers={**headers}, body=None)
    guard = guarded(transport)
    if not refusal:
        guard.post(b"message")
        return
    with pytest.raises(NotTheHost, match=refusal):
        guard.post(b"message")


class CredSsp(types.SimpleNamespace):
    contexts: t.Any


HttpCredSSPAuth = type("HttpCredSSPAuth", (CredSsp,), {})


@pytest.mark.parametrize("context", [types.SimpleNamespace(_context=types.SimpleNamespace(complete=False)), object()])
def test_a_login_with_credssp_has_to_be_complete_before_a_message(context: object) -> None:
    transport = Transport(200, SEALED, b"decrypted")
    transport.session.auth = HttpCredSSPAuth(contexts={"host": context})
    with pytest.raises(NotTheHost, match="did not prove"):
        guarded(transport).post(b"message")
    assert transport.network.sent == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_ends_it_where_nothing_is_encrypted_too(status: int) -> None:
    transport = Transport(status, CLEAR, b"elsewhere")
    guard = guarded(transport, encrypts=False)
    for _attempt in range(2):
        with pytest.raises(NotUnderstood, match=f"redirects to another one .HTTP status {status}"):
            guard.post(b"message")
    assert transport.network.sent == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308, 399, 401])
def test_nor_does_one_that_claims_to_be_encrypted_lead_to_another_login(status: int) -> None:
    """requests follows the one and logs in again for the other, before either library would decrypt the answer."""
    transport = Transport(status, SEALED, b"believed")
    guard = guarded(transport)
    words = "has forgotten the session" if status == 401 else "it redirects to another address"
    for _attempt in range(2):
        with pytest.raises(NotTheHost, match=f"{words} .HTTP status {status}"):
            guard.post(b"message")
    assert transport.network.sent == 1


def test_a_message_in_flight_is_followed_by_no_login() -> None:
    transport = Transport(200, SEALED, b"decrypted")
    guard = guarded(transport)
    assert guard.post(b"message") == b"decrypted"
    login = types.SimpleNamespace(headers={**TOKEN}, body=None)
    with pytest.raises(NotTheHost, match="another login in the middle of a message"):
        transport.session.adapters["http://"].send(login)
    assert transport.network.sent == 1


@pytest.mark.parametrize("encrypts", [True, False])
def test_no_proxy_gets_a_login(encrypts: bool) -> None:
    with pytest.raises(Unreachable, match="HTTP status 407"):
        guarded(Transport(407, CLEAR, b"page"), encrypts=encrypts).post(b"message")


def test_the_parts_of_a_login_pass_the_guard_as_well() -> None:
    transport = Transport(401, {})
    transport.request.body = None
    guarded(transport).post  # noqa: B018  making it puts the guard around
    transport.exchange()
    connection = transport.network.response.connection
    transport.network.response.status_code = 500
    with pytest.raises(NotTheHost):
        connection.send(transport.request)


@pytest.mark.parametrize("error", [PermissionError("Access denied: no challenge"), StopIteration(), KeyError("x")])
def test_a_login_that_the_host_breaks_off_is_blamed_on_it(error: Exception) -> None:
    with pytest.raises(NotUnderstood, match="The host offered a login"):
        guarded(Transport(401, CLEAR, error), encrypts=False).post(b"message")


@pytest.mark.parametrize("error", [OSError("lost"), PermissionError(13, "refused"), RuntimeError("401")])
def test_after_a_failure_nothing_is_sent(error: Exception) -> None:
    transport = Transport(200, CLEAR, error)
    guard = guarded(transport, encrypts=False)
    for _attempt in range(2):
        with pytest.raises(Unreachable, match="Lost"):
            guard.post(b"message")
    assert transport.network.sent == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (envelope("<a/>"), ""),
        (envelope(""), ""),
        (envelope("<a/>", relates_to="uuid:1"), "the answer to another message"),
        (envelope("<a/>", relates_to=None), "an answer that names no message"),
        (b"<html/>", "an HTML page"),
        (b"", "an empty body"),
    ],
)
def test_a_success_has_to_answer_the_message_of_a_plugin(answer: bytes, says: str) -> None:
    transport: t.Any = Transport(200, CLEAR, answer)
    guarded(transport, encrypts=False)
    if not says:
        assert transport.send(REQUEST) == transport.send(REQUEST.encode()) == answer
        return
    with pytest.raises(NotUnderstood, match=f"When running a command, the host sent {says}"):
        transport.send(REQUEST)


def test_a_library_that_can_not_be_guarded_is_not_used() -> None:
    with pytest.raises(HostError, match="not built as expected"):
        guarded(types.SimpleNamespace(send=None))
