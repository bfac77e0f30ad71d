# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that WinRM refuses, and how."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.shell import WinRS
from winrm.exceptions import InvalidCredentialsError

from .support import (
    ENUMERATION,
    OPERATING_SYSTEM,
    SHELL,
    STDREGPROV,
    TRANSFER,
    WSMAN,
    Fleet,
    envelope,
    method_input,
)

HOSTS: dict[str, Any] = {"h": {}, "small": {"release": "2008r2"}}
GET = f"{TRANSFER}/Get"
CMD = f"{SHELL}/cmd"


@pytest.mark.parametrize("block", ["a_MessageID", "a_ReplyTo", "a_Action"])
def test_required_headers(fleet: Fleet, block: str) -> None:
    answer = fleet.client().ask(GET, OPERATING_SYSTEM, **{block: None})
    assert (answer.status, answer.subcode) == (500, "MessageInformationHeaderRequired")
    assert len(answer.elements("RelatesTo")) == (block != "a_MessageID")
    assert answer.text("Action") == "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"


@pytest.mark.parametrize(
    ("block", "content", "subcode"),
    [
        ("w_MaxEnvelopeSize", "8191", "EncodingLimit"),
        ("a_ReplyTo", {"a:Address": "http://elsewhere"}, "UnsupportedFeature"),
        ("w_Locale", {"@env:mustUnderstand": "true", "@xml:lang": "tlh"}, "UnsupportedFeature"),
        ("w_ResourceURI", None, "DestinationUnreachable"),
        ("w_Unheard", {"@env:mustUnderstand": "true"}, ""),
        ("w_SelectorSet", "", "SchemaValidationError"),
        ("w_OperationTimeout", "", "SchemaValidationError"),
        ("w_OperationTimeout", "20", "SchemaValidationError"),
        ("w_OperationTimeout", "20S", "SchemaValidationError"),
        ("w_OperationTimeout", "PT", "SchemaValidationError"),
        ("w_OperationTimeout", "P1DT", "SchemaValidationError"),
        ("w_OperationTimeout", "-PT20S", "SchemaValidationError"),
    ],
)
def test_refused_headers(fleet: Fleet, block: str, content: Any, subcode: str) -> None:
    answer = fleet.client().ask(GET, OPERATING_SYSTEM, **{block: content})
    assert (answer.status, answer.subcode) == (500, subcode)


@pytest.mark.parametrize("duration", ["PT20S", "PT0.5S", "PT1M", "PT1H2M3.5S", "P1D", "P1Y2M3DT4H", None])
def test_durations(fleet: Fleet, duration: str | None) -> None:
    assert fleet.client().ask(GET, OPERATING_SYSTEM, w_OperationTimeout=duration).status == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/soap+xml", 200),
        ("Application/SOAP+XML; charset=utf-8", 200),
        ("text/xml", 200),
        ("text/plain", 415),
        ("application/json", 415),
    ],
)
def test_media_types(fleet: Fleet, content_type: str, status: int) -> None:
    answer = fleet.client().exchange(envelope(GET, OPERATING_SYSTEM), content_type=content_type)
    assert answer[0] == status


def test_relates_to(fleet: Fleet) -> None:
    answer = fleet.client().ask(GET, OPERATING_SYSTEM, a_MessageID="uuid:1")
    assert answer.text("RelatesTo") == "uuid:1"


def test_response_beyond_the_envelope_size(fleet: Fleet) -> None:
    client = fleet.client()
    assert client.call("SetStringValue", sValueName="Long", sValue="x" * 9000).code == 0
    body = method_input(
        STDREGPROV, "GetStringValue", sSubKeyName=r"SYSTEM\CurrentControlSet\Control\Lsa", sValueName="Long"
    )
    action = f"{STDREGPROV}/GetStringValue"
    assert client.ask(action, STDREGPROV, body, w_MaxEnvelopeSize="8192").subcode == "EncodingLimit"
    assert client.ask(action, STDREGPROV, body).status == 200


@pytest.mark.parametrize(
    ("host", "size", "status"), [("small", 160_000, 413), ("h", 160_000, 200), ("h", 600_000, 413)]
)
def test_request_beyond_the_server_limit(fleet: Fleet, host: str, size: int, status: int) -> None:
    body = method_input(
        STDREGPROV,
        "SetStringValue",
        sSubKeyName=r"SYSTEM\CurrentControlSet\Control\Lsa",
        sValueName="Big",
        sValue="x" * size,
    )
    assert fleet.client(host).ask(f"{STDREGPROV}/SetStringValue", STDREGPROV, body).status == status


