# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each failure of a login without Kerberos is reported once, and named."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ..support.fleet import CONNECTIONS, PASSWORD, over_both
from ..support.logins import WAYS, change, logins

if t.TYPE_CHECKING:
    from pathlib import Path

    from ..support.fleet import FleetFactory
    from ..support.logins import Variables

WRONG = "wr0ng-secret-that-must-not-show"


class Transports(t.NamedTuple):
    """The logins that a host accepts, those that its inventory lists, and how the attempts end."""

    form: dict[str, t.Any]
    listed: list[str]
    logins: list[str]


SEVERAL = {
    "basic": Transports({"authentication": ["ntlm"]}, ["basic", "ntlm"], ["refused", "accepted"]),
    "kerberos": Transports({"authentication": ["ntlm"]}, ["kerberos", "ntlm"], ["accepted"]),  # has no library here
    "ntlm": Transports({"authentication": ["certificate"], "scheme": "https"}, ["ntlm", "certificate"], ["accepted"]),
    "credssp": Transports({"authentication": ["credssp"]}, ["ntlm", "credssp"], ["accepted"]),
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

    def edit(name: str) -> Variables:
        account = {"ansible_user": "Administrator", "ansible_password": PASSWORD}
        return {
            **account,
            "ansible_winrm_transport": SEVERAL[name].listed,
            "ansible_winrm_message_encryption": "auto",
        }

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
        assert f"{transport}: The host refused the login" in refusal


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


REFUSED, REFUSED_CERTIFICATE = "The host refused the login", "The host refused the client certificate"
#: The files of one of the hosts below, as the endpoint names them.
FILE, KEY_FILE = "inventory-nokeyfile-winrm-cert.pem", "inventory-nokeyfile-winrm-key.pem"

FAILURES = {
    "password": Failure(WAYS["basic"].form, *either(ansible_password=WRONG), REFUSED, 1),
    "ntlmpassword": Failure(WAYS["ntlm"].form, *either(ansible_password=WRONG), REFUSED, 1),
    "ntlmuser": Failure(WAYS["ntlm"].form, *either(ansible_user="Nobody"), REFUSED, 1),
    "ntlmhttps": Failure(WAYS["ntlmhttps"].form, *either(ansible_password=WRONG), REFUSED, 1),
    "credssppassword": Failure(WAYS["credssp"].form, *either(ansible_password=WRONG), REFUSED, 1),
    "credsspuser": Failure(WAYS["credssp"].form, *either(ansible_user="Nobody"), REFUSED, 1),
    "credssphttps": Failure(WAYS["credssphttps"].form, *either(ansible_password=WRONG), REFUSED, 1),
    "credsspnotoffered": Failure(
        WAYS["basic"].form, {"ansible_winrm_transport": "credssp"}, {"ansible_psrp_auth": "credssp"}, REFUSED
    ),
    # Both libraries send a channel binding token, by which the host sees that TLS does not end at the client.
    "relayed": Failure({**WAYS["ntlmhttps"].form, "tls": {"certificate": "relayed"}}, *either(), REFUSED, 1),
    "notoffered": Failure(
        WAYS["basic"].form, {"ansible_winrm_transport": "ntlm"}, {"ansible_psrp_auth": "ntlm"}, REFUSED
    ),
    "unencrypted": Failure(
        WAYS["ntlm"].form,
        {"ansible_winrm_message_encryption": "never"},
        {"ansible_psrp_message_encryption": "never"},
        "refuses unencrypted messages",
    ),
    "expiredclient": Failure(
        {**WAYS["certificate"].form, "tls": {"client_certificate": "expired"}}, *either(), REFUSED_CERTIFICATE, 1
    ),
    "otherclient": Failure(WAYS["certificate"].form, *client_certificate(FILE, KEY_FILE), REFUSED_CERTIFICATE, 1),
    "nofile": Failure(WAYS["certificate"].form, *client_certificate(None, KEY_FILE), "must be specified"),
    "nokeyfile": Failure(
        WAYS["certificate"].form, *client_certificate(FILE, "/nonexistent/key.pem"), "/nonexistent/key.pem"
    ),
    **{
        name.replace("_", ""): Failure({**WAYS["ntlmhttps"].form, "tls": {"certificate": name}}, *either(), words)
        for name, words in {
            "expired": "certificate has expired",
            "wrong_name": "certificate is not valid for '127.0.0.1'",
            "untrusted": "unable to get local issuer certificate",
            "self_signed": "certificate",
        }.items()
    },
}
#: Mistakes on the controller, as psrp reports them. The winrm plugin itself calls them unreachable.
FAILED = {"nofile-psrp", "nokeyfile-winrm", "nokeyfile-psrp", "unencrypted-winrm", "unencrypted-psrp"}


@pytest.mark.canary
def test_each_wrong_secret_and_certificate_is_named_after_one_attempt(fleet: FleetFactory) -> None:
    subject = fleet(over_both({name: failure.form for name, failure in FAILURES.items()}))

    def edit(name: str) -> Variables:
        failure, connection = name.split("-")
        return t.cast("Variables", getattr(FAILURES[failure], connection))

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
    names = ("basic", "ntlm", "credssp")
    subject = fleet(over_both({name: WAYS[name].form for name in names}))
    change(subject, lambda _name: {"ansible_password": WRONG})
    run = subject.play({"winsec.lsa.use_machine_id": {"state": "{{ item }}"}, "loop": ["enabled", "disabled"]})
    for host in (f"{name}-{connection}" for name in names for connection in CONNECTIONS):
        items = run.of("use_machine_id")[host].result["results"]
        assert all(item["msg"].startswith(REFUSED) for item in items), host
        assert logins(subject, host) == ["refused", "refused"], host


def test_a_connection_that_was_idle_is_made_anew_for_the_next_item_of_a_loop(fleet: FleetFactory) -> None:
    """A message encrypted for a connection that the host has closed can't be read over another one."""
    subject = fleet(over_both({"host": {**WAYS["ntlm"].form, "keep_alive": 10}}))
    task = {"name": "enforce", "winsec.lsa.use_machine_id": {}, "loop": [1, 2], "loop_control": {"pause": 13}}
    run = subject.play(task)
    for host, found in run.of("enforce").items():
        items = found.result["results"]
        assert [(item.get("failed"), item["changed"]) for item in items] == [(False, True), (False, False)], items
        assert "refused" not in logins(subject, host)


@pytest.mark.canary
def test_a_fault_in_the_first_answer_is_not_a_refused_login(fleet: FleetFactory) -> None:
    """requests-credssp would take it for one over HTTPS."""
    subject = fleet(over_both({"host": {**WAYS["credssphttps"].form, "misbehave": {"fault": "quota_operations"}}}))
    run = subject.play({"winsec.lsa.use_machine_id": {}})
    for host, found in run.of("use_machine_id").items():
        assert found.status == "failed", (host, found)
        assert "quota" in found.result["msg"], host
        assert logins(subject, host) == ["accepted"], host


def test_a_missing_library_is_named(fleet: FleetFactory, tmp_path: Path) -> None:
    subject = fleet(over_both({"host": WAYS["credssp"].form}))
    (tmp_path / "requests_credssp.py").write_text("raise ImportError('as if it were not installed')")
    run = subject.play({"winsec.lsa.use_machine_id": {}}, environment={"PYTHONPATH": str(tmp_path)})
    for host, found in run.of("use_machine_id").items():
        assert found.status == "failed", (host, found)
        assert found.result["msg"].startswith("The Python library requests-credssp is missing on the controller"), host
        assert "pip install requests-credssp" in found.result["msg"], host
        assert not subject.requests(host)
