# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recorder on hosts that reveal as much about themselves as they can."""

from __future__ import annotations

import re
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import Unreachable
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.requests import RequestOptions
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.session import HttpResponse
from ansible_collections.winsec.lsa.tests.transcripts.calls import perform
from ansible_collections.winsec.lsa.tests.transcripts.recording import (
    Recorded,
    Unsafe,
    names_in_inventory,
    over_channel,
    over_shell,
    record,
)
from ansible_collections.winsec.lsa.tests.transcripts.replay import host_of
from ansible_collections.winsec.lsa.tests.transcripts.transcript import load, request_of
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.connections import visit
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.envelopes import envelope, fault, output

LSA = r"SYSTEM\CurrentControlSet\Control\Lsa"
CURRENT_VERSION = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
TCPIP = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
#: What must not be in any file, in any spelling.
SECRETS = (
    "srv01",
    "contoso",
    "fabrikam",
    "jdoe",
    "s3cr3t",
    "00330-80000",
    "10.20.30.40",
    "133500000000000000",
    "1da4",
    "payroll",
)

VALUES: dict[tuple[str, str], tuple[str, t.Any]] = {
    (LSA, "UseMachineId"): ("REG_DWORD", 1),
    (LSA, "Bounds"): ("REG_BINARY", [0, 48]),
    (rf"{LSA}\MSV1_0", "NtlmMinClientSec"): ("REG_DWORD", 536870912),
    (LSA, "Vendor"): ("REG_SZ", "licensed to Fabrikam"),
    (CURRENT_VERSION, "CurrentVersion"): ("REG_SZ", "6.3"),
    (CURRENT_VERSION, "CurrentMajorVersionNumber"): ("REG_DWORD", 10),
    (CURRENT_VERSION, "CurrentMinorVersionNumber"): ("REG_DWORD", 0),
    (CURRENT_VERSION, "CurrentBuildNumber"): ("REG_SZ", "20348"),
    (CURRENT_VERSION, "ProductId"): ("REG_SZ", "00330-80000-00000-AA123"),
    (CURRENT_VERSION, "RegisteredOwner"): ("REG_SZ", "jdoe"),
    (CURRENT_VERSION, "RegisteredOrganization"): ("REG_SZ", "Fabrikam"),
    (CURRENT_VERSION, "InstallTime"): ("REG_QWORD", 133500000000000000),
    (TCPIP, "Hostname"): ("REG_SZ", "SRV01"),
    (TCPIP, "Domain"): ("REG_SZ", "Contoso.example.org"),
    (r"SYSTEM\CurrentControlSet\Control\ProductOptions", "ProductType"): ("REG_SZ", "ServerNT"),
    (r"SYSTEM\CurrentControlSet\Control\ProductOptions", "ProductSuite"): ("REG_MULTI_SZ", ["a", "b"]),
}
NUMBERS = {"REG_SZ": 1, "REG_BINARY": 3, "REG_DWORD": 4, "REG_MULTI_SZ": 7, "REG_QWORD": 11}
READERS = {
    "GetDWORDValue": ("REG_DWORD", "uValue"),
    "GetQWORDValue": ("REG_QWORD", "uValue"),
    "GetStringValue": ("REG_SZ", "sValue"),
    "GetBinaryValue": ("REG_BINARY", "uValue"),
    "GetMultiStringValue": ("REG_MULTI_SZ", "sValue"),
}


