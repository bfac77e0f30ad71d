# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
import xmltodict

from .support import LSA, STDREGPROV, Fleet, method_input

USE_MACHINE_ID = "UseMachineId"
HOSTS: dict[str, Any] = {
    "h": {},
    "mixed": {
        "registry": {
            LSA.lower(): {"USEMACHINEID": {"type": "REG_SZ", "data": "1"}, "Odd": {"type": "REG_NONE", "data": [1]}},
            rf"{LSA}\MSV1_0": None,
            rf"HKU\S-1-5-18\{LSA}": {},
        }
    },
    "keys": {},
    "untouched": {},
    "winrm-http": {},
    "winrm-https": {"scheme": "https"},
    "psrp-http": {"connection": "psrp"},
    "psrp-https": {"connection": "psrp", "scheme": "https"},
}
KINDS: list[tuple[str, str, Any]] = [
    ("DWORD", "REG_DWORD", 4294967295),
    ("QWORD", "REG_QWORD", 2**64 - 1),
    ("String", "REG_SZ", '{<a>} & "b" ü'),
    ("ExpandedString", "REG_EXPAND_SZ", "100% of %unknown%"),
    ("MultiString", "REG_MULTI_SZ", ["one", "two"]),
    ("Binary", "REG_BINARY", [0, 255]),
]
PARAMETER = {"DWORD": "uValue", "QWORD": "uValue", "Binary": "uValue"}


@pytest.mark.parametrize(("kind", "stored_type", "data"), KINDS)
def test_every_kind_is_written_stored_and_read(fleet: Fleet, kind: str, stored_type: str, data: Any) -> None:
    client = fleet.client()
    parameter = PARAMETER.get(kind, "sValue")
    assert client.call(f"Set{kind}Value", sValueName="New", **{parameter: data}).code == 0
    assert fleet.state()[LSA]["New"] == {"type": stored_type, "data": data}
    answer = client.call(f"Get{kind}Value", sValueName="new")
    assert (answer.code, answer.texts(parameter)) == (0, list(map(str, data if isinstance(data, list) else [data])))
    assert client.call("DeleteValue", sValueName="NEW").code == 0
    assert "New" not in fleet.state()[LSA]


@pytest.mark.parametrize(
    ("method", "inputs", "code"),
    [
        ("GetDWORDValue", {"sValueName": "absent"}, 1),
        ("GetDWORDValue", {"sValueName": "x", "sSubKeyName": r"SYSTEM\None"}, 2),
        ("GetDWORDValue", {"sValueName": USE_MACHINE_ID}, 2147749893),
        ("GetStringValue", {"sValueName": USE_MACHINE_ID}, 0),
        ("GetDWORDValue", {"sValueName": "x", "hDefKey": 1}, 6),
        ("DeleteValue", {"sValueName": "absent"}, 2),
        ("SetDWORDValue", {"sValueName": "x", "sSubKeyName": r"SYSTEM\None", "uValue": 1}, 2),
        ("EnumValues", {"sSubKeyName": rf"{LSA}\MSV1_0"}, 2),
        ("EnumValues", {"sSubKeyName": rf"S-1-5-18\{LSA}", "hDefKey": 0x80000003}, 0),
        ("CheckAccess", {"sSubKeyName": r"SYSTEM\None"}, 2),
    ],
)
def test_return_values(fleet: Fleet, method: str, inputs: dict[str, Any], code: int) -> None:
    assert fleet.client("mixed").call(method, **inputs).code == code


def test_failed_read_has_a_nil_out_parameter(fleet: Fleet) -> None:
    (value,) = fleet.client().call("GetDWORDValue", sValueName="absent").elements("uValue")
    assert value.attrib == {"{http://www.w3.org/2001/XMLSchema-instance}nil": "true"}


