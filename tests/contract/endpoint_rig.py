# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract over WS-Management: the endpoint, with every way to log in to it.

All hosts of one way are one fleet, so that Ansible starts once for both connection plugins.
"""

from __future__ import annotations

import re
import typing as t

from ..kerberos.kdc import KERBEROS, KINIT, NO_PASSWORD
from ..support.expectations import MSV1_0
from ..support.fleet import CONNECTIONS, OMI, PASSWORD, Fleet
from ..support.logins import WAYS, Variables, Way, change, requests_by_host
from .cases import BRIEF, CASES
from .combinations import Combination, Rig
from .loops import Loop
from .outcome import TASKS, Outcome, Placed, Registry, take

if t.TYPE_CHECKING:
    from .cases import Case
    from .combinations import Outcomes, Programs

OWN = "own store"

#: The endpoint's names of releases.
_RELEASES: dict[str, dict[str, t.Any]] = {
    "vista": {"release": "vista"},
    "srv2008": {"release": "2008"},
    "win7": {"release": "7"},
    "srv2012r2": {"release": "2012r2"},
    "win10": {"release": "10"},
    "win11": {"release": "11"},
    "dc2019": {"release": "2019", "domain_controller": True},
    "srv2022": {"release": "2022"},
    "srv2025": {"release": "2025"},
}
#: Logins of a connection; by the others each request logs in.
_OF_CONNECTIONS = ("ntlm", "kerberos", "credssp")


class Login(t.NamedTuple):
    """A way to log in, what its inventory says otherwise than the endpoint's, and the attempts refused before it."""

    way: Way
    variables: Variables = {}  # noqa: RUF012 - only read, and a NamedTuple has no factory
    connections: tuple[str, ...] = CONNECTIONS
    refused: int = 0
    ticket: bool = False
    #: It differs from another one in what is below it or in its name, and in nothing that a case could meet.
    variant: bool = False

    @property
    def has_realm(self) -> bool:
        return self.way.mechanism == "kerberos"


_KERBEROS = Way(KERBEROS, "kerberos", encrypted=True)
_KERBEROS_HTTPS = Way({**KERBEROS, "scheme": "https"}, "kerberos", encrypted=False)
_OMI = {**OMI, "fault_style": "omi"}
_SEVERAL = Way({"authentication": ["ntlm"], "answers": {"shell": "opened"}}, "ntlm", encrypted=True)

#: What `make test` has time for: the simplest login, and the one that encrypts.
QUICK = (FIRST, SECOND) = ("Basic over HTTP", "NTLM over HTTP, encrypted")
#: Without programs that the project does not bring.
LOGINS = {
    FIRST: Login(Way({}, "basic", encrypted=False)),
    "Basic over HTTP, answers as of OMI": Login(Way({"answers": _OMI}, "basic", encrypted=False), variant=True),
    "Basic over HTTPS": Login(WAYS["basic"]),
    SECOND: Login(WAYS["ntlm"]),
    "NTLM over HTTPS": Login(WAYS["ntlmhttps"]),
    "CredSSP over HTTP, encrypted": Login(WAYS["credssp"], variant=True),
    "CredSSP over HTTPS": Login(WAYS["credssphttps"], variant=True),
    "certificate over HTTPS": Login(WAYS["certificate"]),
    "Negotiate over HTTP, encrypted": Login(WAYS["ntlm"], {"ansible_psrp_auth": "negotiate"}, ("psrp",), variant=True),
    "Basic refused, then NTLM": Login(
        _SEVERAL,
        {
            "ansible_user": "Administrator",
            "ansible_password": PASSWORD,
            "ansible_winrm_transport": ["basic", "ntlm"],
            "ansible_winrm_message_encryption": "auto",
        },
        ("winrm",),
        refused=1,
    ),
}
KERBEROS_LOGINS = {
    "Kerberos by password over HTTP, encrypted": Login(_KERBEROS, KINIT),
    "Kerberos by password over HTTPS": Login(_KERBEROS_HTTPS, KINIT, variant=True),
    "Kerberos by ticket over HTTP, encrypted": Login(_KERBEROS, NO_PASSWORD, ticket=True),
    "Kerberos by ticket over HTTPS": Login(_KERBEROS_HTTPS, NO_PASSWORD, ticket=True, variant=True),
}

VARIANTS = [way for way, login in {**LOGINS, **KERBEROS_LOGINS}.items() if login.variant]

#: What can't be had, and why.
BY_KEY = f"{OWN}: MSV1_0 unreadable below a readable Lsa"
LIMITS = {
    f"all cases with {', '.join(VARIANTS)}": "only BRIEF, for time: variants of a login that meets all of them",
    BY_KEY: "the endpoint denies by host and kind of access, not by key",
    "psrp, Basic refused, then NTLM": "the plugin psrp takes one way to log in, not a list",
    "winrm, Negotiate": "the plugin winrm has no transport of this name; its ntlm and kerberos send the same",
}


