# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""WS-Management answers: what a body says, read by namespace and name, never by position or by localized text. Pure.

Every byte here comes from a host and is not trusted: what does not answer the question is not an answer.
"""

from __future__ import annotations

import itertools
import re
import typing as t
from xml.etree.ElementTree import Element

from .faults import fault_of
from .xml import NotXml, is_nil, local_name, namespace, parse, text_of

_SOAP: t.Final = "{http://www.w3.org/2003/05/soap-envelope}"
_ADDRESSING: t.Final = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
_NUMBER: t.Final = re.compile(r"\s*[+-]?[0-9]{1,20}\s*", re.ASCII)


class NotWsman(Exception):
    """The response is not the WS-Management answer to the request. The text names it, as a noun."""

    #: The HTTP status that it came with, and the seconds after which it asks to be asked again.
    status = 200
    retry_after: float | None = None


class UnexpectedResponse(NotWsman):
    """An envelope answers the request that was sent, but holds something else than such an answer does."""


class Page(t.NamedTuple):
    """Items of an enumeration, and the context to pull more with; None at its end."""

    items: tuple[dict[str, str | None], ...]
    context: str | None


def body_of(answer: bytes, message_id: str) -> Element:
    """The one element in the body of the envelope that answers ``message_id``.

    Raises:
        Fault: the envelope holds a fault, whether it answers ``message_id`` or not.
        NotWsman: it is not an envelope, is empty, or answers another message.
    """
    element = check_answer(answer, message_id)
    if element is None:
        raise NotWsman("a SOAP envelope with an empty body")
    return element


def check_answer(answer: bytes, message_id: str) -> Element | None:
    """The first element in the body of the envelope that answers ``message_id``; None where there is none.

    Raises what ``body_of`` raises.
    """
    try:
        envelope = parse(answer)
    except NotXml as exc:
        raise NotWsman(str(exc)) from None
    body = envelope.find(f"{_SOAP}Body")
    if envelope.tag != f"{_SOAP}Envelope" or body is None:
        raise NotWsman("an XML document that is not a SOAP envelope")
    # RelatesTo is the MessageID of the request (MS-WSMV 3.1.4.1).
    relates_to = {text_of(element).strip() for element in envelope.iterfind(f"{_SOAP}Header/{_ADDRESSING}RelatesTo")}
    is_related = {text.casefold() for text in relates_to} == {message_id.casefold()}
    fault = body.find(f"{_SOAP}Fault")
    if fault is not None:
        raise fault_of(fault, is_related=is_related)
    if not is_related:
        raise NotWsman("the answer to another message" if any(relates_to) else "an answer that names no message")
    return next(iter(body), None)


def message_id_of(request: bytes) -> str:
    """The MessageID of an envelope that is about to be sent; empty where it has none."""
    return (parse(request).findtext(f"{_SOAP}Header/{_ADDRESSING}MessageID") or "").strip()


class Output:
    """The out-parameters of a method, by name.

    A scalar that is missing or nil is not there: MS-WSMV 3.1.4.1.26 has nil for arrays only, Microsoft's OMI sends it
    for scalars too, and others leave the element out.
    """

    def __init__(self, element: Element, method: str) -> None:
        """Raises UnexpectedResponse if ``element`` is not the output of ``method``. OMI omits the suffix _OUTPUT."""
        if local_name(element).casefold() not in (method.casefold(), f"{method}_output".casefold()):
            raise UnexpectedResponse(f"an answer to a question other than {method}")
        self._values: dict[str, list[str | None]] = {}
        own = namespace(element).casefold()
        for child in element:
            if namespace(child).casefold() == own:
                self._values.setdefault(local_name(child), []).append(None if is_nil(child) else text_of(child))

    def array(self, name: str) -> list[str | None]:
        """All entries of an array, None for a nil one; empty where there is none."""
        return self._values.get(name, [])

    def text(self, name: str) -> str | None:
        """A scalar; None where there is none.

        Raises:
            UnexpectedResponse: there is more than one.
        """
        values = [value for value in self.array(name) if value is not None]
        if len(values) > 1:
            raise UnexpectedResponse(f"an answer with {len(values)} values of {name} where one was expected")
        return values[0] if values else None

    def number(self, name: str, bits: int = 32) -> int | None:
        """An unsigned number; None where there is none, or none that can be read."""
        text = self.text(name)
        return None if text is None else unsigned(text, bits)


def unsigned(text: str, bits: int = 32) -> int | None:
    """Read decimal text as an unsigned number of ``bits``; None where it is not such a number.

    Some stacks treat it as signed and write a minus; it is mapped back.
    """
    number = int(text) if _NUMBER.fullmatch(text) else 1 << bits
    if not -(1 << (bits - 1)) <= number < (1 << bits):
        return None
    return number & ((1 << bits) - 1)


def page_of(element: Element) -> Page:
    """Read an EnumerateResponse or a PullResponse.

    Items and EndOfSequence are found in either namespace: Enumerate has them in the one of WS-Management, Pull in the
    one of WS-Enumeration (DSP0226). The end is EndOfSequence; the context beside it may be empty or a leftover.

    Raises:
        UnexpectedResponse: it is another answer, or has neither an end nor a context to go on with.
    """
    if local_name(element) not in ("EnumerateResponse", "PullResponse"):
        raise UnexpectedResponse("an answer to a question other than an enumeration")
    parts = {local_name(child): child for child in element}
    items = tuple(_properties(item) for item in parts.get("Items", ()))
    if "EndOfSequence" in parts:
        return Page(items, None)
    context = text_of(parts["EnumerationContext"]).strip() if "EnumerationContext" in parts else ""
    if not context:
        raise UnexpectedResponse("an enumeration with neither an end nor a context")
    return Page(items, context)


def _properties(item: Element) -> dict[str, str | None]:
    """The properties of an instance or of an XmlFragment, whose children have no namespace (MS-WSMV notes 58, 59).

    An array repeats its element (MS-WSMV 3.1.4.1.26): its entries are separated by blanks, as suits numbers.
    """
    entries: dict[str, list[str | None]] = {}
    own = namespace(item).casefold()
    for child in item:
        if namespace(child).casefold() in ("", own):
            entries.setdefault(local_name(child), []).append(None if is_nil(child) else text_of(child))
    return {name: _joined(texts) for name, texts in entries.items()}


def _joined(texts: list[str | None]) -> str | None:
    """None if all are nil. One that is nil after another leaves its place empty, so that no number is made of two."""
    found = [text or "" for text in itertools.dropwhile(lambda text: text is None, texts)]
    return " ".join(found) if found else None
