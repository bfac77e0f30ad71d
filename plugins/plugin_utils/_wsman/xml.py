# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""XML from a host: a parser that refuses what WS-Management never sends, and names without prefixes. Pure."""

from __future__ import annotations

import re
import typing as t
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

try:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import XMLParser

    HAS_DEFUSEDXML = True
except ImportError:
    HAS_DEFUSEDXML = False

_NIL: t.Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"

#: The largest document read: WinRM sends none above the 500 KB of its MaxEnvelopeSize (MS-WSMV note 8), and each
#: request asks for less.
MAX_BYTES: t.Final = 512 * 1024

#: Characters of the name of a namespace. Those of WMI have about a hundred.
_MAX_NAMESPACE: t.Final = 2048


class NotXml(Exception):
    """A document is not read. The text says what it is instead, as a noun."""


def parse(document: bytes) -> Element:
    """Parse a document without document type and entities.

    Raises:
        NotXml: it is not such a document.
    """
    if not document.strip():
        raise NotXml("an empty body")
    if len(document) > MAX_BYTES:
        raise NotXml(f"a body of {len(document)} bytes")
    if re.match(rb"\s*<(!doctype\s+)?html\b", document, re.IGNORECASE):
        raise NotXml("an HTML page")
    try:
        # Some proxies put a blank line before the declaration, where XML allows none.
        return _parsed(document.lstrip(b" \t\r\n"))
    except DefusedXmlException:
        raise NotXml("XML with a document type or entities (which WS-Management never sends)") from None
    except (ParseError, ValueError, LookupError):
        raise NotXml("a body that is not well-formed XML") from None


def _parsed(document: bytes) -> Element:
    parser = XMLParser(target=TreeBuilder(), forbid_dtd=True)
    parser.parser.StartNamespaceDeclHandler = _check_namespace
    parser.feed(document)
    return parser.close()


def _check_namespace(_prefix: str | None, name: str | None) -> None:
    """Refuse a long one: the parser copies it for each element, so a large document would take it minutes."""
    if name and len(name) > _MAX_NAMESPACE:
        raise NotXml(f"XML with a namespace of {len(name)} characters")


def local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def namespace(element: Element) -> str:
    return element.tag.rpartition("}")[0].removeprefix("{")


def is_nil(element: Element) -> bool:
    return element.get(_NIL, "").strip() in ("true", "1")


def text_of(element: Element) -> str:
    """The text of an element and of all inside it: a CIM datetime is in an element of its own."""
    return "".join(element.itertext())