class EndpointRig(Rig):
    """The hosts of one way to log in."""

    def __init__(self, way: str, login: Login, *, whole: bool) -> None:
        combinations = (Combination(OWN, connection, way) for connection in login.connections)
        super().__init__(way, combinations, ["kerberos"] if login.has_realm else [])
        self._login = login
        self._whole = whole

    def wants(self, combination: Combination) -> tuple[Case, ...]:
        del combination
        return CASES if self._whole else BRIEF

    def lacks(self, combination: Combination, case: Case) -> str:
        del combination
        by_key = case.denial is not None and (case.denial.access, case.denial.key) == ("none", MSV1_0)
        return BY_KEY if by_key else ""

    def check_messages(self, outcome: Outcome) -> None:
        """Every message goes the way that the inventory names; no transport is tried twice in a task or item."""
        way = self._login.way
        assert outcome.messages == {(way.mechanism, way.encrypted)}
        accepted, refused = outcome.logins
        assert refused == self._login.refused * accepted
        if way.mechanism in _OF_CONNECTIONS:
            assert accepted <= len(TASKS)

    def run(self, programs: Programs) -> Outcomes:
        hosts = self._hosts()
        forms = {host: self._form(combination, placed) for host, (combination, placed) in hosts.items()}
        fleet = Fleet(programs.folder / self._word, forms, self._environment(programs))
        try:
            change(fleet, lambda _host: self._login.variables)
            before = {host: stored(fleet, host) for host in hosts}
            results = take(fleet, {host: placed for host, (_combination, placed) in hosts.items()}, "windows")
            after = {host: stored(fleet, host) for host in hosts}
            requests = requests_by_host(fleet)
        finally:
            fleet.close()
        return {
            (combination, placed.case): Outcome(placed, before[host], after[host], results[host], *told(requests[host]))
            for host, (combination, placed) in hosts.items()
        }

    def loop(self, combination: Combination, programs: Programs) -> Loop:
        form = {**self._login.way.form, "connection": combination.connection}
        hosts = ("first", "second")
        folder = programs.folder / _word(f"loop {combination}")
        fleet = Fleet(folder, dict.fromkeys(hosts, form), self._environment(programs))
        try:
            change(fleet, lambda _host: self._login.variables)
            return Loop.over(fleet, hosts, "auto", lambda host: stored(fleet, host))
        finally:
            fleet.close()

    @property
    def _word(self) -> str:
        return _word(self.name)

    def _hosts(self) -> dict[str, tuple[Combination, Placed]]:
        return {
            _word(f"{combination.connection} {number}"): (combination, Placed.nth(case, number))
            for combination in self.combinations
            for number, case in enumerate(self.cases(combination))
        }

    def _form(self, combination: Combination, placed: Placed) -> dict[str, t.Any]:
        """A host as a fleet describes it."""
        form = {**self._login.way.form, **_RELEASES[placed.release], "connection": combination.connection}
        form["registry"] = {
            key: {name: {"type": value[0], "data": value[1]} for name, value in values.items() if value}
            for key, values in placed.case.before().items()
        }
        denial = placed.case.denial
        return {**form, "misbehave": {"deny_writes": True, "deny_reads": denial.access == "none"} if denial else {}}

    def _environment(self, programs: Programs) -> dict[str, str]:
        if not self._login.has_realm:
            return {}
        tickets = programs.folder / f"{self._word}-tickets"
        if self._login.ticket:
            programs.kdc.ticket(tickets)
        return {**programs.kdc.environment, "KRB5CCNAME": str(tickets)}


def _word(text: str) -> str:
    return re.sub(r"\W+", "-", text).lower()


def stored(fleet: Fleet, host: str) -> Registry:
    """Return the stored values, as the endpoint reports them."""
    return {
        key: {name: (value["type"], value["data"]) for name, value in values.items()}
        for key, values in fleet.stored(host).items()
    }


def told(requests: list[dict[str, t.Any]]) -> tuple[frozenset[tuple[str, bool]], tuple[int, int]]:
    """Read a host's part of the endpoint's log: login and cipher of messages, logins accepted and refused."""
    messages = frozenset((request["mechanism"], request["encrypted"]) for request in requests if request["action"])
    logins = [request["login"] for request in requests]
    return messages, (logins.count("accepted"), logins.count("refused"))


def rigs(*, every: bool) -> tuple[Rig, ...]:
    """One for each way to log in; few, and without programs that the project does not bring, unless ``every`` is."""
    if not every:
        return tuple(EndpointRig(way, LOGINS[way], whole=way == FIRST) for way in QUICK)
    return tuple(
        EndpointRig(way, login, whole=not login.variant) for way, login in {**LOGINS, **KERBEROS_LOGINS}.items()
    )
