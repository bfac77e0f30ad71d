# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No impostor answers for a host, and no host that it redirects to; and a refused login is the last request."""

from __future__ import annotations

import contextlib
import itertools
import typing as t

import pytest

from ..support.fleet import CONNECTIONS, PASSWORD, over_both
from ..support.imitation import ImitatedRegistry
from ..support.impostors import SOAP, Answer, CredSspImpostor, Impostor, NtlmImpostor
from ..support.logins import WAYS, change, logins

if t.TYPE_CHECKING:
    from pathlib import Path

    from ..support.fleet import Fleet, FleetFactory

NOT_THE_HOST = "not the host that was asked"
ENCRYPTED = {name: WAYS[name].form for name in ("ntlm", "credssp")}
FACTS: dict[str, t.Any] = {"name": "facts", "winsec.lsa.use_machine_id_facts": {}}
ENFORCE: dict[str, t.Any] = {"name": "enforce", "winsec.lsa.use_machine_id": {}}
BY_REG: dict[str, t.Any] = {"name": "enforce", "winsec.lsa.use_machine_id": {"via": "reg"}}

#: What answers in the place of a host that knows the password, and how often it may be asked.
FORGERIES: dict[str, dict[str, t.Any]] = {
    "dropped": {"encryption": "dropped"},
    "claimed": {"encryption": "claimed"},
    "damaged": {"encryption": "damaged"},
    "fault": {"encryption": "dropped", "fault": "access_denied", "only": ["wmi"]},
    "faultnowhere": {"encryption": "dropped", "fault": "access_denied", "relates_to": "missing", "only": ["wmi"]},
    "claimedfault": {"encryption": "claimed", "fault": "access_denied", "only": ["wmi"]},
    "page": {"body": "html_200"},
    "badgateway": {"body": "html_502"},
    "empty": {"body": "empty_200"},
    "empty500": {"body": "empty_500"},
    "later": {"encryption": "dropped", "only": ["GetDWORDValue"]},
    "write": {"encryption": "dropped", "only": ["SetDWORDValue"]},
    "readback": {"encryption": "dropped", "only": ["GetDWORDValue"], "after": 3},
}


@pytest.mark.canary
def test_an_answer_in_the_clear_is_not_the_hosts(fleet: FleetFactory, tmp_path: Path) -> None:
    reg_exe = ImitatedRegistry(tmp_path / "registry").reg_exe
    hosts = {
        f"{name}-{way}": {**form, "reg_exe": reg_exe, "misbehave": rule}
        for (name, rule), (way, form) in itertools.product(FORGERIES.items(), ENCRYPTED.items())
    }
    subject = fleet(over_both(hosts))
    run = subject.play(ENFORCE)
    for host, found in run.of("enforce").items():
        assert found.status == "unreachable", (host, found)
        assert NOT_THE_HOST in found.result["msg"], (host, found)
        assert not found.result.get("warnings"), host
        assert not subject.actions(host)["Create"], "no fallback"
    assert len(run.results) == 2 * len(hosts)
    for leak in ("Traceback", PASSWORD, "Bug in winsec.lsa", "<html"):
        assert leak not in run.output


#: The operations of a shell, and those after which the task has done its work: Ansible closes the shell after it.
SHELL = {
    "winrm": ("Create", "Command", "Receive", "Signal", "Delete"),
    "psrp": ("Create", "Command", "Receive", "Delete"),
}


def in_shells(tmp_path: Path, rule: dict[str, t.Any]) -> dict[str, t.Any]:
    """A host for each operation of a shell, where the rule holds."""
    return {
        f"{operation.lower()}-{connection}": {
            "connection": connection,
            "reg_exe": ImitatedRegistry(tmp_path / f"{operation}-{connection}").reg_exe,
            "misbehave": {**rule, "only": [operation]},
        }
        for connection in CONNECTIONS
        for operation in SHELL[connection]
    }


@pytest.mark.parametrize("conduct", ["dropped", "damaged"])
def test_nor_is_one_in_a_shell(fleet: FleetFactory, tmp_path: Path, conduct: str) -> None:
    hosts = {
        f"{host}-{way}": {**host_form, **form}
        for host, host_form in in_shells(tmp_path, {"encryption": conduct}).items()
        for way, form in ENCRYPTED.items()
    }
    subject = fleet(hosts)
    for host, found in subject.play(BY_REG).of("enforce").items():
        operation = host.partition("-")[0]
        actions = [request["action"].lower() for request in subject.requests(host) if request["action"]]
        assert actions.index(operation) == len(actions) - 1, "it is the last that was sent"
        if operation == "delete":
            assert found.status in ("changed", "ok"), (host, found)
        else:
            assert found.status == "unreachable", (host, found)
            assert NOT_THE_HOST in found.result["msg"], (host, found)


