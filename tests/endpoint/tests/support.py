# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command as a user runs it, and the real clients against it."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xmltodict
import yaml
from pypsrp.wsman import WSMan
from winrm.protocol import Protocol

WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
STDREGPROV = f"{WMI}root/cimv2/StdRegProv"
OPERATING_SYSTEM = f"{WMI}root/cimv2/Win32_OperatingSystem"
ALL_CLASSES = f"{WMI}root/cimv2/*"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
LSA = r"SYSTEM\CurrentControlSet\Control\Lsa"
COMMAND = [sys.executable, "-m", "winsec_endpoint"]


class Fleet:
    """One running endpoint."""

    def __init__(self, directory: Path, fleet: dict[str, Any], *arguments: str) -> None:
        self.directory = directory
        self.inventory_file = directory / "inventory.yml"
        self.inventory_file.unlink(missing_ok=True)
        fleet_file = directory / "fleet.yml"
        fleet_file.write_text(yaml.safe_dump(fleet))
        files = ["--fleet", fleet_file, "--inventory", self.inventory_file, "--state", directory / "state"]
        files += ["--log", directory / "log", *arguments]
        self.process = subprocess.Popen([*COMMAND, *map(str, files)], stdout=subprocess.PIPE, text=True)

    def wait(self) -> Fleet:
        assert self.process.stdout
        assert "ready" in self.process.stdout.readline()
        return self

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(60)
        if self.process.stdout:
            self.process.stdout.close()
        return status

    def variables(self, host: str) -> dict[str, Any]:
        return dict(yaml.safe_load(self.inventory_file.read_text())["windows"]["hosts"][host])

    def client(self, host: str = "h") -> Client:
        return Client(self.variables(host))

    def state(self, host: str = "h") -> dict[str, Any]:
        return dict(yaml.safe_load((self.directory / "state" / f"{host}.yml").read_text()))

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.directory / "log").read_text().splitlines()]


