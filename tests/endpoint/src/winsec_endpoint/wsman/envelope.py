# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests: from bytes to a checked Request, by the header rules of MS-WSMV 3.1.4.1 and DSP0226."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from . import faults, xmlns
from .faults import Fault

MINIMUM_ENVELOPE_SIZE = 8192
#: Seconds. MaxTimeoutms of a WinRM service: learn.microsoft.com, Installation and configuration for WinRM.
DEFAULT_TIMEOUT = 60.0
_UNDERSTOOD = {
    *(f"{{{xmlns.ADDRESSING}}}{name}" for name in ("To", "ReplyTo", "Action", "MessageID", "From", "FaultTo")),
    *(
        f"{{{xmlns.WSMAN}}}{name}"
        for name in ("ResourceURI", "MaxEnvelopeSize", "Locale", "OperationTimeout", "SelectorSet", "OptionSet")
    ),
    *(f"{{{xmlns.MICROSOFT_WSMAN}}}{name}" for name in ("DataLocale", "SessionId", "OperationID", "SequenceId")),
}
_TRUE = ("true", "1")
# XML Schema Part 2, 3.2.6; a negative one is no time to wait for.
_DURATION = re.compile(
    r"P(?=\d|T\d)(?P<days>(?:\d+Y)?(?:\d+M)?(?:\d+D)?)"
    r"(?:T(?=\d)(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)


class Request(NamedTuple):
    """A request. `identify` requests have no headers (DSP0226 clause 11)."""

    message_id: str = ""
    action: str = ""
    resource_uri: str = ""
    selectors: Mapping[str, str] = {}
    max_envelope_size: int | None = None
    operation_timeout: float = DEFAULT_TIMEOUT
    body: Element | None = None
    identify: bool = False


def parse_envelope(payload: bytes) -> Element:
    try:
        root: Element = fromstring(payload, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Fault(faults.MALFORMED) from error
    if root.tag != f"{{{xmlns.SOAP}}}Envelope" or root.find(f"{{{xmlns.SOAP}}}Body") is None:
        raise Fault(faults.MALFORMED)
    return root


def message_id(root: Element) -> str:
    """For RelatesTo, also of a fault about the other headers."""
    return (root.findtext(f"{{{xmlns.SOAP}}}Header/{{{xmlns.ADDRESSING}}}MessageID") or "").strip()


def read_request(root: Element, language: str) -> Request:
    body = next(iter(root.find(f"{{{xmlns.SOAP}}}Body") or ()), None)
    if body is not None and body.tag == f"{{{xmlns.IDENTITY}}}Identify":
        return Request(message_id(root), identify=True)
    header = root.find(f"{{{xmlns.SOAP}}}Header")
    blocks = {block.tag: block for block in header} if header is not None else {}
    _check_addressing(blocks)
    _check_understood(blocks, language)
    return Request(
        message_id(root),
        _text(blocks, xmlns.ADDRESSING, "Action"),
        _text(blocks, xmlns.WSMAN, "ResourceURI"),
        _selectors(blocks),
        _max_envelope_size(blocks),
        _operation_timeout(blocks),
        body,
    )


def _text(blocks: Mapping[str, Element], namespace: str, name: str) -> str:
    block = blocks.get(f"{{{namespace}}}{name}")
    return (block.text or "").strip() if block is not None else ""


def _check_addressing(blocks: Mapping[str, Element]) -> None:
    """Only anonymous replies are served: DSP0226 5.4.2, faultDetail AddressingMode."""
    reply_to = blocks.get(f"{{{xmlns.ADDRESSING}}}ReplyTo")
    required = _text(blocks, xmlns.ADDRESSING, "Action") and _text(blocks, xmlns.ADDRESSING, "MessageID")
    if not required or reply_to is None:
        raise Fault(faults.HEADER_REQUIRED)
    if (reply_to.findtext(f"{{{xmlns.ADDRESSING}}}Address") or "").strip() != xmlns.ANONYMOUS:
        raise Fault(faults.REPLY_TO_UNSUPPORTED)


def _check_understood(blocks: Mapping[str, Element], language: str) -> None:
    """Attributes without a namespace, as pywinrm sends them, are no SOAP mustUnderstand and are ignored."""
    for block in blocks.values():
        if block.get(f"{{{xmlns.SOAP}}}mustUnderstand", "").strip() not in _TRUE:
            continue
        if block.tag not in _UNDERSTOOD:
            raise Fault(faults.NOT_UNDERSTOOD)
        wanted = block.get(f"{{{xmlns.XML}}}lang", language)
        if xmlns.local_name(block.tag) in ("Locale", "DataLocale") and wanted.lower() != language.lower():
            raise Fault(faults.LOCALE_UNSUPPORTED)


def _selectors(blocks: Mapping[str, Element]) -> dict[str, str]:
    """Selector names are case-insensitive: learn.microsoft.com winrm/resource-uris.

    A SelectorSet has at least one Selector: DSP8015, SelectorSetType. OMI refuses an empty one, too.
    """
    block = blocks.get(f"{{{xmlns.WSMAN}}}SelectorSet")
    if block is None:
        return {}
    selectors = block.findall(f"{{{xmlns.WSMAN}}}Selector")
    if not selectors:
        raise Fault(faults.MALFORMED)
    return {selector.get("Name", "").lower(): selector.text or "" for selector in selectors}


def _max_envelope_size(blocks: Mapping[str, Element]) -> int | None:
    text = _text(blocks, xmlns.WSMAN, "MaxEnvelopeSize")
    if not text:
        return None
    if not text.isdigit() or int(text) < MINIMUM_ENVELOPE_SIZE:
        raise Fault(faults.ENVELOPE_LIMIT_TOO_SMALL)
    return int(text)


def _operation_timeout(blocks: Mapping[str, Element]) -> float:
    """An xs:duration: DSP0226 6.1, DSP8015. Beyond a day, its length does not matter here. OMI refuses others, too."""
    if f"{{{xmlns.WSMAN}}}OperationTimeout" not in blocks:
        return DEFAULT_TIMEOUT
    found = _DURATION.fullmatch(_text(blocks, xmlns.WSMAN, "OperationTimeout"))
    if found is None:
        raise Fault(faults.MALFORMED)
    if found["days"]:
        return DEFAULT_TIMEOUT
    seconds = sum(float(found[unit] or 0) * factor for unit, factor in (("h", 3600), ("m", 60), ("s", 1)))
    return min(seconds, DEFAULT_TIMEOUT)