class Service:
    """WinRM on the host: its faults name it in full, and it adds a word about the caller."""

    options = RequestOptions("http://srv01.contoso.example.org:5985/wsman")

    def __init__(self) -> None:
        self.methods: list[str] = []

    def send(self, request: bytes) -> HttpResponse:
        asked, message_id = request_of(request)
        body = self._body(asked)
        note = "<!-- to CONTOSO\\JDoe at 10.20.30.40, password s3cr3t-s3cr3t -->"
        return HttpResponse(500 if "s:Fault" in body else 200, envelope(body + note, relates_to=message_id))

    def pause(self, _seconds: float) -> bool:
        raise NotImplementedError

    def _body(self, asked: dict[str, t.Any]) -> str:
        path, _slash, method = asked.get("invoke", "").rpartition("/")
        if "Win32_OperatingSystem" in asked.get("query", "") and asked["namespace"] == "root/cimv2":
            properties = (
                "<Version>10.0.20348</Version><ProductType>3</ProductType><Description>Payroll</Description>"
                "<LastBootUpTime><Datetime>2026-07-08T09:10:11Z</Datetime></LastBootUpTime>"
            )
            return (
                f"<n:EnumerateResponse><w:Items><a>{properties}</a></w:Items><w:EndOfSequence/></n:EnumerateResponse>"
            )
        if path not in ("root/cimv2/StdRegProv", "root/default/StdRegProv") or method.startswith("Winsec"):
            detail = '<WSManFault Code="2150858752" Machine="SRV01.contoso.example.org"/>'
            return fault("a:DestinationUnreachable", detail)
        self.methods.append(method)
        return output(method, *self._parameters(method, asked["parameters"]))

    def _parameters(self, method: str, asked: dict[str, str]) -> list[tuple[str, str]]:
        key, name = asked["sSubKeyName"], asked.get("sValueName", "")
        if method == "EnumValues":
            found = [(name, NUMBERS[type_]) for (of, name), (type_, _data) in VALUES.items() if of == key]
            return (
                [("sNames", name) for name, _n in found]
                + [("Types", str(n)) for _n, n in found]
                + [("ReturnValue", "0")]
            )
        if method in ("SetDWORDValue", "DeleteValue"):
            return [("ReturnValue", "0" if (key, name) in VALUES else "2")]
        type_, parameter = READERS[method]
        stored = VALUES.get((key, name))
        if stored is None:
            return [("ReturnValue", "1")]
        if stored[0] != type_:
            return [("ReturnValue", "2147749893")]
        data = stored[1] if isinstance(stored[1], list) else [stored[1]]
        return [*((parameter, str(entry)) for entry in data), ("ReturnValue", "0")]


class Shell:
    """An ssh connection to the host, with reg.exe behind it."""

    transport = "ssh"

    def __init__(self, family: str) -> None:
        self._shell = types.SimpleNamespace(SHELL_FAMILY=family)
        self.commands: list[str] = []

    def exec_command(self, command: str, **options: t.Any) -> tuple[int, bytes, bytes]:
        del options
        self.commands.append(command)
        parts = [self._reg(part) for part in re.split(r" & |; ", command)]
        return parts[-1][0], b"".join(part[1] for part in parts), b"".join(part[2] for part in parts)

    def _reg(self, command: str) -> tuple[int, bytes, bytes]:
        found = re.match(r"""reg.exe (\w+) ["']HKLM\\([^"']*)["'](?: /v (\w+))?""", command)
        assert found
        verb, key, name = found.groups()
        if verb != "query":
            return 0, b"The operation completed successfully.\r\n", b""
        chosen = {of[1]: value for of, value in VALUES.items() if of[0] == key and name in (None, of[1])}
        below = {of for of, _name in VALUES if of.rpartition("\\")[0] == key}
        if not chosen and not (below and name is None):
            return 1, b"", b"ERROR: not found\r\n"
        head = ["", f"HKEY_LOCAL_MACHINE\\{key}"] if chosen else []
        lines = [f"    {name}    {type_}    {_shown(type_, data)}" for name, (type_, data) in chosen.items()]
        subkeys = [f"HKEY_LOCAL_MACHINE\\{of}" for of in sorted(below)] if name is None else []
        return 0, "\r\n".join([*head, *lines, "", *subkeys, ""]).encode(), b""


def _refuses(shell: Shell, command: str) -> tuple[int, bytes, bytes]:
    del shell, command
    return 1, b"", b""


def _shown(type_: str, data: t.Any) -> str:
    if type_ == "REG_BINARY":
        return bytes(data).hex()
    if type_ == "REG_MULTI_SZ":
        return r"\0".join(data)
    return f"{data:#x}" if isinstance(data, int) else str(data)


NAMES = {"jdoe": "user", "s3cr3t-s3cr3t": "secret"}
ABOUT = {"source": "a test", "cut": "names"}


def recorded(way: str, write: bool = False) -> tuple[Recorded, Service | Shell]:
    host: t.Any = Service() if way == "wsman" else Shell(way)
    tape = over_channel(host) if way == "wsman" else over_shell(host, visit(t.cast(t.Any, None)))
    return record(tape, NAMES, ABOUT, write=write), host


