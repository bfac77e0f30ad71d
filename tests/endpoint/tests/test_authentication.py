# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way to log in, message encryption, and certificates, with the libraries that Ansible uses."""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
import ssl
from typing import Any

import pytest
import spnego
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.wsman import WSMan
from spnego.channel_bindings import GssChannelBindings
from winrm.exceptions import InvalidCredentialsError

from .support import OPERATING_SYSTEM, Client, Fleet

NTLM = {"authentication": ["ntlm"], "answers": {"shell": "opened"}}
NTLM_HTTPS = {**NTLM, "scheme": "https"}
CERTIFICATE = {"authentication": ["certificate"], "scheme": "https", "answers": {"shell": "opened"}}
HOSTS: dict[str, Any] = {
    "ntlm": NTLM,
    "ntlm-https": NTLM_HTTPS,
    "domain": {**NTLM, "username": r"CORP\svc", "password": "pässword"},
    "both": {"authentication": ["basic", "ntlm"], "answers": {"shell": "opened"}},
    "certificate": CERTIFICATE,
    "another": CERTIFICATE,
    "outdated": {**CERTIFICATE, "tls": {"client_certificate": "expired"}},
    "proxied": {**NTLM, "misbehave": {"body": "html_502"}},
    **{name: {"scheme": "https", "tls": {"certificate": name}} for name in ("expired", "wrong_name")},
    **{name: {"scheme": "https", "tls": {"certificate": name}} for name in ("untrusted", "self_signed")},
}


def logins(fleet: Fleet, host: str) -> list[str]:
    return [entry["login"] for entry in fleet.log() if entry["host"] == host]


def psrp(fleet: Fleet, host: str, **options: Any) -> WSMan:
    return fleet.client(host).pypsrp(**{"auth": "ntlm", "encryption": "always", **options})


@pytest.mark.parametrize("host", ["ntlm", "domain", "both"])
def test_pywinrm_encrypts(fleet: Fleet, host: str) -> None:
    assert fleet.client(host).pywinrm(transport="ntlm", message_encryption="always").open_shell()
    legs = [(entry["login"], entry["status"]) for entry in fleet.log() if entry["host"] == host]
    assert legs == [("", 401), ("begun", 401), ("accepted", 200), ("", 200)]
    assert [entry["encrypted"] for entry in fleet.log() if entry["action"] == "Create" and entry["host"] == host]


@pytest.mark.parametrize("auth", ["ntlm", "negotiate"])
def test_pypsrp_encrypts_bare_and_wrapped_in_spnego(start: Any, auth: str) -> None:
    fleet: Fleet = start({"h": NTLM})
    with psrp(fleet, "h", auth=auth) as wsman:
        for _ in range(3):
            assert "Windows Server 2022" in "".join(wsman.get(OPERATING_SYSTEM).itertext())
    assert [entry["encrypted"] for entry in fleet.log()] == [False, False, False, True, True, True]
    assert {entry["mechanism"] for entry in fleet.log() if entry["authenticated"]} == {"ntlm"}


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "Nobody"}])
def test_wrong_credentials_are_one_refused_login(start: Any, wrong: dict[str, str]) -> None:
    fleet: Fleet = start({"h": NTLM})
    with psrp(fleet, "h", **wrong) as wsman, pytest.raises(AuthenticationError):
        wsman.get(OPERATING_SYSTEM)
    assert logins(fleet, "h") == ["", "begun", "refused"]
    with pytest.raises(InvalidCredentialsError):
        fleet.client("h").pywinrm(transport="ntlm", **wrong).open_shell()
    assert logins(fleet, "h").count("refused") == 2


def test_what_a_host_does_not_offer_is_refused(fleet: Fleet) -> None:
    with pytest.raises(InvalidCredentialsError):
        fleet.client("ntlm").pywinrm().open_shell()
    assert fleet.client("both").exchange(b"", password="wrong")[2].get_all("WWW-Authenticate") == [
        "Negotiate",
        'Basic realm="WSMAN"',
    ]


def test_a_message_that_is_not_encrypted(fleet: Fleet) -> None:
    with psrp(fleet, "ntlm", encryption="never") as wsman, pytest.raises(WinRMTransportError) as caught:
        wsman.get(OPERATING_SYSTEM)
    assert (caught.value.code, caught.value.response_text) == (500, "")
    with psrp(fleet, "both", encryption="never") as wsman:  # Basic over http needs AllowUnencrypted
        wsman.get(OPERATING_SYSTEM)


def test_a_message_that_was_tampered_with(fleet: Fleet) -> None:
    with psrp(fleet, "ntlm") as wsman:
        wsman.get(OPERATING_SYSTEM)
        assert wsman.transport.encryption
        wsman.transport.encryption.context.wrap_winrm(b"one message of the sequence gets lost")
        with pytest.raises(WinRMTransportError) as caught:
            wsman.get(OPERATING_SYSTEM)
    assert caught.value.code == 400


