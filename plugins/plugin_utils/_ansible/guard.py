# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A guard between a connection plugin and the network: only what the host itself has sent may pass.

pywinrm and pypsrp take an answer that is not encrypted, follow redirects, and send on after a refused login. So a Guard
stands around the transport object of either: below it, at the adapters of its session from requests, where each HTTP
request and answer passes, those of a login too; and above it, where messages are decrypted. All that the plugin and
this collection send goes through both.

Over a connection that encrypts (MS-WSMV 2.2.9.1), an answer is the host's only if its key decrypts it. In the clear
come no more than the challenges of a login and the empty answer that ends it, and nothing in those is believed.
"""

from __future__ import annotations

import binascii
import struct
import typing as t

from .._windows.host import HostError, NotTheHost, NotUnderstood, Unreachable
from .._windows.wmi_errors import as_host_error, next_step_after
from .._wsman.responses import check_answer, message_id_of
from .bounded_http import bound
from .channels import is_out_of_shells
from .visit import Visit

_UNAUTHORIZED: t.Final = 401
_PROXY_LOGIN: t.Final = 407  # RFC 9110, 15.5.8

#: The Content-Type of a message that is encrypted as a whole, and of one in chunks (MS-WSMV 2.2.9.1.1, 2.2.9.1.3), as
#: pypsrp looks for them. pywinrm looks for the protocol in it.
_ENCRYPTED: t.Final = ("multipart/encrypted;", "multipart/x-multi-encrypted;")

#: What the libraries raise where the host's part of a login is missing or malformed.
_BROKEN_LOGIN: t.Final = (StopIteration, LookupError, AttributeError, TypeError, binascii.Error, struct.error)

_NAME: t.Final = "_winsec_lsa_guard"


class SessionForgotten(NotTheHost):
    """The answer does not come from the owner of this session's keys: another connection, or another host."""


