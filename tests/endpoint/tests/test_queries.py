# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from .support import ALL_CLASSES, ENUMERATION, NIL, OPERATING_SYSTEM, SOAP, TRANSFER, WMI, WSMAN, Fleet, enumerate_body

VERSION_QUERY = "select Version,BuildNumber,ProductType,CSDVersion from Win32_OperatingSystem"
COMPUTER_SYSTEM = f"{WMI}root/cimv2/Win32_ComputerSystem"
RELEASES = {
    "xp": ("5.1.2600", "1"),
    "2003": ("5.2.3790", "3"),
    "vista": ("6.0.6002", "1"),
    "2008": ("6.0.6002", "3"),
    "7": ("6.1.7601", "1"),
    "2008r2": ("6.1.7601", "3"),
    "2012": ("6.2.9200", "3"),
    "2012r2": ("6.3.9600", "3"),
    "10": ("10.0.19045", "1"),
    "11": ("10.0.26100", "1"),
    "2016": ("10.0.14393", "3"),
    "2019": ("10.0.17763", "3"),
    "2022": ("10.0.20348", "3"),
    "2025": ("10.0.26100", "3"),
}
HOSTS: dict[str, Any] = {
    **{f"r-{name}": {"release": name} for name in RELEASES},
    "h": {},
    "a-very-long-name.corp.example": {},
    "dc": {"release": 2019, "domain_controller": True},
    "insider": {"version": "10.0.99999", "product_type": "workstation", "caption": "Microsoft Windows 12", "sku": 101},
    "empty-first": {"answers": {"enumeration": "empty_first"}},
    "one-per-page": {"answers": {"enumeration": "one_per_page"}},
    "leftover": {"answers": {"enumeration": "leftover_context"}},
    "one-context": {"answers": {"enumeration": "one_context"}},
    "empty-items": {"answers": {"enumeration": "empty_items"}},
    "no-get": {"answers": {"bare_get": "refused"}},
}


@pytest.mark.parametrize("release", RELEASES)
def test_releases(fleet: Fleet, release: str) -> None:
    answer = fleet.client(f"r-{release}").query(VERSION_QUERY)
    assert (answer.text("Version"), answer.text("ProductType")) == RELEASES[release]
    assert answer.text("BuildNumber") == answer.text("Version").split(".")[2]


def test_a_host_bears_its_netbios_name(fleet: Fleet) -> None:
    client = fleet.client("a-very-long-name.corp.example")
    names = client.query("select CSName from Win32_OperatingSystem").text("CSName")
    system = client.query("select Name, DNSHostName from Win32_ComputerSystem")
    assert (names, system.text("Name")) == ("A-VERY-LONG-NAM", "A-VERY-LONG-NAM")
    assert system.text("DNSHostName") == "a-very-long-name"


def test_overrides(fleet: Fleet) -> None:
    answer = fleet.client("insider").query("select * from Win32_OperatingSystem")
    found = [answer.text(name) for name in ("Caption", "OperatingSystemSKU", "ProductType", "Version")]
    assert found == ["Microsoft Windows 12", "101", "1", "10.0.99999"]


def test_projection_is_a_fragment_without_namespaces_in_alphabetical_order(fleet: Fleet) -> None:
    answer = fleet.client().query(VERSION_QUERY)
    (fragment,) = answer.elements("XmlFragment")
    assert fragment.tag == f"{{{WSMAN}}}XmlFragment"
    assert [child.tag for child in fragment] == ["BuildNumber", "CSDVersion", "ProductType", "Version"]
    assert fragment[1].get(NIL) == "true"
    assert answer.text("EnumerationContext") == ""
    assert answer.elements("EndOfSequence")[0].tag == f"{{{WSMAN}}}EndOfSequence"


def test_star_is_an_instance(fleet: Fleet) -> None:
    answer = fleet.client().query("SELECT * FROM win32_operatingsystem")
    (instance,) = answer.elements("Win32_OperatingSystem")
    assert {child.tag.rpartition("}")[0] for child in instance} == {f"{{{OPERATING_SYSTEM}"}
    assert b'xsi:type="p:Win32_OperatingSystem_Type"' in answer.payload
    assert instance.find(f"{{{OPERATING_SYSTEM}}}InstallDate/*").tag.endswith("}Datetime")  # type: ignore[union-attr]  # no element fails as well