def test_nor_is_one_in_a_shell_that_was_fallen_back_on(fleet: FleetFactory, tmp_path: Path) -> None:
    reg_exe = ImitatedRegistry(tmp_path / "registry").reg_exe
    refusal = {"fault": "access_denied", "only": ["wmi"]}
    rules = [refusal, {"encryption": "dropped", "only": ["Receive"]}]
    subject = fleet(over_both({"host": {**ENCRYPTED["ntlm"], "reg_exe": reg_exe, "misbehave": rules}}))
    for host, found in subject.play(ENFORCE).of("enforce").items():
        assert found.status == "unreachable", (host, found)
        assert NOT_THE_HOST in found.result["msg"], (host, found)
        assert subject.actions(host)["Receive"] == 1


UNRELATED = {
    "wrong": "the answer to another message",
    "nil": "the answer to another message",
    "missing": "an answer that names no message",
}


def test_an_answer_to_another_message_is_refused_in_a_shell(fleet: FleetFactory, tmp_path: Path) -> None:
    hosts = {
        f"{host}-{relation}": form
        for relation in UNRELATED
        for host, form in in_shells(tmp_path, {"relates_to": relation}).items()
    }
    for host, found in fleet(hosts).play(BY_REG).of("enforce").items():
        if not host.startswith("delete"):
            assert found.status == "failed", (host, found)
            words = f"When running a command, the host sent {UNRELATED[host.rpartition('-')[2]]}"
            assert words in found.result["msg"], (host, found)


def test_a_fault_that_answers_another_message_is_told_and_leads_to_no_shell(
    fleet: FleetFactory, tmp_path: Path
) -> None:
    reg_exe = ImitatedRegistry(tmp_path / "registry").reg_exe
    rules = {name: {"fault": "access_denied", "relates_to": name, "only": ["wmi"]} for name in UNRELATED}
    hosts = {
        f"{name}-{way}": {**WAYS[way].form, "reg_exe": reg_exe, "misbehave": rule}
        for (name, rule), way in itertools.product(rules.items(), ("basic", "ntlm"))
    }
    subject = fleet(over_both(hosts))
    for host, found in subject.play(ENFORCE).of("enforce").items():
        assert found.status == "failed", (host, found)
        assert "WinRM or WMI on the host denied access to this user (AccessDenied" in found.result["msg"], host
        assert list(subject.actions(host)) == ["", "Enumerate"] if "ntlm" in host else ["Enumerate"], host


#: Answers in shells that lack what they should have, and the words for them.
UNREADABLE = {
    "html_200": "an HTML page instead of a WS-Management response",
    "empty_200": "an empty body instead of a WS-Management response",
    "garbage": "a body that is not well-formed XML instead of a WS-Management response",
}


def test_an_unreadable_answer_in_a_shell_is_blamed_on_the_host(fleet: FleetFactory, tmp_path: Path) -> None:
    hosts = {
        f"{host}-{body.replace('_', '')}": form
        for body in UNREADABLE
        for host, form in in_shells(tmp_path, {"body": body}).items()
    }
    run = fleet(hosts).play(BY_REG)
    words = {body.replace("_", ""): text for body, text in UNREADABLE.items()}
    for host, found in run.of("enforce").items():
        if not host.startswith("delete"):
            assert found.status == "failed", (host, found)
            assert f"the host sent {words[host.rpartition('-')[2]]}" in found.result["msg"], (host, found)


@pytest.mark.canary
def test_a_shell_that_was_opened_without_a_name_is_blamed_on_the_host(fleet: FleetFactory, tmp_path: Path) -> None:
    """pypsrp goes on without the name, and is told that there is no such shell."""
    reg_exe = ImitatedRegistry(tmp_path / "registry").reg_exe
    subject = fleet(over_both({"host": {"reg_exe": reg_exe, "misbehave": {"shell_id": "missing"}}}))
    found = subject.play(BY_REG).of("enforce")
    words = {
        "winrm": "The host sent an answer in a shell that lacks what such an answer has. Check host, port and proxy",
        "psrp": "because the shell was not found on the server",
    }
    for connection, text in words.items():
        result = found[f"host-{connection}"]
        assert result.status == "failed", result
        assert text in result.result["msg"], result


def at(subject: Fleet, ports: t.Mapping[str, int]) -> None:
    """Have an impostor sit at the address of each host."""
    change(subject, lambda name: {"ansible_port": ports[name]})


