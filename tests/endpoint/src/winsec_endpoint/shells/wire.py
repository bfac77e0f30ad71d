# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The XML of shells. Answers are shaped as Windows' answers to pypsrp (its tests/responses, test_winrs_*.yml)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

from ..wsman import xmlns
from ..wsman.faults import MALFORMED, Fault
from ..wsman.message import Reply, text_element
from .output import Received

_SHELL = f"{{{xmlns.SHELL}}}"
_STATES = f"{xmlns.SHELL}/CommandState"


def created(uri: str, shell_id: str | None) -> Reply:
    body = Element(f"{{{xmlns.TRANSFER}}}ResourceCreated")
    body.append(text_element(f"{{{xmlns.ADDRESSING}}}Address", xmlns.ANONYMOUS))
    parameters = SubElement(body, f"{{{xmlns.ADDRESSING}}}ReferenceParameters")
    parameters.append(text_element(f"{{{xmlns.WSMAN}}}ResourceURI", uri))
    if shell_id is not None:
        selectors = SubElement(parameters, f"{{{xmlns.WSMAN}}}SelectorSet")
        SubElement(selectors, f"{{{xmlns.WSMAN}}}Selector", {"Name": "ShellId"}).text = shell_id
    return Reply(f"{xmlns.CREATE}Response", body)


def deleted() -> Reply:
    return Reply(f"{xmlns.DELETE}Response", None)


def started(command_id: str) -> Reply:
    body = Element(f"{_SHELL}CommandResponse")
    SubElement(body, f"{_SHELL}CommandId").text = command_id
    return Reply(f"{xmlns.COMMAND}Response", body)


def done(action: str) -> Reply:
    """The empty answer to Send and to Signal."""
    return Reply(f"{action}Response", Element(f"{_SHELL}{action.rpartition('/')[2]}Response"))


def received(command_id: str, what: Received) -> Reply:
    """No command: the answer is about the shell itself, which has no state and no end of its stream."""
    about = {"CommandId": command_id} if command_id else {}
    body = Element(f"{_SHELL}ReceiveResponse")
    for piece in what.pieces:
        stream = SubElement(body, f"{_SHELL}Stream", {"Name": piece.stream, **about})
        stream.text = base64.b64encode(piece.data).decode()
    if command_id:
        body.extend(_state(about, what))
    return Reply(f"{xmlns.RECEIVE}Response", body)


def _state(about: Mapping[str, str], what: Received) -> list[Element]:
    state = Element(f"{_SHELL}CommandState", {**about, "State": f"{_STATES}/{'Done' if what.ended else 'Running'}"})
    if not what.ended:
        return [state]
    SubElement(state, f"{_SHELL}ExitCode").text = str(what.exit_status)
    ends = [Element(f"{_SHELL}Stream", {"Name": name, **about, "End": "true"}) for name in ("stdout", "stderr")]
    return [*ends, state]


def read(body: Element | None, name: str, child: str = "") -> Element:
    """The element `name` in the body of a request, or its child."""
    element = body if body is not None and body.tag == f"{_SHELL}{name}" else None
    if element is not None and child:
        element = element.find(f"{_SHELL}{child}")
    if element is None:
        raise Fault(MALFORMED)
    return element


def creation(body: Element | None) -> bytes:
    """The fragments with which a client of MS-PSRP opens a runspace pool (MS-PSRP 3.1.5.3.1)."""
    return decoded(read(body, "Shell").findtext(f"{{{xmlns.POWERSHELL}}}creationXml"))


def texts(element: Element, *names: str) -> list[str]:
    """The texts of children, in the order of the message."""
    tags = [f"{_SHELL}{name}" for name in names]
    return [child.text or "" for child in element if child.tag in tags]


def decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "", validate=True)
    except binascii.Error as error:
        raise Fault(MALFORMED) from error
