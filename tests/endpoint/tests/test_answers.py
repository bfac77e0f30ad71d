# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variant of `answers:` is on the wire as described."""

from __future__ import annotations

from typing import Any

import pytest

from .support import LSA, NIL, OPERATING_SYSTEM, STDREGPROV, TRANSFER, Fleet

DEFAULT_NAMESPACE = STDREGPROV.replace("cimv2", "default")
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "first": {"return_value": "first"},
    "missing": {"unset": "missing"},
    "empty": {"unset": "empty"},
    "nils": {"nil_entries": True},
    "typed": {"xsi_types": True},
    "negative": {"codes": "negative"},
    "two": {"absent_value": 2},
    "backwards": {"array_order": "reversed"},
    "types-first": {"parameter_order": "reversed"},
    "interleaved": {"parameter_order": "interleaved"},
    "omi": {"prefixes": "omi"},
    "unprefixed": {"prefixes": "default"},
    "lower": {"class_namespace": "lower"},
    "upside-down": {"header_order": "reversed"},
    "bare": {"response_action": "bare", "output_element": "bare"},
    "by-method": {"output_namespace": "method"},
    "whole": {"projection": "whole"},
    "bare-fault": {"fault_style": "bare"},
    "omi-fault": {"fault_style": "omi"},
    "status-400": {"fault_status": 400},
    "status-503": {"fault_status": 503},
    "status-200": {"fault_status": 200},
    "extra": {"extra_elements": True},
    "default-only": {"namespaces": ["root/default"]},
    "cimv2-only": {"namespaces": ["root/cimv2"]},
    "nowhere": {"namespaces": []},
    "german": {"language": "de-DE"},
    "subcode": {"fault_style": "subcode"},
    "number": {"fault_style": "number"},
    "nested": {"fault_style": "nested"},
    "shell": {"shell": "opened"},
    "everything": {"unset": "missing", "prefixes": "omi", "return_value": "first", "extra_elements": True},
}
HOSTS: dict[str, Any] = {name: {"answers": answers} for name, answers in VARIANTS.items()}


def names(fleet: Fleet, host: str, method: str, **inputs: Any) -> list[str]:
    body = fleet.client(host).call(method, **inputs).root[1]
    return [child.tag.rpartition("}")[2] for child in body[0]]


def test_return_value_place(fleet: Fleet) -> None:
    inputs = {"sValueName": "LimitBlankPasswordUse"}
    assert names(fleet, "plain", "GetDWORDValue", **inputs) == ["uValue", "ReturnValue"]
    assert names(fleet, "first", "GetDWORDValue", **inputs) == ["ReturnValue", "uValue"]


@pytest.mark.parametrize(
    ("host", "expected"), [("plain", [({NIL: "true"}, None)]), ("empty", [({}, None)]), ("missing", [])]
)
@pytest.mark.parametrize("method", ["GetDWORDValue", "GetMultiStringValue"])
def test_unset_parameters(fleet: Fleet, host: str, method: str, expected: list[Any]) -> None:
    answer = fleet.client(host).call(method, sValueName="absent")
    found = answer.elements("uValue") + answer.elements("sValue")
    assert [(element.attrib, element.text) for element in found] == expected
    assert answer.code == 1


def test_nil_entries(fleet: Fleet) -> None:
    answer = fleet.client("nils").call("EnumValues")
    assert [element.get(NIL) for element in answer.elements("Types")][:2] == ["true", None]
    assert len(answer.elements("Types")) == len(answer.elements("sNames"))


def test_xsi_types(fleet: Fleet) -> None:
    payload = fleet.client("typed").call("GetStringValue", sValueName="absent").payload
    assert b'xsi:type="cim:cimString"' in payload
    assert b'xsi:type="cim:cimUnsignedInt"' in payload


def test_codes(fleet: Fleet) -> None:
    inputs = {"sValueName": "Bounds"}
    assert fleet.client("negative").call("GetDWORDValue", **inputs).text("ReturnValue") == "-2147217403"
    assert fleet.client("two").call("GetDWORDValue", sValueName="absent").code == 2


def test_orders(fleet: Fleet) -> None:
    plain = fleet.client("plain").call("EnumValues")
    backwards = fleet.client("backwards").call("EnumValues")
    assert backwards.texts("sNames") == plain.texts("sNames")[::-1]
    assert backwards.texts("Types") == plain.texts("Types")[::-1]
    assert names(fleet, "types-first", "EnumValues")[0] == "Types"
    assert names(fleet, "interleaved", "EnumValues")[:4] == ["sNames", "Types", "sNames", "Types"]


@pytest.mark.parametrize(
    ("host", "start"),
    [("plain", b"<s:Envelope "), ("omi", b"<SOAP-ENV:Envelope "), ("unprefixed", b"<s:Envelope ")],
)
def test_prefixes(fleet: Fleet, host: str, start: bytes) -> None:
    answer = fleet.client(host).call("EnumKey")
    assert answer.payload.startswith(start)
    assert answer.root[1][0].tag == f"{{{STDREGPROV}}}EnumKey_OUTPUT"
    assert (b"<EnumKey_OUTPUT xmlns=" in answer.payload) == (host == "unprefixed")


def test_class_is_bound_to_the_prefix_of_the_envelope_again(fleet: Fleet) -> None:
    payload = fleet.client("plain").call("EnumKey").payload
    assert b'xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"' in payload
    assert f'<p:EnumKey_OUTPUT xmlns:p="{STDREGPROV}">'.encode() in payload