class Guard:
    """Watches over one transport object of pywinrm or pypsrp, and ends its work where it has to end."""

    def __init__(self, transport: t.Any, http_error: type[Exception], visit: Visit, *, encrypts: bool) -> None:
        """``http_error`` is what the library raises for an answer with an HTTP status that is an error's."""
        self._transport = transport
        self._http_error = http_error
        #: The current visit: a session is kept for the next item of a loop.
        self.visit = visit
        self._encrypts = encrypts
        self._is_in_flight = False
        self._is_decrypting = False
        self._retry_after: float | None = None
        self._end: HostError | None = None
        #: Whether the last message was refused because the host has no room for a shell at the moment.
        self.is_out_of_shells = False

    def guard(self, sender: str, requester: str) -> Guard:
        """Stand around the methods of the transport that send a message and, below that, an HTTP request."""
        if not hasattr(self._transport, requester):
            raise _not_as_expected()
        self._post = getattr(self._transport, sender)
        request = getattr(self._transport, requester)

        def watched(*arguments: t.Any, **options: t.Any) -> t.Any:
            self._watch(self._transport.session)
            return request(*arguments, **options)

        setattr(self._transport, requester, watched)
        setattr(self._transport, sender, self.send)
        setattr(self._transport, _NAME, self)
        return self

    def send(self, message: str | bytes, *arguments: t.Any, **options: t.Any) -> bytes:
        """Send for the plugin, which believes any answer, and check that a success answers its message."""
        sent = message if isinstance(message, bytes) else message.encode()
        self.is_out_of_shells = False
        try:
            answer = self.post(message, *arguments, **options)
        except self._http_error as exc:
            self.is_out_of_shells = is_out_of_shells(exc, sent)
            raise
        with as_host_error("running a command", lambda _text: "its words are withheld"):
            check_answer(answer, message_id_of(sent))
        return answer

    def post(self, message: str | bytes, *arguments: t.Any, **options: t.Any) -> bytes:
        """Send for a caller that checks itself which message an answer relates to.

        After any failure but an HTTP error that the host has sent, this was the last message: a login that was refused
        is not repeated, and a host that is lost is not asked again.
        """
        if self._end:  # a library may fail to encrypt with what is left of the session
            raise self._end
        self._is_in_flight = self._is_decrypting = False
        try:
            answer = self._post(message, *arguments, **options)
        except self._http_error as exc:
            answer = t.cast(t.Any, exc).response_text
            t.cast(t.Any, exc).retry_after = self._retry_after
            if not self._encrypts or answer:
                raise
        except UnicodeDecodeError as exc:
            # pywinrm decodes the body of an HTTP error, which it is handling then. pypsrp has the body only.
            status = getattr(getattr(exc.__context__, "response", None), "status_code", 200)
            raise t.cast(t.Any, self._http_error)("http", status, bytes(exc.object)) from exc
        except HostError:  # of this guard
            raise
        except Exception as exc:
            raise self._ended(self._meaning_of(exc)) from exc
        if self._encrypts and not answer:
            raise self._ended(_not_the_host("nothing in its answer is encrypted"))
        return t.cast(bytes, answer)

    def _meaning_of(self, exc: Exception) -> HostError:
        if self._is_decrypting:
            return _not_the_host("its answer can't be decrypted")
        is_bare = isinstance(exc, PermissionError) and exc.errno is None  # as requests-ntlm 1.3 has it
        return _broken_login() if is_bare or isinstance(exc, _BROKEN_LOGIN) else self.visit.explain(exc)

    def _watch(self, session: t.Any) -> None:
        for prefix, adapter in session.adapters.items():
            if not isinstance(adapter, _Adapter):
                if not bound(adapter, lambda: self.visit, self._ended):
                    raise _not_as_expected()
                session.adapters[prefix] = _Adapter(adapter, self)

    def check_request(self, request: t.Any) -> None:
        """Raises HostError for a request that must not be sent."""
        if self._end:
            raise self._end
        if not self.visit.deadline.left:
            raise self._ended(self.visit.deadline.error())
        request.headers["Accept-Encoding"] = "identity"
        if not self._encrypts:
            return
        if not request.body:
            if self._is_in_flight:  # a login comes before the message
                raise self._ended(_not_the_host("it asks for another login in the middle of a message"))
        else:
            self._is_in_flight = True
            if not _protocol_of(request.headers):
                raise self._ended(
                    HostError(
                        "The Python libraries on the controller can't encrypt messages with this authentication",
                        "Update them, or use HTTPS.",
                    )
                )
            if not all(map(_is_complete, _credssp_contexts(self._transport.session))):
                raise self._ended(_not_the_host("it did not prove that it knows the password"))

    def check_response(self, request: t.Any, response: t.Any) -> None:
        """Raises HostError for an answer that the host did not send, or that leads elsewhere."""
        status = response.status_code
        after = response.headers.get("Retry-After", "")
        self._retry_after = float(after) if after.isdecimal() else 0.0 if after else None  # or a date
        if status == _PROXY_LOGIN:
            raise self._ended(_proxy_login())
        if 300 <= status < 400:  # requests would follow, whatever else the answer claims
            redirect = _not_the_host(f"it redirects to another address (HTTP status {status})")
            raise self._ended(redirect if self._encrypts else _redirected(status))
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":  # a few octets can become many
            raise self._ended(_not_the_host("its answer is compressed") if self._encrypts else _compressed())
        if self._encrypts:
            self._check_encryption(request, response, status)

    def _check_encryption(self, request: t.Any, response: t.Any, status: int) -> None:
        if not request.body:
            if status != _UNAUTHORIZED and not 200 <= status < 300:
                raise self._ended(_in_the_clear(status))
            if status != _UNAUTHORIZED and "Authorization" not in request.headers:
                raise self._ended(_not_the_host("it asks for no login"))
        elif status == _UNAUTHORIZED or _protocol_of(request.headers) != _protocol_of(response.headers):
            raise self._ended(_forgotten(status) if status in (400, _UNAUTHORIZED) else _in_the_clear(status))
        else:
            response.content  # noqa: B018  it is read here, so that what fails from now on is the decryption
            self._is_decrypting = True

    def unsent(self, exc: Exception) -> HostError:
        """The error for a request that could not be sent."""
        return self._ended(self.visit.explain(exc))

    def _ended(self, error: HostError) -> HostError:
        self._end = error
        return error