VIA = ("auto", "reg")
SECOND_PART = "{{ inventory_hostname.split('-')[1] }}"
#: In the clear: what led to the fallback, what it believed there, and what a login can end with.
DENIED = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body><s:Fault><s:Code><s:Value>s:Sender'
    b'</s:Value><s:Subcode><s:Value xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">w:AccessDenied</s:Value>'
    b"</s:Subcode></s:Code><s:Reason><s:Text>Denied</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
)
CLAIM = {
    "Content-Type": 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";'
    'boundary="Encrypted Boundary"'
}
CLEAR = {
    "fault": Answer(500, {"Content-Type": SOAP}, DENIED),
    "success": Answer(200, {"Content-Type": SOAP}, DENIED),
    "nothing": Answer(200),
    "claim": Answer(500, CLAIM),
    "claimedlogin": Answer(401, {**CLAIM, "WWW-Authenticate": "Negotiate"}),
    "redirect": Answer(307, {"Location": "http://127.0.0.1:9/wsman"}),
}


@pytest.mark.canary
def test_an_impostor_that_knows_no_password_gets_one_message_and_is_not_believed(fleet: FleetFactory) -> None:
    cases = {f"{says}-{via}-{connection}": connection for says in CLEAR for via in VIA for connection in CONNECTIONS}
    subject = fleet({name: {**WAYS["ntlm"].form, "connection": connection} for name, connection in cases.items()})
    with contextlib.ExitStack() as running:
        impostors = {name: running.enter_context(NtlmImpostor(CLEAR[name.partition("-")[0]])) for name in cases}
        at(subject, {name: impostor.port for name, impostor in impostors.items()})
        run = subject.play({"name": "enforce", "winsec.lsa.use_machine_id": {"via": SECOND_PART}})
        for host, found in run.of("enforce").items():
            assert found.status == "unreachable", (host, found)
            assert NOT_THE_HOST in found.result["msg"], (host, found)
            assert len(impostors[host].messages) == 1, host
            assert b"StdRegProv" not in impostors[host].messages[0], host


def test_an_impostor_that_ends_the_tls_of_credssp_gets_no_message(fleet: FleetFactory, tmp_path: Path) -> None:
    """It could read it, and answer: the keys are those of the TLS inside the login."""
    subject = fleet(over_both({"host": WAYS["credssp"].form}))
    with contextlib.ExitStack() as running:
        hosts = [f"host-{connection}" for connection in CONNECTIONS]
        impostors = {host: running.enter_context(CredSspImpostor(CLEAR["fault"], tmp_path)) for host in hosts}
        at(subject, {name: impostor.port for name, impostor in impostors.items()})
        for host, found in subject.play(ENFORCE).of("enforce").items():
            assert found.status == "unreachable", (host, found)
            assert f"{NOT_THE_HOST}: it did not prove that it knows the password" in found.result["msg"], (host, found)
            assert impostors[host].messages == [], host


def test_a_login_that_is_not_gone_on_with_is_blamed_on_the_host(fleet: FleetFactory) -> None:
    subject = fleet(over_both({"host": WAYS["ntlm"].form}))
    with Impostor(Answer(401, {"WWW-Authenticate": "Negotiate"})) as impostor:
        at(subject, dict.fromkeys([f"host-{connection}" for connection in CONNECTIONS], impostor.port))
        found = subject.play(ENFORCE).of("enforce")
        assert "did not go on with it" in found["host-winrm"].result["msg"], found
        assert "The host refused the login" in found["host-psrp"].result["msg"], found
        assert impostor.messages == []


@pytest.mark.canary
def test_no_redirect_is_followed(fleet: FleetFactory, tmp_path: Path) -> None:
    """Neither with a login nor without one: the target got nothing."""
    with Impostor(Answer(401, {"WWW-Authenticate": "Negotiate, Basic, CredSSP"})) as target:
        redirect = f"http://127.0.0.1:{target.port}/wsman"
        hosts = {
            f"{only}-{'reg' if only[0].isupper() else 'auto'}-{way}-{connection}": {
                **WAYS[way].form,
                "connection": connection,
                "reg_exe": ImitatedRegistry(tmp_path / only).reg_exe,
                "misbehave": {"redirect": redirect, "only": [only]},
            }
            for only in ("wmi", "writes", "Create", "Command", "Receive")
            for way in ("basic", "ntlm", "ntlmhttps", "credssp")
            for connection in CONNECTIONS
        }
        run = fleet(hosts).play({"name": "enforce", "winsec.lsa.use_machine_id": {"via": SECOND_PART}})
        for host, found in run.of("enforce").items():
            is_encrypted = WAYS[host.split("-")[2]].encrypted
            assert found.status == ("unreachable" if is_encrypted else "failed"), (host, found)
            words = NOT_THE_HOST if is_encrypted else "redirects to another one (HTTP status 307)"
            assert words in found.result["msg"], (host, found)
        assert len(run.results) == len(hosts)
        assert (target.bodies, target.logins) == ([], [])