def test_faults_are_encrypted_and_pages_of_proxies_are_not(fleet: Fleet) -> None:
    with psrp(fleet, "ntlm") as wsman, pytest.raises(WSManFaultError, match="cannot find the resource"):
        wsman.get(f"{OPERATING_SYSTEM}2")
    with psrp(fleet, "proxied") as wsman, pytest.raises(WinRMTransportError) as caught:
        wsman.get(OPERATING_SYSTEM)
    assert "Bad gateway" in caught.value.response_text


def test_a_login_is_that_of_its_connection(fleet: Fleet) -> None:
    with psrp(fleet, "ntlm") as wsman:
        wsman.get(OPERATING_SYSTEM)
        assert fleet.client("ntlm").post(b"", password="wrong")[0] == 401


def bind(variables: dict[str, Any], application_data: bytes | None) -> int:
    """Log in by NTLM over TLS with a channel binding token, and return the status."""
    trust = ssl.create_default_context(cafile=variables["ansible_winrm_ca_trust_path"])
    connection = http.client.HTTPSConnection("127.0.0.1", variables["ansible_port"], context=trust, timeout=60)
    bindings = GssChannelBindings(application_data=application_data) if application_data else None
    user, password = variables["ansible_user"], variables["ansible_password"]
    context = spnego.client(user, password, protocol="ntlm", channel_bindings=bindings)
    token, status = context.step(), 0
    while token:
        header = {"Authorization": f"Negotiate {base64.b64encode(token).decode()}"}
        connection.request("POST", "/wsman", b"", header)
        response = connection.getresponse()
        status, answer = response.status, response.getheader("WWW-Authenticate", "")
        response.read()
        found = re.fullmatch("Negotiate (.+)", answer)
        token = context.step(base64.b64decode(found[1])) if found else None
    connection.close()
    return status


def test_channel_bindings_are_compared_where_there_are_some(fleet: Fleet) -> None:
    variables = fleet.variables("ntlm-https")
    authority = variables["ansible_winrm_ca_trust_path"]
    shown = ssl.get_server_certificate(("127.0.0.1", variables["ansible_port"]), ca_certs=authority)
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).digest()
    assert bind(variables, b"tls-server-end-point:" + digest) == 200
    assert bind(variables, None) == 200
    assert bind(variables, b"tls-server-end-point:" + bytes(32)) == 401


@pytest.mark.parametrize("encryption", ["auto", "always"])
def test_ntlm_over_https(fleet: Fleet, encryption: str) -> None:
    client = fleet.client("ntlm-https")
    assert client.pywinrm(transport="ntlm", message_encryption=encryption).open_shell()
    (entry,) = [entry for entry in fleet.log() if entry["host"] == "ntlm-https"][-1:]
    assert (entry["encrypted"], entry["authenticated"]) == (encryption == "always", True)


def with_certificate_of(client: Client, owner: Client) -> str:
    files = {"cert_pem": "ansible_winrm_cert_pem", "cert_key_pem": "ansible_winrm_cert_key_pem"}
    pair = {name: owner.variables[variable] for name, variable in files.items()}
    account = {"username": None, "password": None}
    return str(client.pywinrm(transport="certificate", **account, **pair).open_shell())


def test_client_certificates(fleet: Fleet) -> None:
    known, another, outdated = (fleet.client(name) for name in ("certificate", "another", "outdated"))
    assert with_certificate_of(known, known)
    for client, owner in ((known, another), (outdated, outdated)):
        with pytest.raises(InvalidCredentialsError):
            with_certificate_of(client, owner)
    with pytest.raises(InvalidCredentialsError):  # none at all
        known.pywinrm(username="Administrator", password="any").open_shell()
    assert logins(fleet, "certificate") == ["accepted", "refused", "refused"]


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("expired", "certificate has expired"),
        ("wrong_name", "IP address mismatch"),
        ("untrusted", "unable to get local issuer certificate"),
        ("self_signed", "self-signed certificate"),
    ],
)
def test_certificates_that_no_client_should_trust(fleet: Fleet, host: str, message: str) -> None:
    with pytest.raises(Exception, match=message):
        fleet.client(host).pywinrm().open_shell()


@pytest.mark.parametrize("token", ["", "!", "Zm9v", base64.b64encode(b"NTLMSSP\0" + b"\x01" + bytes(40)).decode()])
def test_tokens_that_are_none(fleet: Fleet, token: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", fleet.client("ntlm").port, timeout=60)
    connection.request("POST", "/wsman", b"", {"Authorization": f"Negotiate {token}"})
    assert connection.getresponse().status == 401
    connection.close()
