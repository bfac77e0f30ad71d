# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way to log in that needs no Kerberos: it leads to the same results, and what is wrong with it is told once."""

from __future__ import annotations

import itertools
import typing as t

import pytest
import yaml

from .contract import LSA, ONE, STORED, Passage, wanted
from .fleet import CONNECTIONS, PASSWORD, over_both, registry, value

if t.TYPE_CHECKING:
    from .conftest import FleetFactory
    from .fleet import Fleet

    Variables = dict[str, t.Any]

#: Ways to log in, by host.
WAYS: dict[str, dict[str, t.Any]] = {
    "basic": {"scheme": "https"},
    "ntlm": {"authentication": ["ntlm"]},
    "ntlmhttps": {"authentication": ["ntlm"], "scheme": "https"},
    "certificate": {"authentication": ["certificate"], "scheme": "https"},
}
#: Whether messages are encrypted inside HTTP.
ENCRYPTED = {"basic": False, "ntlm": True, "ntlmhttps": False, "certificate": False, "negotiate": True}
MECHANISMS = {"ntlmhttps": "ntlm", "negotiate": "ntlm"}

WRONG = "wr0ng-secret-that-must-not-show"


def change(subject: Fleet, edit: t.Callable[[str, Variables], Variables]) -> None:
    """Give hosts other variables than the endpoint did."""
    form = yaml.safe_load(subject.inventory.read_text())
    hosts = form["windows"]["hosts"]
    form["windows"]["hosts"] = {name: edit(name, variables) for name, variables in hosts.items()}
    subject.inventory.write_text(yaml.safe_dump(form))


def logins(subject: Fleet, host: str) -> list[str]:
    """How the attempts to log in ended; one by NTLM takes three requests."""
    return [request["login"] for request in subject.requests(host) if request["login"] in ("accepted", "refused")]


def test_every_way_to_log_in_leads_to_the_same_results(fleet: FleetFactory) -> None:
    ways = {f"{way}-{stored}": (way, stored) for way, stored in itertools.product(WAYS, STORED)}
    hosts = over_both(
        {name: {**WAYS[way], "registry": registry(*STORED[stored])} for name, (way, stored) in ways.items()}
    )
    # What psrp takes unless it is told otherwise.
    hosts |= {f"negotiate-{name}-psrp": {**hosts[f"ntlm-{name}-psrp"]} for name in STORED}
    subject = fleet(hosts)
    negotiate = {"ansible_psrp_auth": "negotiate"}
    change(subject, lambda name, known: {**known, **negotiate} if name.startswith("negotiate") else known)
    task: Variables = {"winsec.lsa.use_machine_id": {}}
    run = subject.play(
        {"name": "facts", "winsec.lsa.use_machine_id_facts": {}},
        {"name": "predict", **task, "check_mode": True, "diff": True},
        {"name": "enforce", **task},
        {"name": "enforce again", **task},
    )
    assert run.exit_status == 0, run.output
    for host in hosts:
        way, stored, _connection = host.split("-")
        old = STORED[stored].use_machine_id
        passage = Passage(*(run.of(name)[host].result for name in ("predict", "enforce", "enforce again")))
        passage.check(host, differs=old != ONE)
        facts = run.of("facts")[host].result["ansible_facts"]["use_machine_id"]
        assert facts["configured"] == passage.done["previous"]["use_machine_id"]["configured"], host
        assert value(subject.stored(host), LSA, "UseMachineId") == wanted("enabled", "srv2022", old), host
        messages = [request for request in subject.requests(host) if request["action"]]
        assert {request["mechanism"] for request in messages} == {MECHANISMS.get(way, way)}, host
        assert {request["encrypted"] for request in messages} == {ENCRYPTED[way]}, host
        assert "refused" not in logins(subject, host), host
        if way.startswith("n"):
            assert len(logins(subject, host)) == len(run.results) / len(hosts), f"{host}: one login for each task"


class Transports(t.NamedTuple):
    """What a host accepts, what its inventory lists, and how its attempts to log in end."""

    form: dict[str, t.Any]
    listed: list[str]
    logins: list[str]


SEVERAL = {
    "basic": Transports({"authentication": ["ntlm"]}, ["basic", "ntlm"], ["refused", "accepted"]),
    "kerberos": Transports({"authentication": ["ntlm"]}, ["kerberos", "ntlm"], ["accepted"]),  # has no library here
    "ntlm": Transports({"authentication": ["certificate"], "scheme": "https"}, ["ntlm", "certificate"], ["accepted"]),
    "certificate": Transports(
        {"authentication": ["ntlm", "certificate"], "scheme": "https", "tls": {"client_certificate": "expired"}},
        ["certificate", "ntlm"],
        ["refused", "accepted"],
    ),
    "none": Transports({"authentication": ["ntlm"], "password": "another"}, ["basic", "ntlm"], ["refused", "refused"]),
}


