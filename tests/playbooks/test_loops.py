# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each item of a loop reaches the host that its variables name, as the user that they name, or fails.

All hosts of the endpoint have one address, so that ansible-core gives their items the same connection object.
"""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ..support.expectations import LSA, ONE, ZERO
from ..support.fleet import PASSWORD, registry, value
from ..support.imitation import ImitatedRegistry
from ..support.logins import logins

if t.TYPE_CHECKING:
    from pathlib import Path

    from ..support.fleet import FleetFactory

MODULE, FACTS = "winsec.lsa.use_machine_id", "winsec.lsa.use_machine_id_facts"
WRONG = "wr0ng-secret-that-must-not-show"

Form = dict[str, t.Any]


class Way(t.NamedTuple):
    """A connection plugin, what ``via`` says, and variables of all hosts."""

    connection: str
    via: str
    variables: Form = {}  # noqa: RUF012 - only read, and a NamedTuple has no factory


WAYS = {
    "winrm": Way("winrm", "auto"),
    "psrp": Way("psrp", "wmi"),
    "winrmreg": Way("winrm", "reg"),
    "psrpreg": Way("psrp", "reg"),
    "several": Way(
        "winrm", "auto", {"ansible_winrm_transport": ["basic", "ntlm"], "ansible_winrm_message_encryption": "auto"}
    ),
}
DEAD_END = "http://127.0.0.1:1"
#: Other names of the host "first", which differ in one variable each, so that they lead nowhere.
OTHERS: dict[str, Form] = {
    "dead": {"ansible_port": 1},
    "password": {"ansible_password": WRONG},
    "user": {"ansible_user": "Nobody"},
    "path": {"ansible_winrm_path": "/elsewhere", "ansible_psrp_path": "elsewhere"},
    "scheme": {"ansible_winrm_scheme": "https", "ansible_psrp_protocol": "https"},
    "proxy": {"ansible_winrm_proxy": DEAD_END, "ansible_psrp_proxy": DEAD_END},
}
#: Each of the others follows a session that is open, and is followed by a host that is there.
ITEMS = [
    *(("first", "changed"), ("second", "changed"), ("first", "ok"), ("first", "ok")),
    *(item for name in OTHERS for item in ((name, "not reached"), ("first", "ok"))),
    ("second", "ok"),
]
#: What each is asked for. What reaches the wrong host is seen there.
STATES = {"first": "enabled", "second": "disabled"}


class Subject:
    """The hosts of each way: first, second, flaky, and the others. One task for each way loops over them."""

    def __init__(self, start: FleetFactory, folder: Path) -> None:
        names = [f"{name}-{way}" for way in WAYS for name in ("first", "second", "flaky")]
        self._files = {name: ImitatedRegistry(folder / name) for name in names if name.endswith("reg")}
        self.fleet = start({name: self._form(name) for name in names})
        form = yaml.safe_load(self.fleet.inventory.read_text())
        hosts = form["windows"]["hosts"]
        for name in names:
            account = {"ansible_user": "Administrator", "ansible_password": PASSWORD}
            hosts[name] |= {**account, **WAYS[name.partition("-")[2]].variables}
        for way in WAYS:
            hosts |= {f"{name}-{way}": {**hosts[f"first-{way}"], **edit} for name, edit in OTHERS.items()}
        self.fleet.inventory.write_text(yaml.safe_dump(form))

    def _form(self, host: str) -> Form:
        name, _dash, way = host.partition("-")
        form: Form = {"connection": WAYS[way].connection, "authentication": ["ntlm"]}
        if name == "flaky":
            form["misbehave"] = {"close_connection": True, "times": 1}
        if host in self._files:
            return {**form, "reg_exe": self._files[host].reg_exe}
        return {**form, "answers": {"shell": "opened"}}

    def stored(self, host: str) -> t.Any:
        """Return the stored UseMachineId."""
        if host in self._files:
            found = self._files[host].values(LSA).get("UseMachineId")
            return {None: None, "REG_DWORD    0x1": ONE, "REG_DWORD    0x0": ZERO}[found]
        return value(self.fleet.stored(host), LSA, "UseMachineId")

    def loop(self, names: t.Sequence[str], **keywords: t.Any) -> dict[str, list[Form]]:
        """The results of the items, by way."""
        tasks = [
            {
                "name": way,
                MODULE: {"state": "{{ item.state }}", "via": via},
                "delegate_to": "{{ item.host }}",
                "loop": [{"host": f"{name}-{way}", "state": STATES.get(name, "not_defined")} for name in names],
                "ignore_errors": True,
                "ignore_unreachable": True,
                **keywords,
            }
            for way, (_connection, via, _variables) in WAYS.items()
        ]
        run = self.fleet.play(*tasks, hosts="localhost")
        for secret in (WRONG, PASSWORD, "Traceback"):
            assert secret not in run.output
        return {way: run.of(way)["localhost"].result["results"] for way in WAYS}


def status(item: Form) -> str:
    """The status of an item, of whose ``failed`` ansible-core 2.21 tells variables, and no callback plugin."""
    if "exception" in item and not item.get("unreachable"):
        return "failed"
    return next((word for word in ("unreachable", "failed", "changed") if item.get(word)), "ok")


@pytest.fixture
def subject(fleet: FleetFactory, tmp_path: Path) -> Subject:
    return Subject(fleet, tmp_path)


@pytest.mark.canary
def test_each_item_reaches_its_own_host_or_fails(subject: Subject) -> None:
    for way, items in subject.loop([name for name, _end in ITEMS]).items():
        for item, (name, expected) in zip(items, ITEMS, strict=True):
            found = {"unreachable": "not reached", "failed": "not reached"}.get(status(item), status(item))
            assert (item["item"]["host"], found) == (f"{name}-{way}", expected), item
        assert [subject.stored(f"{name}-{way}") for name in ("first", "second")] == [ONE, ZERO], way


def test_items_of_one_host_have_one_session_which_is_closed_before_the_next(subject: Subject) -> None:
    subject.loop(["first", "first", "first", "second", "second"])
    for way, (connection, via, variables) in WAYS.items():
        for name, items in (("first", 3), ("second", 2)):
            host = f"{name}-{way}"
            # Without a runspace, the plugin psrp keeps nothing from which the next item could go on.
            sessions = items if (connection, via) == ("psrp", "wmi") else 1
            assert logins(subject.fleet, host).count("accepted") == sessions, host
            assert logins(subject.fleet, host).count("refused") == (1 if variables else 0), host
            actions = subject.fleet.actions(host)
            shells = 1 if via == "reg" or variables else 0
            assert (actions["Create"], actions["Delete"]) == (shells, shells), host


def test_attempts_of_until_go_to_the_host_of_their_item(subject: Subject) -> None:
    keywords = {"register": "found", "until": "'use_machine_id' in found", "retries": 2, "delay": 0}
    for way, items in subject.loop(["first", "flaky", "second"], **keywords).items():
        assert [item.get("attempts") for item in items] == [1, 2, 1], (way, items)
        assert [status(item) for item in items] == ["changed", "ok", "changed"], (way, items)
        assert [subject.stored(f"{name}-{way}") for name in ("first", "flaky", "second")] == [ONE, None, ZERO]


@pytest.mark.canary
def test_variables_of_an_item_name_host_and_login_without_delegation(subject: Subject) -> None:
    known = yaml.safe_load(subject.fleet.inventory.read_text())["windows"]["hosts"]
    ports = {way: [known[f"{name}-{way}"]["ansible_port"] for name in ("first", "second")] for way in WAYS}
    run = subject.fleet.play(
        {
            "name": "enforce",
            MODULE: {"state": "{{ item.state }}", "via": "{{ vias[way] }}"},
            "vars": {
                "ansible_port": "{{ ports[way][item.port] }}",
                "ansible_password": "{{ item.password | default('" + PASSWORD + "') }}",
            },
            "loop": [
                {"port": 0, "state": "enabled"},
                {"port": 1, "state": "disabled"},
                {"port": 1, "state": "not_defined", "password": WRONG},
                {"port": 0, "state": "enabled"},
            ],
            "ignore_unreachable": True,
        },
        hosts=":".join(f"first-{way}" for way in WAYS),
        vars={
            "way": "{{ inventory_hostname.split('-')[1] }}",
            "ports": ports,
            "vias": {name: way.via for name, way in WAYS.items()},
        },
    )
    for way in WAYS:
        items = run.of("enforce")[f"first-{way}"].result["results"]
        assert [status(item) for item in items] == ["changed", "changed", "unreachable", "ok"], (way, items)
        assert [subject.stored(f"{name}-{way}") for name in ("first", "second")] == [ONE, ZERO], way


def test_run_once_gives_each_host_its_own_facts(fleet: FleetFactory) -> None:
    hosts = {
        f"{connection}-{name}": {"connection": connection, "registry": registry(stored)}
        for connection in ("winrm", "psrp")
        for name, stored in (("one", ONE), ("zero", ZERO), ("none", None))
    }
    run = fleet(hosts).play(
        {
            FACTS: {},
            "run_once": True,
            "delegate_to": "{{ item }}",
            "delegate_facts": True,
            "loop": "{{ ansible_play_hosts }}",
        },
        {"name": "own", "ansible.builtin.debug": {"var": "ansible_facts.use_machine_id.configured"}},
    )
    expected = {"one": "enabled", "zero": "disabled", "none": "not_defined"}
    assert run.exit_status == 0, run.output
    found = {host: own.result["ansible_facts.use_machine_id.configured"] for host, own in run.of("own").items()}
    assert found == {host: expected[host.partition("-")[2]] for host in hosts}, run.output