def test_get(fleet: Fleet) -> None:
    client = fleet.client("dc")
    assert client.ask(f"{TRANSFER}/Get", OPERATING_SYSTEM).text("ProductType") == "2"
    assert client.ask(f"{TRANSFER}/Get", OPERATING_SYSTEM.upper().replace("HTTP", "http", 1)).status == 200
    computer = client.ask(f"{TRANSFER}/Get", COMPUTER_SYSTEM, selectors={"NAME": "dc"})
    assert (computer.text("DomainRole"), computer.text("PartOfDomain")) == ("5", "true")
    assert client.query("select DomainRole, Roles from Win32_ComputerSystem").texts("Roles")[0] == "LM_Workstation"


@pytest.mark.parametrize(
    ("uri", "selectors", "subcode", "number"),
    [
        (COMPUTER_SYSTEM, {}, "InvalidSelectors", 2150858842),
        (COMPUTER_SYSTEM, {"Name": "other"}, "DestinationUnreachable", 2150858752),
        (OPERATING_SYSTEM, {"Name": "x"}, "InvalidSelectors", 2150858843),
        (OPERATING_SYSTEM, {"__cimnamespace": "root/default"}, "InvalidSelectors", 2150858843),
        (f"{WMI}root/cimv2/Win32_Nothing", {}, "DestinationUnreachable", 2150858752),
        (f"{WMI}root/nowhere/Win32_OperatingSystem", {}, "DestinationUnreachable", 2150858752),
        ("urn:nothing", {}, "DestinationUnreachable", 2150858811),
    ],
)
def test_refused_gets(fleet: Fleet, uri: str, selectors: dict[str, str], subcode: str, number: int) -> None:
    answer = fleet.client().ask(f"{TRANSFER}/Get", uri, selectors=selectors)
    assert (answer.status, answer.subcode, answer.numbers) == (500, subcode, [number])


def test_bare_get_may_be_refused(fleet: Fleet) -> None:
    assert fleet.client("no-get").ask(f"{TRANSFER}/Get", OPERATING_SYSTEM).subcode == "DestinationUnreachable"
    assert fleet.client("no-get").query(VERSION_QUERY).status == 200


@pytest.mark.parametrize(
    "text",
    [
        "select * from Win32_Nothing",
        "select Nothing from Win32_OperatingSystem",
        "drop table",
        "select * from A where b",
    ],
)
def test_refused_queries(fleet: Fleet, text: str) -> None:
    answer = fleet.client().query(text)
    assert (answer.subcode, answer.numbers[-1]) == ("CannotProcessFilter", 2150858778)
    action = answer.root.findtext(f"{{{SOAP}}}Header/*")
    assert action == f"{ENUMERATION}/fault"


def test_class_of_query_missing_tells_in_the_provider_fault(fleet: Fleet) -> None:
    answer = fleet.client().query("select * from Win32_Nothing")
    assert len(answer.elements("ProviderFault")) == 1
    assert answer.numbers == [2150858778, 2150858778]


def test_other_dialect(fleet: Fleet) -> None:
    body = enumerate_body("//x")
    body[-1].set("Dialect", "http://www.w3.org/TR/1999/REC-xpath-19991116")
    assert fleet.client().ask(f"{ENUMERATION}/Enumerate", ALL_CLASSES, body).subcode.startswith("FilterDialect")


@pytest.mark.parametrize("mode", ["EnumerateEPR", "EnumerateObjectAndEPR"])
def test_enumerations_of_references_are_refused(fleet: Fleet, mode: str) -> None:
    body = enumerate_body(VERSION_QUERY)
    ET.SubElement(body, f"{{{WSMAN}}}EnumerationMode").text = mode
    answer = fleet.client().ask(f"{ENUMERATION}/Enumerate", ALL_CLASSES, body)
    assert (answer.status, answer.subcode, answer.elements("Items")) == (500, "UnsupportedFeature", [])
    assert answer.text("FaultDetail").endswith("/EnumerationMode")


