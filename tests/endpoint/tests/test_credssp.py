# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CredSSP with the libraries that Ansible uses."""

from __future__ import annotations

import base64
import http.client
from typing import Any

import pytest
import spnego
from pypsrp.exceptions import WSManFaultError
from requests_credssp.exceptions import AuthenticationException, NTStatusException

from .support import LSA, OPERATING_SYSTEM, STDREGPROV, Answer, Fleet, envelope, method_input

CREDSSP = {"authentication": ["credssp"], "answers": {"shell": "opened"}}
HOSTS: dict[str, Any] = {"credssp": CREDSSP, "ntlm": {"authentication": ["ntlm"]}}
REFUSALS = (NTStatusException, AuthenticationException)


def logins(fleet: Fleet) -> list[str]:
    return [entry["login"] for entry in fleet.log()]


@pytest.mark.parametrize("encryption", ["auto", "always"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_both_clients_log_in_and_encrypt_where_they_should(start: Any, scheme: str, encryption: str) -> None:
    fleet: Fleet = start({"h": {**CREDSSP, "scheme": scheme}})
    assert fleet.client().pywinrm(transport="credssp", message_encryption=encryption).open_shell()
    with fleet.client().pypsrp(auth="credssp", encryption=encryption) as wsman:
        wsman.get(OPERATING_SYSTEM)
    encrypts = scheme == "http" or encryption == "always"
    assert logins(fleet) == ["", *["begun"] * 4, "accepted", *([""] if encrypts else [])] * 2
    messages = [(entry["mechanism"], entry["encrypted"]) for entry in fleet.log() if entry["action"]]
    assert messages == [("credssp", encrypts)] * 2


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "Nobody"}])
def test_wrong_credentials_are_one_refused_login(start: Any, wrong: dict[str, str]) -> None:
    fleet: Fleet = start({"h": CREDSSP})
    with fleet.client().pypsrp(auth="credssp", encryption="auto", **wrong) as wsman, pytest.raises(REFUSALS):
        wsman.get(OPERATING_SYSTEM)
    assert logins(fleet) == ["", *["begun"] * 3, "refused"]
    with pytest.raises(REFUSALS):
        fleet.client().pywinrm(transport="credssp", **wrong).open_shell()
    assert logins(fleet).count("refused") == 2


@pytest.mark.parametrize(("version", "reason"), [(2, "actual 'CredSSP'"), (5, "actual 'CredSSP'"), (6, "0x8009030c")])
def test_the_version_decides_whether_the_client_is_told_a_reason(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, version: int, reason: str
) -> None:
    monkeypatch.setattr("spnego._credssp._CREDSSP_VERSION", version)  # of the client: the endpoint is another process
    client = fleet.client("credssp")
    assert client.pywinrm(transport="credssp").open_shell()
    with pytest.raises(REFUSALS, match=reason):
        client.pywinrm(transport="credssp", password="wrong").open_shell()
    assert logins(fleet)[-1] == "refused"


def test_a_host_that_does_not_offer_it_sees_no_login(start: Any) -> None:
    fleet: Fleet = start({"h": {"authentication": ["ntlm"]}})
    with pytest.raises(AuthenticationException, match="actual: 'Negotiate'"):
        fleet.client().pywinrm(transport="credssp").open_shell()
    assert logins(fleet) == [""]


def test_faults_are_encrypted(fleet: Fleet) -> None:
    client = fleet.client("credssp")
    with (
        client.pypsrp(auth="credssp", encryption="auto") as wsman,
        pytest.raises(WSManFaultError, match="cannot find the resource"),
    ):
        wsman.get(f"{OPERATING_SYSTEM}2")
    assert fleet.log()[-1]["encrypted"]


def test_a_message_in_the_clear_is_refused(fleet: Fleet) -> None:
    """The client takes every status but 200 behind its last token for a refused login. The log knows better."""
    with (
        fleet.client("credssp").pypsrp(auth="credssp", encryption="never") as wsman,
        pytest.raises(AuthenticationException, match="after step Credential exchange"),
    ):
        wsman.get(OPERATING_SYSTEM)
    assert [(entry["login"], entry["status"]) for entry in fleet.log()[-1:]] == [("accepted", 500)]


@pytest.mark.parametrize("host", ["credssp", "ntlm"])
def test_long_messages_arrive_whole(fleet: Fleet, host: str) -> None:
    """Both clients cut them where they log in by CredSSP, and expect the same of answers."""
    text = "0123456789abcdef" * 4096
    place = {"hDefKey": 0x80000002, "sSubKeyName": LSA, "sValueName": "Long"}
    write = method_input(STDREGPROV, "SetStringValue", **place, sValue=text)
    read = method_input(STDREGPROV, "GetStringValue", **place)
    with fleet.client(host).pypsrp(auth=host, encryption="auto") as wsman:
        wsman.invoke(f"{STDREGPROV}/SetStringValue", STDREGPROV, write)
        answer = wsman.invoke(f"{STDREGPROV}/GetStringValue", STDREGPROV, read)
    assert text in "".join(answer.itertext())
    send = fleet.client(host).pywinrm(transport=host).transport.send_message
    send(envelope(f"{STDREGPROV}/SetStringValue", STDREGPROV, write))
    assert Answer(200, send(envelope(f"{STDREGPROV}/GetStringValue", STDREGPROV, read))).text("sValue") == text
    assert all(entry["encrypted"] for entry in fleet.log() if entry["action"])


@pytest.mark.parametrize("token", [b"no TLS", bytes(40), b"\x16\x03\x01"])
def test_tokens_that_are_none_are_refused(fleet: Fleet, token: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", fleet.client("credssp").port, timeout=60)
    assert send_token(connection, token)[0] == 401
    connection.close()


@pytest.mark.parametrize("structure", [b"", b"0", b"\x30\x03\xa0\x01\x02", b"\x30\x00", bytes(40)])
def test_structures_that_are_none_are_refused(fleet: Fleet, structure: bytes) -> None:
    """Inside TLS, where a TSRequest is due."""
    context = spnego.client("Administrator", "winsec-endpoint", protocol="credssp")
    connection = http.client.HTTPConnection("127.0.0.1", fleet.client("credssp").port, timeout=60)
    answer = None
    for _ in range(2):
        _, answer = send_token(connection, context.step(answer) or b"")
    assert answer
    assert send_token(connection, context.wrap(structure).data) == (401, None)
    assert logins(fleet)[-1] == "refused"
    connection.close()


def send_token(connection: http.client.HTTPConnection, token: bytes) -> tuple[int, bytes | None]:
    header = {"Authorization": f"CredSSP {base64.b64encode(token).decode()}"}
    connection.request("POST", "/wsman", b"", header)
    response = connection.getresponse()
    response.read()
    _, _, answer = response.getheader("WWW-Authenticate", "").partition("CredSSP ")
    return response.status, base64.b64decode(answer) if answer else None
