# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each way to log in and to protect LDAP, what it hides on the wire, and what happens where it is refused."""

from __future__ import annotations

import contextlib
import socket
import threading
import typing as t
from pathlib import Path

import pytest

from .certificates import Authority
from .conftest import Run
from .policies import Policy
from .samba import ADMINISTRATOR, DOMAIN, NAME, PASSWORD, USER, USER_PASSWORD, DomainController, another_address

#: A ticket instead of a password.
TICKET: dict[str, t.Any] = {"auth": "kerberos", "username": None, "password": None}
WAYS: dict[str, dict[str, t.Any]] = {
    "password over LDAPS": {"tls": "ldaps"},
    "password over StartTLS": {"tls": "starttls", "username": "EXAMPLE\\administrator"},
    "Kerberos by password, without TLS": {"tls": "none", "auth": "kerberos"},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_change(policy: Policy, run: Run, way: str) -> None:
    result = run(gpo=policy.guid, **WAYS[way])
    assert result.get("changed"), result
    assert policy.attributes()["versionNumber"] == "1"


@pytest.mark.parametrize("tls", ["none", "ldaps"])
def test_a_ticket_that_is_there(
    policy: Policy, run: Run, controller: DomainController, tmp_path: Path, tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.ticket(tmp_path / "tickets")
    monkeypatch.setitem(controller.environment, "KRB5CCNAME", str(tmp_path / "tickets"))
    result = run(gpo=policy.guid, tls=tls, **TICKET)
    if tls == "ldaps":
        # Samba 4.17 accepts no SASL inside TLS; what it answers is shown. Windows does accept it.
        assert "wants another kind of login" in result["msg"]
    else:
        assert result.get("changed"), result


REFUSED: dict[str, tuple[dict[str, t.Any], str]] = {
    "a wrong password": ({"password": "Wrong-and-no-password"}, "refused the login"),
    "a wrong password for a ticket": (
        {"password": "Wrong-and-no-password", "auth": "kerberos", "tls": "none"},
        "Kerberos gave no ticket",
    ),
    "no ticket": ({**TICKET, "tls": "none"}, "Kerberos gave no ticket"),
    "a password without TLS": ({"tls": "none"}, "A password is not sent without TLS"),
    "no password": ({"password": None}, "required together: username, password"),
    "an empty password": ({"password": ""}, "password is empty"),
    "a login by password without one": ({"username": None, "password": None}, "auth is password but all of"),
    "a password without a user": ({"auth": "kerberos", "username": None}, "required together: username, password"),
    "a user without a password": ({"auth": "kerberos", "password": None}, "required together: username, password"),
    "neither server nor domain": ({"server": None}, "one of the following is required: server, domain"),
    "an empty server": ({"server": "", "domain": "example.com"}, "server is empty"),
    "no time": ({"timeout": 0}, "less than a second"),
    "another domain": ({"domain": "other.test"}, "is a domain controller of example.com, not of other.test"),
    "a server that is not there": ({"server": "nobody.example.com"}, "No connection to the directory of nobody"),
    "an authority that is not known": ({"ca_path": None}, "No connection to the directory"),
    "the same with StartTLS": ({"ca_path": None, "tls": "starttls"}, "No connection to the directory"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_changes_nothing(policy: Policy, run: Run, case: str) -> None:
    options, message = REFUSED[case]
    before = policy.state()
    result = run(gpo=policy.guid, **options)
    assert message in result["msg"]
    assert "Wrong-and-no-password" not in str(result)
    assert policy.state() == before


def test_the_pdc_emulator_is_found_by_dns(policy: Policy, run: Run, controller: DomainController) -> None:
    """The DNS is that of Samba, with what it says of itself."""
    found = {"server": None, "resolv_conf": str(controller.resolv_conf)}
    result = run(gpo=policy.guid, domain=DOMAIN, **found)
    assert (result.get("changed"), result.get("server")) == (True, NAME), result
    refused = run(gpo=policy.guid, domain=f"nobody.{DOMAIN}", **found)
    assert f"DNS has no domain controller for nobody.{DOMAIN}" in refused["msg"]


@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
def test_a_wrong_authority_is_refused_and_can_be_ignored(policy: Policy, run: Run, tmp_path: Path, tls: str) -> None:
    Authority("Another CA").write(tmp_path / "other.pem")
    wrong = {"ca_path": str(tmp_path / "other.pem"), "tls": tls}
    refused = run(gpo=policy.guid, **wrong)
    assert "No connection to the directory" in refused["msg"]
    assert "ca_path" in refused["msg"]
    assert run(gpo=policy.guid, validate_certs=False, **wrong)["changed"]


def test_an_address_is_not_the_name_in_the_certificate(policy: Policy, run: Run, controller: DomainController) -> None:
    assert "No connection to the directory" in run(gpo=policy.guid, server=controller.address)["msg"]


def test_who_may_not_edit_is_refused_before_anything_is_changed(policy: Policy, run: Run) -> None:
    before = policy.state()
    user = {"username": USER, "password": USER_PASSWORD}
    for check_mode in (True, False):
        result = run(gpo=policy.guid, _ansible_check_mode=check_mode, **user)
        assert f"The user may not change the GPO {policy.guid}" in result["msg"]
    assert policy.state() == before
    assert (
        run("use_machine_id_gpo_info", gpo=policy.guid, **user)["gpos"][0]["settings"]["use_machine_id"]
        == "not_defined"
    )


class Relay:
    """A server on another address that passes some ports on, records them, and says nothing on others."""

    def __init__(self, controller: DomainController, passed: set[int], silent: set[int]) -> None:
        self.seen = bytearray()
        self.address = another_address()
        self._target = controller.address
        self._listeners = [self._listen(port, port in passed) for port in passed | silent]

    def close(self) -> None:
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)  # which wakes whoever waits for clients
            listener.close()

    def _listen(self, port: int, passes: bool) -> socket.socket:
        listener = socket.create_server((self.address, port))
        threading.Thread(target=self._serve, args=(listener, port, passes), daemon=True).start()
        return listener

    def _serve(self, listener: socket.socket, port: int, passes: bool) -> None:
        kept = []
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            kept.append(client)
            if passes:
                server = socket.create_connection((self._target, port))
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._copy, args=ends, daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the other side has gone
            while data := source.recv(65536):
                self.seen += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def test_nothing_readable_is_on_the_wire_without_tls(
    policy: Policy, run: Run, controller: DomainController, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """LDAP is signed and encrypted: the names of attributes appear nowhere."""
    relay = Relay(controller, passed={389, 445}, silent=set())
    hosts = tmp_path / "hosts"
    hosts.write_text(f"{relay.address} {NAME}\n")
    monkeypatch.setitem(controller.environment, "NSS_WRAPPER_HOSTS", str(hosts))
    with contextlib.closing(relay):
        result = run(gpo=policy.guid, tls="none", auth="kerberos")
    assert result.get("changed"), result
    assert len(relay.seen) > 5000
    for readable in (b"versionNumber", b"gPCMachineExtensionNames", b"gPCFileSysPath", PASSWORD.encode()):
        assert readable not in relay.seen


@pytest.mark.parametrize(("passed", "silent"), [(set(), {636, 445}), ({636}, {445})])
def test_a_server_that_goes_silent_is_not_waited_for(
    policy: Policy,
    run: Run,
    controller: DomainController,
    passed: set[int],
    silent: set[int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    relay = Relay(controller, passed, silent)
    hosts = tmp_path / "hosts"
    hosts.write_text(f"{relay.address} {NAME}\n")
    monkeypatch.setitem(controller.environment, "NSS_WRAPPER_HOSTS", str(hosts))
    with contextlib.closing(relay):
        failed = run(gpo=policy.guid, timeout=4)
    assert any(said in failed["msg"] for said in ("did not answer in time", "timeout of 4 seconds exceeded"))


def test_ansible_shows_no_password(policy: Policy, run: Run) -> None:
    result = run(gpo=policy.guid, username=ADMINISTRATOR, _ansible_verbosity=3)
    assert PASSWORD not in str(result)
