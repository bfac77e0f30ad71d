# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`answers:` in fleet.yml: legal ways to answer in which Windows releases and other WS-Man stacks differ.

A client has to understand all of them. The default of each is what a Windows capture shows; the
comments name where the other values were seen. "OMI" is Microsoft's WS-Man server for Linux, observed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Namespace = Literal["root/cimv2", "root/default"]


@dataclass(frozen=True)
class Answers:
    # last: MS-WSMV 4.1.4, Openwsman EnumKey.xml. first: OMI.
    return_value: Literal["last", "first"] = "last"
    # Out-parameters without a value. nil: MS-WSMV 3.1.4.1.26, OMI. missing: seen by NetExec on Windows. empty: Assumed.
    unset: Literal["nil", "missing", "empty"] = "nil"
    # A nil entry in front of every array that has entries. Assumed: OMI sends a lone nil for an unset array.
    nil_entries: bool = False
    # xsi:type="cim:cimString" and the like on every out-parameter: Windows answers kept in OMI's tests.
    xsi_types: bool = False
    # negative: a code from 0x80000000 on as a signed number. Assumed.
    codes: Literal["unsigned", "negative"] = "unsigned"
    # ReturnValue of Get*Value for a value that does not exist. 1: agreed by three public clients. 2: Assumed.
    absent_value: Literal[1, 2] = 1
    # Order of names in EnumValues and EnumKey: learn.microsoft.com promises none.
    array_order: Literal["stored", "reversed"] = "stored"
    # Order of the out-parameters among each other; interleaved alternates the entries of parallel arrays. Assumed.
    parameter_order: Literal["declared", "reversed", "interleaved"] = "declared"
    # windows: s, a, w, p. omi: SOAP-ENV, wsa, wsman. default: the class in the default namespace (Assumed).
    prefixes: Literal["windows", "omi", "default"] = "windows"
    # Case of the class namespace in answers: URIs are case-insensitive (learn.microsoft.com, winrm/resource-uris).
    class_namespace: Literal["requested", "lower"] = "requested"
    # SOAP prescribes no order of header blocks.
    header_order: Literal["windows", "reversed"] = "windows"
    # suffixed: MS-WSMV 4.1.4 (GetDWORDValueResponse, GetDWORDValue_OUTPUT). bare: OMI.
    response_action: Literal["suffixed", "bare"] = "suffixed"
    output_element: Literal["suffixed", "bare"] = "suffixed"
    # method: in a namespace of CIM that is named after the method. OMI.
    output_namespace: Literal["class", "method"] = "class"
    # What a query for some properties brings. fragment: these (txwinrm test data). whole: all of the instance. OMI.
    projection: Literal["fragment", "whole"] = "fragment"
    # Elements nobody announced, in header and body: DSP0226 lets a service add some.
    extra_elements: bool = False
    # optimized: DSP0226 8.2.3. empty_first: MS-WSMV (no Items at all in the first answer). one_per_page: an item a
    # page and EndOfSequence on a page of its own (DSP0226 8.4). leftover_context: OMI, beside EndOfSequence.
    # one_context: as one_per_page, with one context on all pages, also the last (OMI). empty_items: as empty_first,
    # with an Items that is empty (OMI).
    enumeration: Literal[
        "optimized", "empty_first", "one_per_page", "leftover_context", "one_context", "empty_items"
    ] = "optimized"
    # served: learn.microsoft.com windows-remote-management-and-wmi (a singleton has no selectors). refused: OMI.
    bare_get: Literal["served", "refused"] = "served"
    # Where StdRegProv lives. Both: learn.microsoft.com stdregprov. root/default only: before Vista (Assumed).
    namespaces: tuple[Namespace, ...] = ("root/cimv2", "root/default")
    # Language of fault reasons and messages.
    language: Literal["en-US", "de-DE"] = "en-US"
    # Without reg_exe. refused: no shell here, and the fault says so. opened: a cmd shell opens, commands are refused.
    shell: Literal["refused", "opened"] = "refused"
    # both: subcode and WSManFault number. subcode: OMI sends no WSManFault. number: WinRM 2.0 as NetExec met it.
    # nested: the telling number only in the WSManFault inside a ProviderFault (WinRb soap_fault_v2.xml).
    # bare: a subcode, an empty Reason and no Detail (OMI). omi: the only number is in an OMI_Error.
    fault_style: Literal["both", "subcode", "number", "nested", "bare", "omi"] = "both"
    # HTTP status of a fault. 500: recorded by pypsrp and WinRb. Others: Openwsman, observed.
    fault_status: Literal[500, 400, 503, 200] = 500
