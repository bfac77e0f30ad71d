# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
import xmltodict
from support import LSA, STDREGPROV, Client, method_input

KINDS: list[tuple[str, str, Any, Any]] = [
    ("DWORD", "REG_DWORD", 4294967295, 4294967295),
    ("QWORD", "REG_QWORD", 2**64 - 1, 2**64 - 1),
    ("String", "REG_SZ", '<a> & "b" {c} ü', '<a> & "b" {c} ü'),
    ("ExpandedString", "REG_EXPAND_SZ", "%x%", "%x%"),
    ("MultiString", "REG_MULTI_SZ", ["one", "two"], ["one", "two"]),
    ("Binary", "REG_BINARY", [0, 255], [0, 255]),
]
PARAMETER = {"DWORD": "uValue", "QWORD": "uValue", "Binary": "uValue"}


@pytest.mark.parametrize(("kind", "stored_type", "data", "stored"), KINDS)
def test_every_kind_is_written_stored_and_read(start: Any, kind: str, stored_type: str, data: Any, stored: Any) -> None:
    fleet = start({"h": {}})
    client = fleet.client()
    parameter = PARAMETER.get(kind, "sValue")
    assert client.call(f"Set{kind}Value", sValueName="New", **{parameter: data}).code == 0
    assert fleet.state()[LSA]["New"] == {"type": stored_type, "data": stored}
    answer = client.call(f"Get{kind}Value", sValueName="new")
    assert (answer.code, answer.texts(parameter)) == (0, list(map(str, data if isinstance(data, list) else [data])))
    assert client.call("DeleteValue", sValueName="NEW").code == 0
    assert "New" not in fleet.state()[LSA]


def test_return_values(start: Any) -> None:
    client = start({"h": {"registry": {LSA: {"Text": {"type": "REG_SZ", "data": "1"}}}}}).client()
    assert client.call("GetDWORDValue", sValueName="absent").code == 1
    assert client.call("GetDWORDValue", sSubKeyName=r"SYSTEM\None", sValueName="x").code == 2
    assert client.call("GetDWORDValue", sValueName="Text").code == 2147749893
    assert client.call("GetDWORDValue", hDefKey=1, sValueName="x").code == 6
    assert client.call("DeleteValue", sValueName="absent").code == 2
    assert client.call("SetDWORDValue", sSubKeyName=r"SYSTEM\None", sValueName="x", uValue=1).code == 2
    assert client.call("EnumValues", sSubKeyName=r"SYSTEM\None").code == 2


def test_failed_read_has_a_nil_out_parameter(start: Any) -> None:
    answer = start({"h": {}}).client().call("GetDWORDValue", sValueName="absent")
    (value,) = answer.elements("uValue")
    assert value.attrib == {"{http://www.w3.org/2001/XMLSchema-instance}nil": "true"}


def test_stored_spelling_is_kept(start: Any) -> None:
    fleet = start({"h": {"registry": {LSA.lower(): {"USEMACHINEID": {"type": "REG_SZ", "data": "1"}}}}})
    assert fleet.client().call("SetDWORDValue", sSubKeyName=LSA.upper(), sValueName="usemachineid", uValue=1).code == 0
    assert fleet.state()[LSA]["USEMACHINEID"] == {"type": "REG_DWORD", "data": 1}


def test_enumerations_are_parallel(start: Any) -> None:
    answer = start({"h": {}}).client().call("EnumValues")
    assert answer.texts("sNames")[-1] == "Security Packages"
    assert len(answer.texts("Types")) == len(answer.texts("sNames"))
    assert answer.texts("Types")[-1] == "7"


def test_keys(start: Any) -> None:
    fleet = start({"h": {}})
    client = fleet.client()
    assert client.call("EnumKey").texts("sNames") == ["MSV1_0"]
    assert client.call("CreateKey", sSubKeyName=rf"{LSA}\New\Deep").code == 0
    assert client.call("DeleteKey", sSubKeyName=rf"{LSA}\New").code == 5
    assert client.call("DeleteKey", sSubKeyName=rf"{LSA}\New\Deep").code == 0
    assert client.call("EnumKey").texts("sNames") == ["MSV1_0", "New"]
    assert client.call("CheckAccess", uRequired=2).text("bGranted") == "true"


def test_expanded_string(start: Any) -> None:
    client = start({"h": {}}).client()
    answer = client.call(
        "GetExpandedStringValue", sSubKeyName=r"SOFTWARE\Microsoft\Windows NT\CurrentVersion", sValueName="SystemRoot"
    )
    assert answer.text("sValue") == r"C:\Windows"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_pywinrm_reads_and_writes(start: Any, scheme: str) -> None:
    client: Client = start({"h": {"scheme": scheme}}).client()
    protocol = client.pywinrm()

    def call(method: str, **inputs: Any) -> dict[str, Any]:
        message = {"env:Envelope": protocol.build_wsman_header(f"{STDREGPROV}/{method}", STDREGPROV)}
        given = {"r:hDefKey": "2147483650", "r:sSubKeyName": LSA}
        given |= {f"r:{name}": value for name, value in inputs.items()}
        message["env:Envelope"]["env:Body"] = {f"r:{method}_INPUT": {"@xmlns:r": STDREGPROV, **given}}
        answer = xmltodict.parse(protocol.send_message(xmltodict.unparse(message)))
        return dict(answer["s:Envelope"]["s:Body"][f"p:{method}_OUTPUT"])

    assert call("SetDWORDValue", sValueName="UseMachineId", uValue="1")["p:ReturnValue"] == "0"
    assert call("GetDWORDValue", sValueName="UseMachineId")["p:uValue"] == "1"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_pypsrp_reads_and_writes(start: Any, scheme: str) -> None:
    with start({"h": {"scheme": scheme, "connection": "psrp"}}).client().pypsrp() as wsman:

        def call(method: str, output: str, **inputs: Any) -> str | None:
            body = method_input(STDREGPROV, method, hDefKey=2147483650, sSubKeyName=LSA, **inputs)
            answer = wsman.invoke(f"{STDREGPROV}/{method}", STDREGPROV, body)
            return answer.findtext(f".//{{{STDREGPROV}}}{output}")

        assert call("SetDWORDValue", "ReturnValue", sValueName="UseMachineId", uValue=1) == "0"
        assert call("GetDWORDValue", "uValue", sValueName="UseMachineId") == "1"