def test_stored_spelling_is_kept(fleet: Fleet) -> None:
    client = fleet.client("mixed")
    assert fleet.state("mixed")[LSA]["USEMACHINEID"]["type"] == "REG_SZ"
    assert client.call("SetDWORDValue", sSubKeyName=LSA.upper(), sValueName="usemachineid", uValue=1).code == 0
    assert fleet.state("mixed")[LSA]["USEMACHINEID"] == {"type": "REG_DWORD", "data": 1}
    assert client.call("SetStringValue", sValueName="UseMachineId", sValue="1").code == 0


def test_enumerated_values_are_parallel(fleet: Fleet) -> None:
    answer = fleet.client("mixed").call("EnumValues")
    types = dict(zip(answer.texts("sNames"), answer.texts("Types"), strict=True))
    assert (types["USEMACHINEID"], types["Odd"], types["Security Packages"], types["Bounds"]) == ("1", "0", "7", "3")


def test_keys(fleet: Fleet) -> None:
    client = fleet.client("keys")
    assert client.call("EnumKey").texts("sNames") == ["MSV1_0"]
    assert client.call("CreateKey", sSubKeyName=rf"{LSA}\New\Deep").code == 0
    assert fleet.state("keys")[rf"{LSA}\New\Deep"] == {}
    assert client.call("DeleteKey", sSubKeyName=rf"{LSA}\New").code == 5
    assert client.call("DeleteKey", sSubKeyName=rf"{LSA}\New\Deep").code == 0
    assert client.call("EnumKey").texts("sNames") == ["MSV1_0", "New"]
    assert client.call("CheckAccess", uRequired=2).text("bGranted") == "true"


def test_expanded_string(fleet: Fleet) -> None:
    key = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    answer = fleet.client().call("GetExpandedStringValue", sSubKeyName=key, sValueName="SystemRoot")
    assert answer.text("sValue") == r"C:\Windows"


def test_untouched_host_has_no_policy(fleet: Fleet) -> None:
    """Also before anybody asked, and in both namespaces."""
    assert USE_MACHINE_ID not in fleet.state("untouched")[LSA]
    assert fleet.state("untouched")[rf"{LSA}\MSV1_0"]
    other = STDREGPROV.replace("cimv2", "default")
    assert fleet.client("untouched").call("GetDWORDValue", other, sValueName=USE_MACHINE_ID).code == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_pywinrm_reads_and_writes(fleet: Fleet, scheme: str) -> None:
    protocol = fleet.client(f"winrm-{scheme}").pywinrm()

    def call(method: str, **inputs: Any) -> dict[str, Any]:
        message = {"env:Envelope": protocol.build_wsman_header(f"{STDREGPROV}/{method}", STDREGPROV)}
        given = {"r:hDefKey": "2147483650", "r:sSubKeyName": LSA}
        given |= {f"r:{name}": value for name, value in inputs.items()}
        message["env:Envelope"]["env:Body"] = {f"r:{method}_INPUT": {"@xmlns:r": STDREGPROV, **given}}
        answer = xmltodict.parse(protocol.send_message(xmltodict.unparse(message)))
        return dict(answer["s:Envelope"]["s:Body"][f"p:{method}_OUTPUT"])

    assert call("SetDWORDValue", sValueName=USE_MACHINE_ID, uValue="1")["p:ReturnValue"] == "0"
    assert call("GetDWORDValue", sValueName=USE_MACHINE_ID)["p:uValue"] == "1"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_pypsrp_reads_and_writes(fleet: Fleet, scheme: str) -> None:
    with fleet.client(f"psrp-{scheme}").pypsrp() as wsman:

        def call(method: str, output: str, **inputs: Any) -> str | None:
            body = method_input(STDREGPROV, method, hDefKey=2147483650, sSubKeyName=LSA, **inputs)
            answer = wsman.invoke(f"{STDREGPROV}/{method}", STDREGPROV, body)
            return answer.findtext(f".//{{{STDREGPROV}}}{output}")

        assert call("SetDWORDValue", "ReturnValue", sValueName=USE_MACHINE_ID, uValue=1) == "0"
        assert call("GetDWORDValue", "uValue", sValueName=USE_MACHINE_ID) == "1"
