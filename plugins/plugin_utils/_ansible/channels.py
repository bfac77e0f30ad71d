# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The winrm and psrp connection plugins as channels for WS-Management.

Both plugins open something on the host when they connect, a shell or a PowerShell runspace, and a WS-Management call
needs neither. So each has one function here that stops short of that with the help of non-public parts, after looking
whether they are as they were in ansible-core 2.16 to 2.21, and takes the public, slower way where they are not.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import re
import struct
import typing as t

from .._windows.host import HostError, NotUnderstood
from .._wsman.requests import RequestOptions
from .._wsman.session import HttpResponse
from .errors import PROXY_LOGIN, Explain, proxy_login
from .sessions import abandon

# Both are optional. They are loaded here all the same, before Ansible forks: a play has loaded them with its connection
# plugins, but an ad hoc command loads those only in the forks, where each host would pay 100 ms for it. What is wrong
# with a library is told where it is used, and hosts over another connection do not need it.
for _library in ("winrm", "pypsrp.wsman"):
    with contextlib.suppress(Exception):
        importlib.import_module(_library)

#: What the libraries meet in a body or its headers where these claim to be encrypted and are not, or not all of it.
_UNDECRYPTABLE: t.Final = (AttributeError, TypeError, LookupError, UnicodeDecodeError, struct.error)

#: Stands in for the id of a shell while the winrm plugin connects, so that it opens none.
_NO_SHELL: t.Final = "winsec.lsa opens no shell"

_BAD_REQUEST: t.Final = 400

#: The code page that the plugin asks for.
_UTF_8: t.Final = 65001


@dataclasses.dataclass(frozen=True)
class HttpChannel:
    """Sends envelopes through the transport object of pywinrm or pypsrp, which holds session, login and encryption.

    Their own convenience calls would parse the answer before it could be refused.
    """

    options: RequestOptions
    post: t.Callable[[bytes], bytes]
    http_error: type[Exception]
    explain: t.Callable[[Exception], HostError]
    close: t.Callable[[], None]

    def send(self, envelope: bytes) -> HttpResponse:
        """Send once: nothing repeats a request, so that no login is tried twice; but see _PostWithReconnect."""
        try:
            return HttpResponse(200, self.post(envelope))
        except Exception as exc:
            if isinstance(exc, self.http_error):
                error = t.cast(t.Any, exc)
                return _answer_to(error.code, error.response_text or b"")
            if isinstance(exc, UnicodeDecodeError) and hasattr(exc.__context__, "response"):
                # pywinrm decodes the body of an HTTP error, which it is handling then.
                return _answer_to(t.cast(t.Any, exc.__context__).response.status_code, bytes(exc.object))
            if isinstance(exc, _UNDECRYPTABLE):
                raise NotUnderstood(
                    "The host sent a body that could not be decrypted", "Check host, port and proxy, and try again."
                ) from exc
            raise self.explain(exc) from exc


def _answer_to(status: int, body: str | bytes) -> HttpResponse:
    """The body of an HTTP error is the answer: a fault comes with status 500 (DSP0226, SOAP 1.2 HTTP binding).

    pypsrp has decoded it, so that an encoding which it declares is no longer its own.
    """
    if status == PROXY_LOGIN:
        raise proxy_login()
    if isinstance(body, str):
        body = re.sub(r"^\s*<\?xml[^>]*\?>", "", body.lstrip("\ufeff")).encode()
    return HttpResponse(status, body)


def _logged_in(channel: HttpChannel, authentication: str, encrypts: bool) -> HttpChannel:
    """Log in with an empty message where a fault in answer to the first one would count as a refused login.

    requests-credssp 2.0.0 (``handle_401``) does so with all answers to its last token but status 200, and without
    message encryption the first message goes with that token. With it the libraries send an empty one themselves.
    """
    if authentication == "credssp" and not encrypts:
        try:
            channel.send(b"")
        except HostError:
            channel.close()
            raise
    return channel


def open_winrm(connection: t.Any, explain: Explain) -> HttpChannel:
    is_used = connection.protocol is not None
    protocol = _winrm_protocol(connection)
    from winrm.exceptions import WinRMTransportError  # is there, since the plugin could connect

    transport = protocol.transport
    channel = HttpChannel(
        options=RequestOptions(transport.endpoint, int(protocol.operation_timeout_sec)),
        post=_PostWithReconnect(connection, WinRMTransportError) if is_used else transport.send_message,
        http_error=WinRMTransportError,
        explain=explain,
        close=lambda: None,  # the plugin keeps it for the next item of a loop
    )
    encryption = getattr(transport, "message_encryption", "")
    encrypts = encryption == "always" or (encryption == "auto" and transport.endpoint.startswith("http:"))
    return _logged_in(channel, getattr(transport, "auth_method", ""), encrypts)