@pytest.mark.parametrize("way", ["wsman", "cmd", "powershell"])
def test_nothing_tells_whose_host_it_is_and_the_replay_leads_to_the_same(way: str, tmp_path: Path) -> None:
    transcript, _host = recorded(way)
    for secret in SECRETS:
        assert secret not in transcript.text.casefold(), secret
    assert transcript.release == "Windows Server 2022"
    file = tmp_path / "transcript.yml"
    file.write_text(transcript.text, encoding="utf-8")
    read = load(file)
    host = host_of(read.exchanges)
    for call, result in read.findings:
        assert perform(call, host) == result, call
    facts = read.findings[0].result
    assert (facts["configured"], facts["windows"]["version"]) == ("enabled", "10.0.20348")
    kinds = {result.get("type") for call, result in read.findings if "read" in call and result}
    assert kinds >= {"REG_SZ", "REG_BINARY", "REG_MULTI_SZ", "REG_QWORD"}


def test_faults_are_kept_as_they_came_but_for_the_names() -> None:
    transcript, _host = recorded("wsman")
    assert 'Code="2150858752" Machine="host.domain.example"' in transcript.text
    assert "to domain\\user at 192.0.2.1, password secret" in transcript.text


def test_what_was_replaced_is_shown_but_for_secrets_and_uuids() -> None:
    transcript, _host = recorded("wsman")
    assert {"CONTOSO -> domain", "JDoe -> user", "SRV01.contoso.example.org -> host.domain.example"} <= set(
        transcript.shown
    )
    assert not [line for line in transcript.shown if "s3cr3t" in line or "-4" in line], transcript.shown


def test_a_host_is_only_read_unless_writing_is_asked_for() -> None:
    for way, reads in (("wsman", r"Get|Enum"), ("cmd", "reg.exe query ")):
        _transcript, host = recorded(way)
        asked = host.methods if isinstance(host, Service) else host.commands
        assert all(re.match(reads, one) for one in asked), asked


def test_writing_stores_what_is_stored_and_deletes_what_is_absent() -> None:
    _transcript, service = recorded("wsman", write=True)
    _transcript, shell = recorded("cmd", write=True)
    assert [m for m in t.cast(Service, service).methods if m in ("SetDWORDValue", "DeleteValue")] == [
        "SetDWORDValue",
        "DeleteValue",
    ]
    writes = [command for command in t.cast(Shell, shell).commands if " query " not in command]
    assert [re.sub(r"\s+", " ", write) for write in writes] == [
        f'reg.exe add "HKLM\\{LSA}" /v UseMachineId /t REG_DWORD /d 1 /f',
        f'reg.exe delete "HKLM\\{LSA}\\MSV1_0" /v AllowNullSessionFallback /f',
    ]


def test_a_transcript_that_says_something_else_than_the_host_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VALUES, (TCPIP, "Hostname"), ("REG_SZ", "20348"))
    with pytest.raises(Unsafe, match="changes what the facts say"):
        recorded("cmd")


def test_a_host_that_is_lost_is_not_asked_again() -> None:
    asked: list[bytes] = []

    def send(envelope: bytes) -> HttpResponse:
        asked.append(envelope)
        raise Unreachable("The host refused the login", "Check it.")

    with pytest.raises(Unreachable):
        record(over_channel(types.SimpleNamespace(options=Service.options, send=send)), NAMES, ABOUT, write=True)
    assert len(asked) == 1


def test_the_inventory_knows_names_too() -> None:
    options = {"remote_addr": "srv01.contoso.example.org", "remote_user": "CONTOSO\\jdoe", "host": None}
    connection = types.SimpleNamespace(get_option=options.__getitem__)
    assert (
        names_in_inventory(connection, "web-1").items()
        >= {
            "web-1": "host",
            "srv01": "host",
            "contoso.example.org": "domain.example",
            "CONTOSO": "domain",
            "jdoe": "user",
        }.items()
    )


def test_a_host_that_refuses_everything_is_recorded_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shell, "_reg", _refuses)
    transcript, _host = recorded("cmd")
    assert transcript.release == "Windows"
    assert "windows: not reported by the host" in transcript.text
