# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.requests import (
    RequestOptions,
    enumerate_wql,
    invoke,
    pull,
)

S = "{http://www.w3.org/2003/05/soap-envelope}"
A = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
W = "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}"
N = "{http://schemas.xmlsoap.org/ws/2004/09/enumeration}"
CLASS = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/StdRegProv"
OPTIONS = RequestOptions("http://host:5985/wsman", 30, 51200)

XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))


def test_an_invoke_bears_what_the_specification_asks_for() -> None:
    request = invoke(OPTIONS, CLASS, "GetDWORDValue", {"hDefKey": 2147483650, "sValueName": "UseMachineId"})
    root = ElementTree.fromstring(request.envelope)
    header = root.find(f"{S}Header")
    assert header is not None
    assert header.findtext(f"{A}Action") == f"{CLASS}/GetDWORDValue"
    assert header.findtext(f"{W}ResourceURI") == CLASS
    assert header.findtext(f"{A}MessageID") == request.message_id
    assert (
        header.findtext(f"{A}ReplyTo/{A}Address") == "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
    )
    assert header.findtext(f"{W}OperationTimeout") == "PT30S"
    assert header.findtext(f"{W}MaxEnvelopeSize") == "51200"
    assert header.find(f"{W}SelectorSet") is None
    assert [(child.tag, child.text) for child in root.iterfind(f"{S}Body/{{{CLASS}}}GetDWORDValue_INPUT/*")] == [
        (f"{{{CLASS}}}hDefKey", "2147483650"),
        (f"{{{CLASS}}}sValueName", "UseMachineId"),
    ]


def test_an_enumeration_asks_for_its_items_at_once() -> None:
    request = enumerate_wql(OPTIONS, "root/cimv2", "SELECT a FROM b WHERE c < 3 AND d = 'e&f'")
    root = ElementTree.fromstring(request.envelope)
    assert root.findtext(f"{S}Header/{W}ResourceURI") == "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*"
    body = root.find(f"{S}Body/{N}Enumerate")
    assert body is not None
    assert body.find(f"{W}OptimizeEnumeration") is not None
    query = body.find(f"{W}Filter")
    assert query is not None
    assert query.get("Dialect") == "http://schemas.microsoft.com/wbem/wsman/1/WQL"
    assert query.text == "SELECT a FROM b WHERE c < 3 AND d = 'e&f'"


def test_a_pull_goes_to_the_same_resource_with_the_context() -> None:
    root = ElementTree.fromstring(pull(OPTIONS, "root/cimv2", "uuid:<1>").envelope)
    assert root.findtext(f"{S}Header/{W}ResourceURI") == "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*"
    assert root.findtext(f"{S}Body/{N}Pull/{N}EnumerationContext") == "uuid:<1>"


def test_every_request_has_an_id_of_its_own() -> None:
    ids = {enumerate_wql(OPTIONS, "root/cimv2", "SELECT").message_id for _time in range(100)}
    assert len(ids) == 100


def test_an_invoke_stays_far_below_two_kilobytes() -> None:
    request = invoke(
        OPTIONS,
        CLASS,
        "GetDWORDValue",
        {
            "hDefKey": 2147483650,
            "sSubKeyName": r"SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0",
            "sValueName": "AllowNullSessionFallback",
        },
    )
    assert len(request.envelope) < 1600


@given(XML_TEXT)
def test_text_arrives_as_it_is(text: str) -> None:
    root = ElementTree.fromstring(invoke(OPTIONS, CLASS, "GetStringValue", {"sValueName": text}).envelope)
    assert (root.findtext(f".//{{{CLASS}}}sValueName") or "") == text


@pytest.mark.parametrize("to", ['http://host/"wsman"', "http://host/<&>"])
def test_an_odd_address_keeps_the_envelope_well_formed(to: str) -> None:
    root = ElementTree.fromstring(pull(OPTIONS._replace(to=to), "root/cimv2", "x").envelope)
    assert root.findtext(f"{S}Header/{A}To") == to