@dataclass
class Client:
    """Raw requests, and the libraries that Ansible uses, made from inventory variables."""

    variables: dict[str, Any]

    @property
    def port(self) -> int:
        return int(self.variables["ansible_port"])

    @property
    def scheme(self) -> str:
        return str(self.variables.get("ansible_winrm_scheme") or self.variables["ansible_psrp_protocol"])

    @property
    def authority(self) -> str | None:
        return self.variables.get("ansible_winrm_ca_trust_path") or self.variables.get("ansible_psrp_ca_cert")

    def pywinrm(self, **options: Any) -> Protocol:
        return Protocol(
            **{
                "endpoint": f"{self.scheme}://127.0.0.1:{self.port}/wsman",
                "transport": "basic",
                "username": self.variables.get("ansible_user"),
                "password": self.variables.get("ansible_password"),
                "ca_trust_path": self.authority or "legacy_requests",
                **options,
            }
        )

    def pypsrp(self, **options: Any) -> WSMan:
        secure = self.scheme == "https"
        return WSMan(
            "127.0.0.1",
            port=self.port,
            ssl=secure,
            **{
                "auth": "basic",
                "username": self.variables["ansible_user"],
                "password": self.variables["ansible_password"],
                "encryption": "auto" if secure else "never",
                "cert_validation": self.authority or True,
                **options,
            },
        )

    def post(self, body: bytes, *, path: str = "/wsman", method: str = "POST", password: str = "") -> tuple[int, bytes]:
        status, payload, _ = self.exchange(body, path=path, method=method, password=password)
        return status, payload

    def exchange(
        self, body: bytes, *, path: str = "/wsman", method: str = "POST", password: str = "", content_type: str = ""
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        account = f"{self.variables['ansible_user']}:{password or self.variables['ansible_password']}"
        headers = {
            "Authorization": f"Basic {base64.b64encode(account.encode()).decode()}",
            "Content-Type": content_type or "application/soap+xml;charset=UTF-8",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if self.scheme == "https":
            context = ssl.create_default_context(cafile=self.authority)
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read(), response.headers
        finally:
            connection.close()

    def call(self, method: str, uri: str = STDREGPROV, **inputs: Any) -> Answer:
        """A StdRegProv method in the Lsa key, sent raw."""
        given = {"hDefKey": 0x80000002, "sSubKeyName": LSA, **inputs}
        return self.ask(f"{uri}/{method}", uri, method_input(uri, method, **given))

    def ask(self, action: str, uri: str, body: ET.Element | None = None, **header: Any) -> Answer:
        status, payload = self.post(envelope(action, uri, body, **header))
        return Answer(status, payload)

    def query(self, text: str, optimize: bool = True, wanted: int = 100) -> Answer:
        return self.ask(f"{ENUMERATION}/Enumerate", ALL_CLASSES, enumerate_body(text, optimize, wanted))

    def pull(self, context: str, operation: str = "Pull") -> Answer:
        body = ET.Element(f"{{{ENUMERATION}}}{operation}")
        ET.SubElement(body, f"{{{ENUMERATION}}}EnumerationContext").text = context
        return self.ask(f"{ENUMERATION}/{operation}", ALL_CLASSES, body)


@dataclass
class Answer:
    status: int
    payload: bytes

    @property
    def root(self) -> ET.Element:
        return ET.fromstring(self.payload)

    def elements(self, name: str) -> list[ET.Element]:
        return [element for element in self.root.iter() if element.tag.rpartition("}")[2] == name]

    def texts(self, name: str) -> list[str]:
        return [element.text or "" for element in self.elements(name)]

    def text(self, name: str) -> str:
        (found,) = self.texts(name)
        return found

    @property
    def code(self) -> int:
        return int(self.text("ReturnValue"))

    @property
    def subcode(self) -> str:
        return self.root.findtext(f".//{{{SOAP}}}Subcode/{{{SOAP}}}Value", "").rpartition(":")[2]

    @property
    def numbers(self) -> list[int]:
        return [int(element.get("Code", "")) for element in self.elements("WSManFault")]


def method_input(uri: str, method: str, **inputs: Any) -> ET.Element:
    body = ET.Element(f"{{{uri}}}{method}_INPUT")
    for name, value in inputs.items():
        for item in value if isinstance(value, list) else [value]:
            ET.SubElement(body, f"{{{uri}}}{name}").text = str(item)
    return body


def enumerate_body(query: str | None, optimize: bool = True, wanted: int = 100) -> ET.Element:
    body = ET.Element(f"{{{ENUMERATION}}}Enumerate")
    if optimize:
        ET.SubElement(body, f"{{{WSMAN}}}OptimizeEnumeration")
        ET.SubElement(body, f"{{{WSMAN}}}MaxElements").text = str(wanted)
    if query is not None:
        ET.SubElement(body, f"{{{WSMAN}}}Filter", Dialect=WQL).text = query
    return body


def envelope(action: str, uri: str, body: ET.Element | None = None, **changes: Any) -> bytes:
    """pywinrm's envelope; `changes` replace header blocks (None: leave out), selectors are a mapping."""
    sender = Protocol("http://127.0.0.1/wsman", username="u", password="p")
    message = sender.build_wsman_header(action, uri)
    header = message["env:Header"]
    selectors = changes.pop("selectors", None)
    if selectors:
        header["w:SelectorSet"] = {"w:Selector": [{"@Name": name, "#text": value} for name, value in selectors.items()]}
    for name, block in changes.items():
        header[name.replace("_", ":", 1)] = block
    message["env:Header"] = {name: block for name, block in header.items() if block is not None}
    root = ET.fromstring(xmltodict.unparse({"env:Envelope": {**message, "env:Body": ""}}))
    if body is not None:
        root[1].append(body)
    return ET.tostring(root)


def alive(pid: int) -> bool:
    """A zombie, waiting for a parent that never asks, counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the second where it ends while its file is open
        return False


def wait_until(condition: Any, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