def test_max_elements_belongs_to_the_namespace_of_its_message(fleet: Fleet) -> None:
    client = fleet.client()
    body = enumerate_body(VERSION_QUERY, optimize=False)
    ET.SubElement(body, f"{{{ENUMERATION}}}MaxElements").text = "10"
    assert client.ask(f"{ENUMERATION}/Enumerate", ALL_CLASSES, body).subcode == "SchemaValidationError"
    context = client.query(VERSION_QUERY, optimize=False).text("EnumerationContext")
    statuses = {}
    for namespace in (WSMAN, ENUMERATION):
        pull = ET.Element(f"{{{ENUMERATION}}}Pull")
        ET.SubElement(pull, f"{{{ENUMERATION}}}EnumerationContext").text = context
        ET.SubElement(pull, f"{{{namespace}}}MaxElements").text = "10"
        statuses[namespace] = client.ask(f"{ENUMERATION}/Pull", ALL_CLASSES, pull).subcode
    assert statuses == {WSMAN: "SchemaValidationError", ENUMERATION: ""}, "a refused Pull ends nothing"


def test_enumeration_of_one_class(fleet: Fleet) -> None:
    answer = fleet.client().ask(f"{ENUMERATION}/Enumerate", OPERATING_SYSTEM, enumerate_body(None))
    assert answer.text("Version") == "10.0.20348"


def test_plain_enumeration_starts_with_a_context_only(fleet: Fleet) -> None:
    client = fleet.client()
    first = client.query(VERSION_QUERY, optimize=False)
    assert (first.elements("Items"), first.elements("EndOfSequence")) == ([], [])
    page = client.pull(first.text("EnumerationContext"))
    assert page.text("Version") == "10.0.20348"
    assert {element.tag for name in ("Items", "EndOfSequence") for element in page.elements(name)} == {
        f"{{{ENUMERATION}}}Items",
        f"{{{ENUMERATION}}}EndOfSequence",
    }
    assert client.pull(first.text("EnumerationContext")).subcode == "InvalidEnumerationContext"


def test_release_ends_an_enumeration(fleet: Fleet) -> None:
    client = fleet.client()
    context = client.query(VERSION_QUERY, optimize=False).text("EnumerationContext")
    assert client.pull(context, "Release").status == 200
    assert client.pull(context).status == 500


@pytest.mark.parametrize(
    ("host", "pages"),
    [
        ("empty-first", [0, 1]),
        ("one-per-page", [1, 0]),
        ("leftover", [1]),
        ("one-context", [1, 0]),
        ("empty-items", [0, 1]),
    ],
)
def test_enumeration_styles(fleet: Fleet, host: str, pages: list[int]) -> None:
    client = fleet.client(host)
    answers = [client.query(VERSION_QUERY)]
    while not answers[-1].elements("EndOfSequence"):
        answers.append(client.pull(answers[-1].text("EnumerationContext")))
    assert [len(answer.elements("XmlFragment")) for answer in answers] == pages
    contexts = [answer.text("EnumerationContext") for answer in answers]
    assert bool(contexts[-1]) == (host in ("leftover", "one-context"))
    assert (len(set(contexts)) < len(contexts)) == (host == "one-context")
    assert bool(answers[0].elements("Items")) == (host != "empty-first")


def test_identify(fleet: Fleet) -> None:
    identify = ET.Element("{http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd}Identify")
    root = ET.Element(f"{{{SOAP}}}Envelope")
    ET.SubElement(root, f"{{{SOAP}}}Header")
    ET.SubElement(root, f"{{{SOAP}}}Body").append(identify)
    status, payload = fleet.client("r-2008r2").post(ET.tostring(root))
    assert status == 200
    assert b"OS: 6.1.7601 SP: 1.0 Stack: 2.0" in payload


def test_clients_enumerate(fleet: Fleet) -> None:
    with fleet.client().pypsrp() as wsman:
        body = wsman.enumerate(ALL_CLASSES, enumerate_body(VERSION_QUERY))
    assert body.findtext(".//Version") == "10.0.20348"
