# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A conversation in WS-Management: each request is sent once, and its answer is read or rejected. Knows no host.

Whatever can send an envelope serves as channel: see _connect for the ones that Ansible's connections hold.
"""

from __future__ import annotations

import typing as t
from xml.etree.ElementTree import Element

from .requests import WMI, Request, RequestOptions, enumerate_wql, invoke, pull
from .responses import NotWsman, Output, UnexpectedResponse, body_of, page_of

T = t.TypeVar("T")

_HTTP_OK: t.Final = 200

#: What a query of ours may bring, so that a server that never ends one neither holds the task nor fills the memory. The
#: version is one item. The settings of Group Policy are a few hundred at most, of 1 KB each, and a page holds 150 KB.
_MAX_ITEMS: t.Final = 1000
_MAX_BYTES: t.Final = 1024 * 1024
_MAX_PAGES: t.Final = 32


class HttpResponse(t.NamedTuple):
    """An HTTP response: the status, and the body as sent (decrypted where the connection encrypts)."""

    status: int
    body: bytes


class Channel(t.Protocol):
    """Whatever can send an envelope and bring the answer."""

    @property
    def options(self) -> RequestOptions:
        """The header of each request."""

    def send(self, envelope: bytes) -> HttpResponse:
        """Send one envelope. Raises HostError where no answer came, or the login was refused."""


class Session:
    """Calls and queries over one channel. Both raise Fault and NotWsman, and what the channel raises."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._received = 0

    def invoke(self, class_path: str, method: str, parameters: t.Mapping[str, str | int]) -> Output:
        """Call a static method of a WMI class, such as ``root/cimv2/StdRegProv``; one round trip."""
        request = invoke(self._channel.options, f"{WMI}/{class_path}", method, parameters)
        return self._exchange(request, lambda element: Output(element, method))

    def query(self, namespace: str, wql: str) -> list[dict[str, str | None]]:
        """All items of a WQL query, as property name and text; one round trip unless the server pages."""
        before = self._received
        page = self._exchange(enumerate_wql(self._channel.options, namespace, wql), page_of)
        items: list[dict[str, str | None]] = []
        for _page in range(_MAX_PAGES):
            items += page.items
            if len(items) > _MAX_ITEMS:
                raise UnexpectedResponse(f"an enumeration of more than {_MAX_ITEMS} items")
            if self._received - before > _MAX_BYTES:
                raise UnexpectedResponse(f"an enumeration of more than {_MAX_BYTES} bytes")
            if page.context is None:
                return items
            page = self._exchange(pull(self._channel.options, namespace, page.context), page_of)
        raise UnexpectedResponse(f"an enumeration that did not end within {_MAX_PAGES} pages")

    def _exchange(self, request: Request, read: t.Callable[[Element], T]) -> T:
        answer = self._channel.send(request.envelope)
        self._received += len(answer.body)
        try:
            element = body_of(answer.body, request.message_id)
            if answer.status != _HTTP_OK:
                raise NotWsman("an answer that is not a fault")
            return read(element)
        except NotWsman as exc:
            exc.status = answer.status
            raise
