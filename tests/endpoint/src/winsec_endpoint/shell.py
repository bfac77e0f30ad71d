# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cmd shells that open and close but run nothing (MS-WSMV 4.3 and 3.1.4.5).

Ansible's winrm connection opens one before anything else, so a client that goes the connection's
ordinary way needs it to reach the registry at all. Off unless a host says `shell: opened`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

from . import xmlns
from .faults import NO_SHELL, NOT_FOUND, Fault
from .message import Reply, text_element


class Shells:
    """The open shells of one host."""

    def __init__(self, opened: bool) -> None:
        self._served = opened
        self._open: set[str] = set()

    def answer(self, action: str, uri: str, selectors: Mapping[str, str]) -> Reply:
        if not self._served or not uri.lower().endswith("/cmd"):
            raise Fault(NO_SHELL)
        if action == xmlns.CREATE:
            return self._create(uri)
        if action != xmlns.DELETE:
            raise Fault(NO_SHELL)
        shell_id = selectors.get("shellid", "").upper()
        if shell_id not in self._open:
            raise Fault(NOT_FOUND)
        self._open.remove(shell_id)
        return Reply(f"{xmlns.DELETE}Response", None)

    def _create(self, uri: str) -> Reply:
        shell_id = str(uuid.uuid4()).upper()
        self._open.add(shell_id)
        created = Element(f"{{{xmlns.TRANSFER}}}ResourceCreated")
        created.append(text_element(f"{{{xmlns.ADDRESSING}}}Address", xmlns.ANONYMOUS))
        parameters = SubElement(created, f"{{{xmlns.ADDRESSING}}}ReferenceParameters")
        parameters.append(text_element(f"{{{xmlns.WSMAN}}}ResourceURI", uri))
        selectors = SubElement(parameters, f"{{{xmlns.WSMAN}}}SelectorSet")
        SubElement(selectors, f"{{{xmlns.WSMAN}}}Selector", {"Name": "ShellId"}).text = shell_id
        return Reply(f"{xmlns.CREATE}Response", created)
