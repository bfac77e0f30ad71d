# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins by Kerberos: what fails, and how it is reported."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ..support.fleet import CONNECTIONS, over_both
from ..support.leaks import all_that_is_left, leaks
from ..support.logins import change, logins
from .kdc import KERBEROS, KINIT, NO_PASSWORD, PASSWORD, STRANGER

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory
    from ..support.logins import Variables
    from .kdc import Kdc

WRONG = "Not-the-password"


class Failure(t.NamedTuple):
    """A mistake in the inventory, and for each plugin its message and the tickets that the host refuses."""

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
    change(subject, lambda name: {**KINIT, **FAILURES[name.partition("-")[0]].variables})
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


def test_an_account_that_the_kdc_refuses_is_not_locked(fleet: FleetFactory, kdc: Kdc) -> None:
    subject = fleet({f"host{number}": {**KERBEROS, "connection": "psrp"} for number in range(9)})
    change(subject, lambda _name: {**KINIT, "ansible_password": WRONG})
    before = kdc.wrong_passwords()
    task = {"winsec.lsa.use_machine_id_fleet_info": {"max_failed_logins": 2}, "run_once": True}
    summary = subject.play(task).results[0].result["summary"]
    assert kdc.wrong_passwords() - before == 2
    assert (summary["verdicts"]["unreachable"], summary["verdicts"]["not tried"]) == (2, 7)


def test_without_a_ticket_the_next_transport_is_taken(fleet: FleetFactory) -> None:
    account = {"username": "Administrator", "authentication": ["kerberos", "ntlm"], "answers": {"shell": "opened"}}
    subject = fleet({"host": {**KERBEROS, **account}})
    several = {"ansible_winrm_transport": ["kerberos", "ntlm"], "ansible_winrm_kinit_mode": "manual"}
    change(subject, lambda _name: several)
    run = subject.play({"winsec.lsa.use_machine_id": {}})
    assert run.of("use_machine_id")["host"].status == "changed", run.output
    assert logins(subject, "host") == ["accepted"]


def test_psrp_binds_its_ticket_to_the_channel(fleet: FleetFactory) -> None:
    """pywinrm sends its ticket before it has seen a certificate (force_preemptive): it has nothing to bind it to."""
    subject = fleet(over_both({"relayed": {**KERBEROS, "scheme": "https", "tls": {"certificate": "relayed"}}}))
    change(subject, lambda _name: KINIT)
    found = subject.play({"winsec.lsa.use_machine_id": {}}).of("use_machine_id")
    assert found["relayed-psrp"].status == "unreachable"
    assert REFUSED in found["relayed-psrp"].result["msg"]
    assert logins(subject, "relayed-psrp") == ["refused"]
    assert found["relayed-winrm"].status == "changed"


def test_an_item_without_a_password_does_not_log_in_by_the_ticket_of_another(fleet: FleetFactory) -> None:
    """The plugin winrm leaves the cache of the ticket that it gets in the environment of the process."""
    subject = fleet(over_both(dict.fromkeys(("password", "none"), KERBEROS)))
    change(subject, lambda name: {**KINIT, **(NO_PASSWORD if name.startswith("none") else {})})
    run = subject.play(
        {
            "winsec.lsa.use_machine_id": {},
            "delegate_to": "{{ item }}",
            "loop": ["password-winrm", "none-winrm", "password-winrm", "none-psrp"],
            "ignore_unreachable": True,
        },
        hosts="localhost",
    )
    items = run.results[0].result["results"]
    assert [item.get("unreachable", False) for item in items] == [False, True, False, True], items
    assert [logins(subject, f"none-{connection}") for connection in CONNECTIONS] == [[], []]


@pytest.mark.parametrize("encryption", ["dropped", "claimed", "damaged"])
def test_an_answer_in_the_clear_is_not_the_hosts(fleet: FleetFactory, encryption: str) -> None:
    rules = {
        "call": {"encryption": encryption},
        "fault": {"encryption": encryption, "fault": "access_denied"},
    }
    subject = fleet(over_both({name: {**KERBEROS, "misbehave": rule} for name, rule in rules.items()}))
    change(subject, lambda _name: KINIT)
    for host, found in subject.play({"winsec.lsa.use_machine_id": {}}).of("use_machine_id").items():
        assert found.status == "unreachable", (host, found)
        assert "not the host that was asked" in found.result["msg"], (host, found)
        assert len([request for request in subject.requests(host) if request["action"]]) == 1, host


def test_a_refused_login_is_the_last_request(fleet: FleetFactory) -> None:
    rules = {"first": ["Enumerate"], "later": ["SetDWORDValue"], "shell": ["Create"]}
    hosts = {name: {**KERBEROS, "misbehave": {"refuse_login": True, "only": only}} for name, only in rules.items()}
    subject = fleet(over_both(hosts))
    change(subject, lambda _name: KINIT)
    task = {"winsec.lsa.use_machine_id": {"via": "{{ 'reg' if 'shell' in inventory_hostname else 'auto' }}"}}
    for host, found in subject.play(task).of("use_machine_id").items():
        assert found.status == "unreachable", (host, found)
        last = subject.requests(host)[-1]
        assert (last["status"], bool(last["action"])) == (401, True), host


def test_a_secret_appears_nowhere(fleet: FleetFactory) -> None:
    subject = fleet(over_both(dict.fromkeys(("right", "wrong"), KERBEROS)))
    change(subject, lambda name: {**KINIT, **({"ansible_password": WRONG} if name.startswith("wrong") else {})})
    run, seen = all_that_is_left(subject)
    assert {result.host for result in run.results if result.status == "changed"} == {"right-winrm", "right-psrp"}
    assert leaks(seen, PASSWORD, WRONG) == []