@pytest.mark.canary
def test_of_several_transports_the_first_that_the_host_accepts_is_taken(fleet: FleetFactory) -> None:
    subject = fleet({name: {**row.form, "answers": {"shell": "opened"}} for name, row in SEVERAL.items()})

    def edit(name: str, known: Variables) -> Variables:
        account = {"ansible_user": "Administrator", "ansible_password": PASSWORD}
        listed = {"ansible_winrm_transport": SEVERAL[name].listed, "ansible_winrm_message_encryption": "auto"}
        return {**known, **account, **listed}

    change(subject, edit)
    run = subject.play({"name": "enforce", "winsec.lsa.use_machine_id": {}})
    for name, row in SEVERAL.items():
        result = run.of("enforce")[name]
        assert result.status == ("unreachable" if name == "none" else "changed"), (name, result)
        seen = logins(subject, name)
        assert seen[: len(row.logins)] == row.logins, name  # a certificate is shown with every request
        assert seen.count("refused") == row.logins.count("refused"), name
    refusal = run.of("enforce")["none"].result["msg"]
    for transport in SEVERAL["none"].listed:
        assert f"{transport}: the specified credentials were rejected" in refusal


class Failure(t.NamedTuple):
    """A host, what its inventory says wrong (None: does not say), the words for that, and the logins it refuses."""

    form: dict[str, t.Any]
    winrm: Variables
    psrp: Variables
    words: str
    refused: int = 0


def either(**variables: t.Any) -> tuple[Variables, Variables]:
    return variables, variables


def client_certificate(file: str | None, key_file: str) -> tuple[Variables, Variables]:
    return (
        {"ansible_winrm_cert_pem": file, "ansible_winrm_cert_key_pem": key_file},
        {"ansible_psrp_certificate_pem": file, "ansible_psrp_certificate_key_pem": key_file},
    )


REFUSED = "The host refused the login"
#: The files of one of the hosts below, as the endpoint names them.
FILE, KEY_FILE = "inventory-nokeyfile-winrm-cert.pem", "inventory-nokeyfile-winrm-key.pem"

FAILURES = {
    "password": Failure(WAYS["basic"], *either(ansible_password=WRONG), REFUSED, 1),
    "ntlmpassword": Failure(WAYS["ntlm"], *either(ansible_password=WRONG), REFUSED, 1),
    "ntlmuser": Failure(WAYS["ntlm"], *either(ansible_user="Nobody"), REFUSED, 1),
    "ntlmhttps": Failure(WAYS["ntlmhttps"], *either(ansible_password=WRONG), REFUSED, 1),
    "notoffered": Failure(WAYS["basic"], {"ansible_winrm_transport": "ntlm"}, {"ansible_psrp_auth": "ntlm"}, REFUSED),
    "unencrypted": Failure(
        WAYS["ntlm"],
        {"ansible_winrm_message_encryption": "never"},
        {"ansible_psrp_message_encryption": "never"},
        "refuses unencrypted messages",
    ),
    "expiredclient": Failure(
        {**WAYS["certificate"], "tls": {"client_certificate": "expired"}}, *either(), "client certificate", 1
    ),
    "otherclient": Failure(WAYS["certificate"], *client_certificate(FILE, KEY_FILE), "client certificate", 1),
    "nofile": Failure(WAYS["certificate"], *client_certificate(None, KEY_FILE), "must be specified"),
    "nokeyfile": Failure(
        WAYS["certificate"], *client_certificate(FILE, "/nonexistent/key.pem"), "/nonexistent/key.pem"
    ),
    **{
        name.replace("_", ""): Failure({**WAYS["ntlmhttps"], "tls": {"certificate": name}}, *either(), words)
        for name, words in {
            "expired": "certificate has expired",
            "wrong_name": "certificate is not valid for '127.0.0.1'",
            "untrusted": "unable to get local issuer certificate",
            "self_signed": "certificate",
        }.items()
    },
}
#: Mistakes on the controller, as psrp tells them. The winrm plugin itself calls them unreachable.
FAILED = {"nofile-psrp", "nokeyfile-psrp", "unencrypted-winrm", "unencrypted-psrp"}


@pytest.mark.canary
def test_each_wrong_secret_and_certificate_is_named_after_one_attempt(fleet: FleetFactory) -> None:
    subject = fleet(over_both({name: failure.form for name, failure in FAILURES.items()}))

    def edit(name: str, known: Variables) -> Variables:
        failure, connection = name.split("-")
        changed = {**known, **getattr(FAILURES[failure], connection)}
        return {variable: content for variable, content in changed.items() if content is not None}

    change(subject, edit)
    run = subject.play({"winsec.lsa.use_machine_id": {}})
    for (name, failure), connection in itertools.product(FAILURES.items(), CONNECTIONS):
        host = f"{name}-{connection}"
        found = run.of("use_machine_id")[host]
        assert found.status == ("failed" if host in FAILED else "unreachable"), (host, found)
        assert failure.words in found.result["msg"], (host, found.result["msg"])
        assert logins(subject, host).count("refused") == failure.refused, host
    for leak in (WRONG, PASSWORD, "Traceback", "BEGIN"):
        assert leak not in run.output


def test_each_item_of_a_loop_tries_a_wrong_password_once(fleet: FleetFactory) -> None:
    subject = fleet(over_both({"host": WAYS["ntlm"]}))
    change(subject, lambda _name, known: {**known, "ansible_password": WRONG})
    run = subject.play({"winsec.lsa.use_machine_id": {"state": "{{ item }}"}, "loop": ["enabled", "disabled"]})
    for connection in CONNECTIONS:
        host = f"host-{connection}"
        items = run.of("use_machine_id")[host].result["results"]
        assert [item["msg"].partition(".")[0] for item in items] == [REFUSED, REFUSED]
        assert logins(subject, host) == ["refused", "refused"], host
