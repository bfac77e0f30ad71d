# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of `misbehave:`, met by a client."""

from __future__ import annotations

import http.client
import ssl
import time
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from pypsrp.exceptions import WinRMError, WSManFaultError
from winrm.exceptions import WinRMOperationTimeoutError
from winrm.exceptions import WSManFaultError as PywinrmFault

from .support import LSA, OPERATING_SYSTEM, STDREGPROV, Fleet, method_input

PRESENT = {"registry": {LSA: {"UseMachineId": {"type": "REG_DWORD", "data": 0}}}}
FAULTS: dict[str, tuple[str, list[int]]] = {
    "access_denied": ("AccessDenied", [5]),
    "wmi_access_denied": ("AccessDenied", [2150859012]),
    "provider_access_denied": ("AccessDenied", [2150859013]),
    "quota_shells": ("QuotaLimit", []),
    "quota_operations": ("QuotaLimit", [2150859174]),
    "operation_timeout": ("TimedOut", [2150858793]),
    "internal_error": ("InternalError", [2147942405, 2147942405]),
    "not_found": ("DestinationUnreachable", [2150858752]),
    "unknown": ("Unwilling", []),
    "no_class": ("CannotProcessFilter", [2150858778, 2150858778]),
    "no_method": ("ActionNotSupported", [2150858753]),
    "no_namespace": ("InternalError", [2147749902]),
    "shutting_down": ("InternalError", [2147749939]),
}
BODIES = {
    "html_200": (200, b"<h1>"),
    "html_403": (403, b"<h1>"),
    "html_502": (502, b"<h1>"),
    "empty_200": (200, b""),
    "empty_404": (404, b""),
    "empty_413": (413, b""),
    "empty_429": (429, b""),
    "empty_500": (500, b""),
    "billion_laughs": (200, b"&l9;"),
    "external_entity": (200, b"SYSTEM"),
    "garbage": (200, b"\x00\x01"),
    "unavailable": (503, b""),
    "oversized": (200, b"  </x>"),
    "not_utf8": (200, b"\xfc"),
    "other_xml": (200, b"<feed"),
}
RULES: dict[str, Any] = {
    "deny-reads": {"deny_reads": True},
    "deny-writes": {"deny_writes": True},
    "deny-fault": {"deny_writes": "fault", "deny_reads": "fault"},
    "lose-writes": {"lose_writes": True},
    "lose-deletes": {"lose_deletes": True},
    "slow-writes": {"delay": 3, "only": ["writes"]},
    "truncated": {"body": "truncated"},
    "closed": {"close_connection": True},
    "cut": {"body": "cut", "only": ["writes"]},
    "lost": {"body": "lost", "only": ["writes"]},
    "restarted": {"restart": 2, "only": ["writes"]},
    "meddled": {"meddle": 7, "only": ["reads"]},
    "wrong-relation": {"relates_to": "wrong"},
    "no-relation": {"relates_to": "missing"},
    "nil-relation": {"relates_to": "nil"},
    "refused": {"refuse_login": True, "only": ["writes"]},
    "redirected": {"redirect": "http://other.example/wsman", "only": ["writes"]},
    "no-code": {"return_value": "missing"},
    "second-write": {"fault": "access_denied", "only": ["SetDWORDValue"], "after": 2, "times": 1},
    "third": {"body": "html_502", "after": 3},
    "two-rules": [{"fault": "access_denied", "only": ["GetDWORDValue"]}, {"lose_writes": True}],
    **{f"fault-{name}": {"fault": name} for name in FAULTS},
    **{f"body-{name}": {"body": name} for name in BODIES},
}
HOSTS: dict[str, Any] = {name: {**PRESENT, "misbehave": rule} for name, rule in RULES.items()}
HOSTS["broken-tls"] = {**PRESENT, "scheme": "https", "misbehave": {"body": "broken_tls"}}


def read(fleet: Fleet, host: str) -> Any:
    return fleet.client(host).call("GetDWORDValue", sValueName="UseMachineId")


def write(fleet: Fleet, host: str) -> Any:
    return fleet.client(host).call("SetDWORDValue", sValueName="UseMachineId", uValue=1)


def stored(fleet: Fleet, host: str) -> int:
    return int(fleet.state(host)[LSA]["UseMachineId"]["data"])


def test_denied_reads(fleet: Fleet) -> None:
    assert read(fleet, "deny-reads").code == 5
    assert fleet.client("deny-reads").call("EnumValues").code == 5
    assert fleet.client("deny-reads").call("CheckAccess", uRequired=1).code == 5
    assert write(fleet, "deny-reads").code == 0


def test_denied_writes(fleet: Fleet) -> None:
    assert (read(fleet, "deny-writes").code, write(fleet, "deny-writes").code) == (0, 5)
    assert fleet.client("deny-writes").call("DeleteValue", sValueName="UseMachineId").code == 5
    access = fleet.client("deny-writes").call("CheckAccess", uRequired=2)
    assert (access.code, access.text("bGranted")) == (5, "false")
    assert stored(fleet, "deny-writes") == 0


def test_denied_by_a_fault(fleet: Fleet) -> None:
    assert read(fleet, "deny-fault").numbers == write(fleet, "deny-fault").numbers == [2150859013]


def test_lost_writes_and_deletes(fleet: Fleet) -> None:
    assert write(fleet, "lose-writes").code == 0
    assert stored(fleet, "lose-writes") == 0
    assert fleet.client("lose-deletes").call("DeleteValue", sValueName="UseMachineId").code == 0
    assert stored(fleet, "lose-deletes") == 0
    assert fleet.client("lose-writes").call("DeleteValue", sValueName="UseMachineId").code == 0
    assert "UseMachineId" not in fleet.state("lose-writes")[LSA]