def test_a_redirect_in_place_of_a_login_is_not_followed(fleet: FleetFactory) -> None:
    with Impostor(Answer(401, {"WWW-Authenticate": "Negotiate"})) as target:
        redirect = Answer(307, {"Location": f"http://127.0.0.1:{target.port}/wsman"})
        with Impostor(redirect) as first:
            subject = fleet(over_both({"host": WAYS["ntlm"].form}))
            at(subject, dict.fromkeys([f"host-{connection}" for connection in CONNECTIONS], first.port))
            for host, found in subject.play(FACTS).of("facts").items():
                assert found.status == "unreachable", (host, found)
                assert NOT_THE_HOST in found.result["msg"], (host, found)
            assert (target.bodies, target.logins) == ([], [])


@pytest.mark.canary
def test_nor_is_one_that_claims_to_be_encrypted(fleet: FleetFactory) -> None:
    """Its target would get a login, and be believed in the clear."""
    statuses = {f"to{status}": status for status in (302, 307)}
    subject = fleet(over_both(dict.fromkeys(statuses, WAYS["ntlm"].form)))
    with contextlib.ExitStack() as running:
        target = running.enter_context(NtlmImpostor(CLEAR["success"]))
        location = {**CLAIM, "Location": f"http://127.0.0.1:{target.port}/wsman"}
        first = {n: running.enter_context(NtlmImpostor(Answer(s, location))).port for n, s in statuses.items()}
        at(subject, {f"{name}-{connection}": first[name] for name in statuses for connection in CONNECTIONS})
        found = subject.play(FACTS).of("facts")
        assert len(found) == len(statuses) * len(CONNECTIONS)
        for host, result in found.items():
            assert result.status == "unreachable", (host, result)
            status = statuses[host.partition("-")[0]]
            words = f"{NOT_THE_HOST}: it redirects to another address (HTTP status {status})"
            assert words in result.result["msg"], (host, result)
        assert (target.bodies, target.logins) == ([], [])


#: The calls at which a login can be refused, by how many have been made by then.
CALLS: dict[str, dict[str, t.Any]] = {
    "first": {"only": ["Enumerate"]},
    "later": {"only": ["GetDWORDValue"]},
    "write": {"only": ["SetDWORDValue"]},
    "readback": {"only": ["GetDWORDValue"], "after": 3},
}


def assert_that_a_refused_login_was_the_last_request(subject: Fleet, host: str) -> None:
    requests = subject.requests(host)
    statuses = [request["status"] for request in requests if request["action"]]
    assert statuses.count(401) >= 1, host
    assert logins(subject, host).count("refused") <= 1, host
    last = requests[-1]
    assert (last["status"], bool(last["action"])) == (401, True), (host, requests)


@pytest.mark.canary
@pytest.mark.parametrize("way", ["basic", "ntlm", "ntlmhttps", "credssphttps"])
def test_a_refused_login_is_the_last_request(fleet: FleetFactory, tmp_path: Path, way: str) -> None:
    calls = over_both({f"{name}-auto": {"misbehave": {"refuse_login": True, **rule}} for name, rule in CALLS.items()})
    shells = in_shells(tmp_path, {"refuse_login": True})
    denied = {"fault": "access_denied", "only": ["wmi"]}
    hosts = {**calls}
    for name, host in shells.items():
        operation, connection = name.split("-")
        hosts[f"{operation}-reg-{connection}"] = host
        hosts[f"{operation}-auto-{connection}"] = {**host, "misbehave": [denied, host["misbehave"]]}
    subject = fleet({name: {**form, **WAYS[way].form} for name, form in hosts.items()})
    run = subject.play({"name": "enforce", "winsec.lsa.use_machine_id": {"via": SECOND_PART}})
    for host, found in run.of("enforce").items():
        is_at_the_end = host.startswith("delete-")
        assert found.status in (("changed", "ok") if is_at_the_end else ("unreachable",)), (host, found)
        assert_that_a_refused_login_was_the_last_request(subject, host)
    assert len(run.results) == len(hosts)
    assert PASSWORD not in run.output
