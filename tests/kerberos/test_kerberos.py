# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kerberos with a password and with a ticket, by both plugins, with and without TLS, and what can be wrong with it."""

from __future__ import annotations

import itertools
import typing as t

import pytest
import yaml

from ..integration.contract import LSA, ONE, STORED, Passage, wanted
from ..integration.fleet import CONNECTIONS, over_both, registry, value
from .kdc import ACCOUNT, HOST, PASSWORD, STRANGER

if t.TYPE_CHECKING:
    from pathlib import Path

    from ..integration.fleet import Fleet
    from .conftest import FleetFactory
    from .kdc import Kdc

    Variables = dict[str, t.Any]

KERBEROS: dict[str, t.Any] = {
    "authentication": ["kerberos"],
    "kerberos_name": HOST,
    "username": ACCOUNT,
    "password": PASSWORD,
}
#: The winrm plugin runs kinit with an empty environment.
KINIT = {"ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"]}
WRONG = "Not-the-password"
NO_PASSWORD = {"ansible_password": None}


def change(subject: Fleet, edit: t.Callable[[str], Variables]) -> None:
    """Give hosts other variables than the endpoint did; None stands for none at all."""
    form = yaml.safe_load(subject.inventory.read_text())
    for name, known in form["windows"]["hosts"].items():
        changed = {**known, **KINIT, **edit(name)}
        form["windows"]["hosts"][name] = {key: content for key, content in changed.items() if content is not None}
    subject.inventory.write_text(yaml.safe_dump(form))


def logins(subject: Fleet, host: str) -> list[str]:
    return [request["login"] for request in subject.requests(host) if request["login"]]


@pytest.mark.parametrize("secret", ["password", "ticket"])
def test_every_stored_value_is_enforced(
    fleet: FleetFactory, kdc: Kdc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    hosts = over_both(
        {
            f"{scheme}-{stored}": {**KERBEROS, "scheme": scheme, "registry": registry(*STORED[stored])}
            for scheme, stored in itertools.product(("http", "https"), STORED)
        }
    )
    subject = fleet(hosts)
    change(subject, lambda _name: NO_PASSWORD if secret == "ticket" else {})
    if secret == "ticket":
        kdc.ticket(tmp_path / "tickets")
        monkeypatch.setenv("KRB5CCNAME", str(tmp_path / "tickets"))
    task: Variables = {"winsec.lsa.use_machine_id": {}}
    run = subject.play(
        {"name": "facts", "winsec.lsa.use_machine_id_facts": {}},
        {"name": "predict", **task, "check_mode": True, "diff": True},
        {"name": "enforce", **task},
        {"name": "enforce again", **task},
    )
    assert run.exit_status == 0, run.output
    for host in hosts:
        scheme, stored, _connection = host.split("-")
        old = STORED[stored].use_machine_id
        passage = Passage(*(run.of(name)[host].result for name in ("predict", "enforce", "enforce again")))
        passage.check(host, differs=old != ONE)
        assert value(subject.stored(host), LSA, "UseMachineId") == wanted("enabled", "srv2022", old), host
        messages = [request for request in subject.requests(host) if request["action"]]
        assert {request["mechanism"] for request in messages} == {"kerberos"}, host
        assert {request["encrypted"] for request in messages} == {scheme == "http"}, host
        assert set(logins(subject, host)) == {"accepted"}, host


class Failure(t.NamedTuple):
    """What an inventory says wrong, and by each plugin the words for it and the tickets that the host refuses."""

    variables: Variables
    winrm: tuple[str, int]
    psrp: tuple[str, int]


def by_both(words: str) -> tuple[tuple[str, int], tuple[str, int]]:
    return (words, 0), (words, 0)


OTHER = {
    "ansible_winrm_kerberos_hostname_override": "other.winsec.test",
    "ansible_psrp_negotiate_hostname_override": "other.winsec.test",
}
NO_TICKET = "Can't find client principal"
REFUSED = "The host refused the login"
FAILURES = {
    "ticket": Failure(NO_PASSWORD, *by_both(NO_TICKET)),
    "negotiate": Failure({**NO_PASSWORD, "ansible_psrp_auth": "negotiate"}, (NO_TICKET, 0), ("No username or", 0)),
    "password": Failure({"ansible_password": WRONG}, ("Password incorrect", 0), ("Preauthentication failed", 0)),
    "user": Failure({"ansible_user": "nobody@WINSEC.TEST"}, *by_both("not found in Kerberos database")),
    "service": Failure(OTHER, *by_both("other.winsec.test@WINSEC.TEST not found in Kerberos database")),
    # The part of pywinrm that speaks Kerberos does not give up before the third time. It locks nobody: the password
    # was right, and the KDC was satisfied.
    "stranger": Failure({"ansible_user": STRANGER}, (REFUSED, 3), (REFUSED, 1)),
}


def test_each_failure_is_named_after_one_attempt(fleet: FleetFactory, kdc: Kdc) -> None:
    subject = fleet(over_both(dict.fromkeys(FAILURES, KERBEROS)))
    change(subject, lambda name: FAILURES[name.partition("-")[0]].variables)
    before = kdc.wrong_passwords()
    run = subject.play({"winsec.lsa.use_machine_id": {}})
    for (name, failure), connection in itertools.product(FAILURES.items(), CONNECTIONS):
        host = f"{name}-{connection}"
        found = run.of("use_machine_id")[host]
        assert found.status == "unreachable", (host, found)
        words, refused = getattr(failure, connection)
        assert words in found.result["msg"], (host, found.result["msg"])
        assert logins(subject, host) == ["refused"] * refused, host
    assert kdc.wrong_passwords() - before == len(CONNECTIONS), "one for each plugin: more could lock the account"
    for leak in (PASSWORD, WRONG, "Traceback"):
        assert leak not in run.output


def test_without_a_ticket_the_next_transport_is_taken(fleet: FleetFactory) -> None:
    account = {"username": "Administrator", "authentication": ["kerberos", "ntlm"], "answers": {"shell": "opened"}}
    subject = fleet({"host": {**KERBEROS, **account}})
    several = {"ansible_winrm_transport": ["kerberos", "ntlm"], "ansible_winrm_kinit_mode": "manual"}
    change(subject, lambda _name: several)
    run = subject.play({"winsec.lsa.use_machine_id": {}})
    assert run.of("use_machine_id")["host"].status == "changed", run.output
    assert [login for login in logins(subject, "host") if login != "begun"] == ["accepted"]