class _PostWithReconnect:
    """Sends through the Protocol of an earlier item of the loop, and once through a new one if that is stale.

    A host closes a connection that was idle. pywinrm then sends a message that is encrypted for that one over another,
    and the host, which can't read it, answers 400 (ansible-core, ``winrm.py``, where a command is cleaned up).
    """

    def __init__(self, connection: t.Any, http_error: type[Exception]) -> None:
        self._connection = connection
        self._http_error = http_error
        self._may_be_worn_out = True

    def __call__(self, envelope: bytes) -> bytes:
        first, self._may_be_worn_out = self._may_be_worn_out, False
        try:
            return self._send(envelope)
        except self._http_error as exc:
            if not first or t.cast(t.Any, exc).code != _BAD_REQUEST:
                raise
        abandon(self._connection)
        return self._send(envelope)

    def _send(self, envelope: bytes) -> bytes:
        return t.cast(bytes, _winrm_protocol(self._connection).transport.send_message(envelope))


def _winrm_protocol(connection: t.Any) -> t.Any:
    """The pywinrm Protocol of a winrm connection, without a shell on the host where that can be had.

    ``Connection._winrm_connect`` opens a shell only ``if not self.shell_id``, to see which of several transports the
    host accepts. With a single transport nothing is lost by pretending that there is one: the first message shows
    whether the login is accepted. ``shell_id`` is None again before anyone else can use it.
    """
    if connection.protocol is not None:  # an earlier item of the same loop
        return connection.protocol
    importlib.import_module("winrm.protocol")  # the plugin would look for it later than it is used here
    if not _has_single_transport(connection):
        connection._connect()
        return connection.protocol
    connection.shell_id = _NO_SHELL
    try:
        connection._connect()
    finally:
        if connection.shell_id == _NO_SHELL:
            connection.shell_id = None
    return connection.protocol


def _has_single_transport(connection: t.Any) -> bool:
    """Whether the plugin is built as expected and has one transport to try. It is the plugin that knows its default."""
    if getattr(connection, "shell_id", _NO_SHELL) is not None or not hasattr(connection, "_build_winrm_kwargs"):
        return False
    connection._build_winrm_kwargs()
    return len(getattr(connection, "_winrm_transport", None) or ()) == 1


def prepare_for_commands(connection: t.Any) -> None:
    """Open the shell of a winrm connection.

    ``Connection.exec_command`` connects only where there is no protocol, so that after calls without a shell it would
    run the command in a shell None. And where the plugin opens the shell, of a failure only a text is left.
    """
    if connection.transport != "winrm":
        return
    protocol = _winrm_protocol(connection)
    if connection.shell_id is None:
        connection.shell_id = protocol.open_shell(codepage=_UTF_8)


def open_psrp(connection: t.Any, explain: Explain) -> HttpChannel:
    wsman, close = _psrp_wsman(connection)
    from pypsrp.exceptions import WinRMTransportError  # is there, since the plugin could connect

    channel = HttpChannel(
        options=RequestOptions(wsman.transport.endpoint, int(wsman.operation_timeout), int(wsman.max_envelope_size)),
        post=wsman.transport.send,
        http_error=WinRMTransportError,
        explain=explain,
        close=close,
    )
    return _logged_in(channel, getattr(wsman.transport, "auth", ""), getattr(wsman.transport, "wrap_required", False))


def _psrp_wsman(connection: t.Any) -> tuple[t.Any, t.Callable[[], None]]:
    """The pypsrp WSMan of a psrp connection, without a runspace where that can be had, and how to close it.

    ``Connection._connect`` builds it from ``_psrp_conn_kwargs``, which ``_build_kwargs`` derives from the options, and
    opens a runspace, that is a PowerShell process, on it. The same object is made here from the same arguments; the
    state of the connection is not touched.
    """
    wsman_module = importlib.import_module(
        "pypsrp.wsman"
    )  # the plugin would build its arguments without looking for it
    if connection.runspace is None and hasattr(connection, "_build_kwargs"):
        connection._build_kwargs()
        arguments = getattr(connection, "_psrp_conn_kwargs", None)
        if isinstance(arguments, dict):
            wsman = wsman_module.WSMan(**arguments)
            return wsman, wsman.transport.close
    connection._connect()
    return connection.runspace.connection, lambda: None