def test_class_namespace_case(fleet: Fleet) -> None:
    assert fleet.client("lower").call("EnumKey").root[1][0].tag == f"{{{STDREGPROV.lower()}}}EnumKey_OUTPUT"


def test_header_order(fleet: Fleet) -> None:
    header = [block.tag.rpartition("}")[2] for block in fleet.client("plain").call("EnumKey").root[0]]
    assert header == ["Action", "MessageID", "To", "RelatesTo"]
    assert fleet.client("upside-down").call("EnumKey").root[0][-1].tag.endswith("}Action")


def test_bare_action_and_element(fleet: Fleet) -> None:
    answer = fleet.client("bare").call("EnumKey")
    assert answer.text("Action") == f"{STDREGPROV}/EnumKey"
    assert answer.root[1][0].tag == f"{{{STDREGPROV}}}EnumKey"


def test_output_in_a_namespace_of_the_method(fleet: Fleet) -> None:
    (output,) = fleet.client("by-method").call("EnumKey").root[1]
    namespace = "{http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/EnumKey}"
    assert output.tag == f"{namespace}EnumKey_OUTPUT"
    assert {child.tag for child in output} == {f"{namespace}sNames", f"{namespace}ReturnValue"}


def test_a_projection_may_bring_whole_objects(fleet: Fleet) -> None:
    query = "select Version from Win32_OperatingSystem"
    (items,) = fleet.client("whole").query(query).elements("Items")
    assert items[0].tag == f"{{{OPERATING_SYSTEM}}}Win32_OperatingSystem"
    assert len(items[0]) > 1
    (items,) = fleet.client("plain").query(query).elements("Items")
    assert [child.tag for child in items[0]] == ["Version"]
    answer = fleet.client("whole").query("select Nothing from Win32_OperatingSystem")
    assert answer.subcode == "CannotProcessFilter"


@pytest.mark.parametrize("status", [400, 503, 200])
def test_status_of_faults(fleet: Fleet, status: int) -> None:
    answer = fleet.client(f"status-{status}").ask(f"{TRANSFER}/Get", f"{OPERATING_SYSTEM}2")
    assert (answer.status, answer.subcode) == (status, "DestinationUnreachable")


def test_omi_error(fleet: Fleet) -> None:
    answer = fleet.client("omi-fault").ask(f"{TRANSFER}/Get", f"{OPERATING_SYSTEM}2")
    assert (answer.subcode, answer.numbers, answer.elements("FaultDetail")) == ("DestinationUnreachable", [], [])
    assert (answer.text("OMI_Code"), answer.text("Message")) == ("6", answer.text("Text"))


def test_bare_fault(fleet: Fleet) -> None:
    answer = fleet.client("bare-fault").ask(f"{TRANSFER}/Get", f"{OPERATING_SYSTEM}2")
    assert (answer.subcode, answer.text("Text"), answer.elements("Detail")) == ("DestinationUnreachable", "", [])


def test_extra_elements(fleet: Fleet) -> None:
    answer = fleet.client("extra").call("EnumKey")
    assert (answer.text("Trace"), answer.text("uVendorHint")) == ("not for you", "7")


@pytest.mark.parametrize(
    ("host", "cimv2", "default"), [("default-only", 500, 200), ("cimv2-only", 200, 500), ("nowhere", 500, 500)]
)
def test_namespaces(fleet: Fleet, host: str, cimv2: int, default: int) -> None:
    client = fleet.client(host)
    statuses = [client.call("EnumKey", uri).status for uri in (STDREGPROV, DEFAULT_NAMESPACE)]
    assert statuses == [cimv2, default]


def test_german(fleet: Fleet) -> None:
    answer = fleet.client("german").ask(f"{TRANSFER}/Get", f"{OPERATING_SYSTEM}2")
    assert "wurde nicht gefunden" in answer.text("Text")
    assert b'xml:lang="de-DE"' in answer.payload


@pytest.mark.parametrize(
    ("host", "subcode", "numbers"),
    [
        ("plain", "DestinationUnreachable", [2150858752]),
        ("subcode", "DestinationUnreachable", []),
        ("number", "", [2150858752]),
        ("nested", "DestinationUnreachable", [2150858755, 2150858752]),
    ],
)
def test_fault_styles(fleet: Fleet, host: str, subcode: str, numbers: list[int]) -> None:
    answer = fleet.client(host).ask(f"{TRANSFER}/Get", f"{OPERATING_SYSTEM}2")
    assert (answer.subcode, answer.numbers) == (subcode, numbers)


def test_shell_that_opens_and_closes(fleet: Fleet) -> None:
    protocol = fleet.client("shell").pywinrm()
    shell_id = protocol.open_shell()
    with pytest.raises(Exception, match="no PowerShell"):
        protocol.run_command(shell_id, "whoami")
    protocol.close_shell(shell_id)
    with pytest.raises(Exception, match="no PowerShell"):
        protocol.close_shell(shell_id)


@pytest.mark.parametrize("host", [host for host in VARIANTS if host != "nowhere"])  # where there is no StdRegProv
def test_no_variant_loses_the_value(fleet: Fleet, host: str) -> None:
    uri = DEFAULT_NAMESPACE if host == "default-only" else STDREGPROV
    client = fleet.client(host)
    assert client.call("SetDWORDValue", uri, sValueName="UseMachineId", uValue=1).code == 0
    assert client.call("GetDWORDValue", uri, sValueName="UseMachineId").text("uValue") == "1"
    assert fleet.state(host)[LSA]["UseMachineId"] == {"type": "REG_DWORD", "data": 1}