def test_parameter_names_are_case_sensitive_and_uris_are_not(fleet: Fleet) -> None:
    client = fleet.client()
    answer = client.call("EnumKey", SSUBKEYNAME="x")
    assert (answer.subcode, answer.numbers) == ("InvalidParameter", [2150858837])
    uri = STDREGPROV.replace("StdRegProv", "STDREGPROV").replace("root/cimv2", "ROOT/CIMV2")
    body = method_input(uri, "EnumKey", sSubKeyName=r"SYSTEM\CurrentControlSet\Control\Lsa")
    assert client.ask(f"{uri}/enumkey", uri, body).texts("sNames") == ["MSV1_0"]


def test_parameters_belong_to_the_namespace_of_the_class(fleet: Fleet) -> None:
    body = method_input(STDREGPROV, "EnumKey")
    ET.SubElement(body, "sSubKeyName").text = "SYSTEM"
    assert fleet.client().ask(f"{STDREGPROV}/EnumKey", STDREGPROV, body).subcode == "InvalidParameter"


@pytest.mark.parametrize("text", ["4294967296", "-1", "0x1", ""])
def test_numbers_out_of_range(fleet: Fleet, text: str) -> None:
    answer = fleet.client().call("SetDWORDValue", sValueName="x", uValue=text)
    assert (answer.subcode, answer.numbers) == ("InvalidParameter", [2150858836])


@pytest.mark.parametrize(
    ("action", "uri", "subcode"),
    [
        (f"{STDREGPROV}/Nothing", STDREGPROV, "ActionNotSupported"),
        (f"{OPERATING_SYSTEM}/Reboot", OPERATING_SYSTEM, "ActionNotSupported"),
        (f"{STDREGPROV}/EnumKey", OPERATING_SYSTEM, "ActionNotSupported"),
        (f"{STDREGPROV}2/EnumKey", f"{STDREGPROV}2", "DestinationUnreachable"),
        (f"{TRANSFER}/Put", OPERATING_SYSTEM, "ActionNotSupported"),
        (f"{ENUMERATION}/Pull", OPERATING_SYSTEM, "SchemaValidationError"),
    ],
)
def test_unknown_actions(fleet: Fleet, action: str, uri: str, subcode: str) -> None:
    assert fleet.client().ask(action, uri).subcode == subcode


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no xml",
        b"<a/>",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>',
    ],
)
def test_malformed_envelopes(fleet: Fleet, payload: bytes) -> None:
    status, answer = fleet.client().post(payload)
    assert status == 500
    assert b"SchemaValidationError" in answer


def test_dmtf_form_of_the_uri(fleet: Fleet) -> None:
    uri = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/StdRegProv"
    body = method_input(uri, "EnumKey", sSubKeyName=r"SYSTEM\CurrentControlSet\Control\Lsa")
    answer = fleet.client().ask(f"{uri}/EnumKey", uri, body, selectors={"__cimnamespace": "root/cimv2"})
    assert answer.texts("sNames") == ["MSV1_0"]


@pytest.mark.parametrize("uri", [CMD, "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"])
def test_shells_say_what_this_is(fleet: Fleet, uri: str) -> None:
    answer = fleet.client().ask(f"{TRANSFER}/Create", uri)
    assert "no PowerShell" in answer.text("Text")
    assert "gather_facts: false" in answer.text("Text")


def test_clients_show_what_this_is(fleet: Fleet) -> None:
    with pytest.raises(Exception, match="no PowerShell"):
        fleet.client().pywinrm().open_shell()
    with fleet.client().pypsrp() as wsman, pytest.raises(WSManFaultError, match="no PowerShell"):
        WinRS(wsman).open()


def test_wrong_password(fleet: Fleet) -> None:
    status, payload, headers = fleet.client().exchange(b"", password="wrong")
    assert (status, payload, headers["WWW-Authenticate"]) == (401, b"", 'Basic realm="WSMAN"')
    client = fleet.client()
    client.variables["ansible_password"] = "wrong"
    with pytest.raises(InvalidCredentialsError):
        client.pywinrm().open_shell()
    with client.pypsrp() as wsman, pytest.raises(AuthenticationError):
        wsman.get(OPERATING_SYSTEM)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/", 404), ("GET", "/wsman", 405), ("POST", "/WSMan/", 500)]
)
def test_paths_and_methods(fleet: Fleet, method: str, path: str, status: int) -> None:
    assert fleet.client().post(b"", path=path, method=method)[0] == status


def test_user_name_ignores_case(fleet: Fleet) -> None:
    client = fleet.client()
    client.variables["ansible_user"] = "ADMINISTRATOR"
    assert client.post(envelope(GET, OPERATING_SYSTEM))[0] == 200


def test_fault_detail(fleet: Fleet) -> None:
    detail = fleet.client().ask(GET, f"{OPERATING_SYSTEM}2").root.find(f".//{{{WSMAN}}}FaultDetail")
    assert detail is not None
    assert detail.text == "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/InvalidResourceURI"
