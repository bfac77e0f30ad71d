# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A connection of Ansible as a channel for WS-Management."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import re
import typing as t
from xml.etree.ElementTree import ParseError

from .._windows.host import HostError, NotUnderstood
from .._wsman.faults import Fault
from .._wsman.patience import is_about_room, patiently
from .._wsman.requests import RequestOptions
from .._wsman.responses import NotWsman, body_of, message_id_of
from .._wsman.session import HttpResponse
from .visit import Visit

# Both are optional. They are loaded here all the same, before Ansible forks: a play has loaded them with its connection
# plugins, but an ad hoc command loads those only in the forks, where each host would pay 100 ms for it. What is wrong
# with a library is told where it is used, and hosts over another connection do not need it.
for _library in ("winrm", "pypsrp.wsman"):
    with contextlib.suppress(Exception):
        importlib.import_module(_library)

#: What the libraries raise over an answer that lacks what they look for. The errors of requests are OSErrors.
_UNREADABLE: t.Final = (ParseError, StopIteration, LookupError, AttributeError, TypeError, ValueError, AssertionError)
_READABLE: t.Final = (OSError, UnicodeEncodeError)

#: The action of a message that opens a shell: that of WS-Transfer (DSP0226 7.4).
_CREATE: t.Final = b"http://schemas.xmlsoap.org/ws/2004/09/transfer/Create"

T = t.TypeVar("T")


@dataclasses.dataclass(frozen=True)
class HttpChannel:
    """Sends envelopes through the transport object of pywinrm or pypsrp, which holds session, login and encryption.

    Their own convenience calls would parse the answer before it could be refused.
    """

    options: RequestOptions
    post: t.Callable[[bytes], bytes]
    http_error: type[Exception]
    visit: Visit
    close: t.Callable[[], None]

    def send(self, envelope: bytes) -> HttpResponse:
        """Send once: nothing here repeats a request, so that no login is tried twice; but see _PostWithReconnect."""
        with explained(self.visit.explain):
            try:
                return HttpResponse(200, self.post(envelope))
            except self.http_error as exc:
                error = t.cast(t.Any, exc)
                return _answer_to(error.code, error.response_text or b"", getattr(error, "retry_after", None))

    def pause(self, seconds: float) -> bool:
        return self.visit.pause(seconds)


def _answer_to(status: int, body: str | bytes, retry_after: float | None) -> HttpResponse:
    """The body of an HTTP error is the answer: a fault comes with status 500 (DSP0226, SOAP 1.2 HTTP binding).

    pypsrp has decoded it, so that an encoding which it declares is no longer its own.
    """
    if isinstance(body, str):
        body = re.sub(r"^\s*<\?xml[^>]*\?>", "", body.lstrip("\ufeff")).encode()
    return HttpResponse(status, body, retry_after)


def logged_in(channel: HttpChannel, authentication: str, *, encrypts: bool) -> HttpChannel:
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


@contextlib.contextmanager
def explained(explain: t.Callable[[Exception], HostError]) -> t.Iterator[None]:
    """Turn what a plugin or a library raises into what a user sees."""
    try:
        yield
    except HostError:  # from itself, its cause would be lost
        raise
    except Exception as exc:
        raise explain(exc) from exc


@contextlib.contextmanager
def reading_answers() -> t.Iterator[None]:
    """Blame the host, not a library, for an answer in a shell that the library can't read."""
    try:
        yield
    except _UNREADABLE as exc:
        if isinstance(exc, _READABLE):
            raise
        raise NotUnderstood(
            "The host sent an answer in a shell that lacks what such an answer has",
            "Check host, port and proxy, and that the host is a Windows host.",
        ) from exc


def open_patiently(open_shell: t.Callable[[], T], guard: t.Any, visit: Visit) -> T:
    """Open a shell on a guarded connection; as a read, once more where the host has no room for it at the moment."""
    with reading_answers():
        return patiently(open_shell, lambda _exc: 0 if guard.is_out_of_shells else None, visit.pause)


def is_out_of_shells(error: t.Any, envelope: bytes) -> bool:
    """Whether an HTTP error of a library is the answer that the host has no room for the shell of this envelope."""
    if _CREATE not in envelope:
        return False
    try:
        body_of(_answer_to(error.code, error.response_text or b"", None).body, message_id_of(envelope))
    except Fault as fault:
        return is_about_room(fault)
    except NotWsman:
        pass
    return False
