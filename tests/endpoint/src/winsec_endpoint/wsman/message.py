# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answer envelopes: header blocks and body as in Openwsman's EnumKey.xml capture."""

from __future__ import annotations

import uuid
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from ..fleet.answers import Answers
from . import xmlns
from .prefixed import serialise


class Reply(NamedTuple):
    """A body with the action it answers by. No action: a message without headers, as Identify's."""

    action: str
    body: Element | None


def envelope(reply: Reply, relates_to: str, answers: Answers) -> bytes:
    root = Element(f"{{{xmlns.SOAP}}}Envelope", {f"{{{xmlns.XML}}}lang": answers.language})
    header = SubElement(root, f"{{{xmlns.SOAP}}}Header")
    if reply.action:
        blocks = _blocks(reply.action, relates_to, answers)
        header.extend(reversed(blocks) if answers.header_order == "reversed" else blocks)
    body = SubElement(root, f"{{{xmlns.SOAP}}}Body")
    if reply.body is not None:
        body.append(reply.body)
    return serialise(root, answers.prefixes)


def _blocks(action: str, relates_to: str, answers: Answers) -> list[Element]:
    """RelatesTo is left out where there is nothing to relate to (WinRb wmi_error_v2.xml)."""
    texts = {
        f"{{{xmlns.ADDRESSING}}}Action": action,
        f"{{{xmlns.ADDRESSING}}}MessageID": f"uuid:{str(uuid.uuid4()).upper()}",
        f"{{{xmlns.ADDRESSING}}}To": xmlns.ANONYMOUS,
    }
    if relates_to:
        texts[f"{{{xmlns.ADDRESSING}}}RelatesTo"] = relates_to
    if answers.extra_elements:
        texts[f"{{{xmlns.VENDOR}}}Trace"] = "not for you"
    return [text_element(tag, text) for tag, text in texts.items()]


def text_element(tag: str, text: str) -> Element:
    element = Element(tag)
    element.text = text
    return element