def test_delay_of_writes_only(fleet: Fleet) -> None:
    started = time.monotonic()
    read(fleet, "slow-writes")
    middle = time.monotonic()
    write(fleet, "slow-writes")
    assert middle - started < 3 <= time.monotonic() - middle


@pytest.mark.parametrize("name", FAULTS)
def test_faults(fleet: Fleet, name: str) -> None:
    answer = write(fleet, f"fault-{name}")
    assert (answer.status, answer.subcode, answer.numbers) == (500, *FAULTS[name])
    assert stored(fleet, f"fault-{name}") == 0


def test_quota_of_shells_is_a_wmi_error(fleet: Fleet) -> None:
    assert read(fleet, "fault-quota_shells").text("error_Code") == "2150859173"
    with pytest.raises(PywinrmFault) as caught:
        fleet.client("fault-quota_shells").pywinrm().open_shell()
    assert caught.value.wmierror_code == 2150859173


def test_internal_error_has_an_empty_reason(fleet: Fleet) -> None:
    answer = read(fleet, "fault-internal_error")
    assert answer.text("Text") == ""
    assert answer.texts("Message")[-1] == "Access is denied. "


def test_clients_know_the_timeout(fleet: Fleet) -> None:
    with pytest.raises(WinRMOperationTimeoutError):
        fleet.client("fault-operation_timeout").pywinrm().open_shell()
    with fleet.client("fault-operation_timeout").pypsrp() as wsman, pytest.raises(WSManFaultError) as caught:
        wsman.get(OPERATING_SYSTEM)
    assert caught.value.code == 2150858793


@pytest.mark.parametrize("name", BODIES)
def test_bodies(fleet: Fleet, name: str) -> None:
    answer = write(fleet, f"body-{name}")
    status, part = BODIES[name]
    assert answer.status == status
    assert part in answer.payload
    assert stored(fleet, f"body-{name}") == 0


@pytest.mark.parametrize("name", ["billion_laughs", "external_entity", "garbage"])
def test_hostile_bodies_are_hostile(fleet: Fleet, name: str) -> None:
    with pytest.raises((ValueError, ET.ParseError)):
        fromstring(read(fleet, f"body-{name}").payload)


def test_truncated_answer_of_a_write_that_happened(fleet: Fleet) -> None:
    with pytest.raises(ET.ParseError):
        _ = write(fleet, "truncated").root
    assert stored(fleet, "truncated") == 1


@pytest.mark.parametrize("name", ["cut", "lost"])
def test_an_answer_that_is_lost_after_the_write(fleet: Fleet, name: str) -> None:
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        write(fleet, name)
    assert stored(fleet, name) == 1


def test_a_host_that_restarts_has_answered_and_comes_back(fleet: Fleet) -> None:
    assert write(fleet, "restarted").text("ReturnValue") == "0"
    with pytest.raises(ConnectionRefusedError):
        read(fleet, "restarted")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            assert read(fleet, "restarted").text("uValue") == "1"
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("it did not come back")


def test_tls_that_breaks_in_the_middle_of_an_answer(fleet: Fleet) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)bad.record.mac"):
        write(fleet, "broken-tls")
    assert stored(fleet, "broken-tls") == 1


def test_somebody_else_who_writes(fleet: Fleet) -> None:
    assert read(fleet, "meddled").text("uValue") == "7"
    assert stored(fleet, "meddled") == 7


def test_closed_connection(fleet: Fleet) -> None:
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        write(fleet, "closed")
    assert stored(fleet, "closed") == 0
    assert [entry["status"] for entry in fleet.log() if entry["host"] == "closed"] == [0]


def test_a_login_that_is_refused_in_the_middle(fleet: Fleet) -> None:
    assert read(fleet, "refused").status == 200
    assert write(fleet, "refused").status == 401
    assert stored(fleet, "refused") == 0
    assert [entry["login"] for entry in fleet.log() if entry["host"] == "refused"] == ["accepted", "refused"]


def test_a_redirect(fleet: Fleet) -> None:
    assert write(fleet, "redirected").status == 307
    assert stored(fleet, "redirected") == 0


@pytest.mark.parametrize("host", ["wrong-relation", "no-relation", "nil-relation"])
def test_relations(fleet: Fleet, host: str) -> None:
    body = method_input(STDREGPROV, "EnumKey")
    with fleet.client(host).pypsrp() as wsman, pytest.raises(WinRMError, match="related id does not match"):
        wsman.invoke(f"{STDREGPROV}/EnumKey", STDREGPROV, body)


def test_no_return_value(fleet: Fleet) -> None:
    answer = read(fleet, "no-code")
    assert (answer.texts("ReturnValue"), answer.texts("uValue")) == ([], ["0"])


def test_after_and_times_count_the_requests_a_rule_fits(fleet: Fleet) -> None:
    assert read(fleet, "second-write").status == 200
    assert [write(fleet, "second-write").status for _ in range(3)] == [200, 500, 200]
    assert [read(fleet, "third").status for _ in range(4)] == [200, 200, 502, 502]


def test_several_rules(fleet: Fleet) -> None:
    assert read(fleet, "two-rules").subcode == "AccessDenied"
    assert write(fleet, "two-rules").code == 0
    assert stored(fleet, "two-rules") == 0