class _Adapter:
    """An adapter of requests, as a session and the answers of another one know it."""

    def __init__(self, adapter: t.Any, guard: Guard) -> None:
        self._adapter = adapter
        self._guard = guard

    def send(self, request: t.Any, **options: t.Any) -> t.Any:
        self._guard.check_request(request)
        try:
            response = self._adapter.send(request, **options)
        except UnicodeDecodeError as exc:  # no answer is decoded here: urllib3 reads the key of a certificate as text
            raise self._guard.unsent(exc) from exc
        response.connection = self  # through which a library sends the next part of a login
        try:
            self._guard.check_response(request, response)
        except HostError:
            response.close()
            raise
        return response

    def close(self) -> None:
        self._adapter.close()


def guard_of(transport: t.Any) -> Guard | None:
    """The guard around a transport object; None where there is none yet."""
    return t.cast("Guard | None", getattr(transport, _NAME, None))


def _protocol_of(headers: t.Any) -> str:
    """The protocol by which a message claims to be encrypted; empty where a library would take it for one in the clear.

    What claims to be encrypted is decrypted as a whole by both libraries, or refused.
    """
    content_type = str(headers.get("Content-Type", ""))
    _form, named, rest = content_type.partition('protocol="')
    return rest.partition('"')[0] if named and content_type.startswith(_ENCRYPTED) else ""


def _credssp_contexts(session: t.Any) -> t.Iterator[t.Any]:
    """The contexts of requests-credssp, whose TLS keys are those of whoever ended the TLS inside the login."""
    if type(session.auth).__name__ == "HttpCredSSPAuth":
        yield from session.auth.contexts.values()


def _is_complete(context: t.Any) -> bool:
    """Whether the server has proved that it knows the password (MS-CSSP 3.1.5, the key of its certificate).

    requests-credssp 2.0.0 (``handle_401``) takes any status 200 for the end of a login.
    """
    return bool(getattr(getattr(context, "_context", None), "complete", False))


def _not_as_expected() -> HostError:
    return HostError(
        "The Python library for this connection is not built as expected, so nothing could guard its messages",
        "Install a release of pywinrm or pypsrp that this collection was tested with.",
    )


def _not_the_host(reason: str, status: int = 0) -> NotTheHost:
    return NotTheHost(f"What answers is not the host that was asked: {reason}", next_step_after(status))


def _in_the_clear(status: int) -> NotTheHost:
    # What is known of status 500 is what WinRM means by it, which was not asked.
    reason = f"its answer (HTTP status {status}) is not encrypted, but the connection encrypts"
    return _not_the_host(reason, 0 if status == 500 else status)


def _forgotten(status: int) -> SessionForgotten:
    return SessionForgotten(
        f"What answers is not the host that was asked, or has forgotten the session (HTTP status {status})",
        next_step="Run the task again. If that does not help, check host, port and proxy.",
    )


def _proxy_login() -> Unreachable:
    return Unreachable(
        "The proxy between controller and host asks for a login (HTTP status 407)",
        "Check ansible_winrm_proxy or ansible_psrp_proxy and the proxy variables of the environment.",
    )


def _broken_login() -> NotUnderstood:
    return NotUnderstood(
        "The host offered a login, but did not go on with it as the authentication demands",
        "Check host, port and proxy, and the authentication of the connection (ansible_winrm_transport, "
        "ansible_psrp_auth).",
    )


def _redirected(status: int) -> NotUnderstood:
    return NotUnderstood(
        f"Something at the address of the host redirects to another one (HTTP status {status}), which was not asked",
        "Check host, port, path and proxy.",
    )


def _compressed() -> NotUnderstood:
    return NotUnderstood(
        "Something at the address of the host answers in an encoding that was not asked for",
        "Check host, port and proxy.",
    )
