# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to log in to the endpoint's hosts, and the contract checked over each of them."""

from __future__ import annotations

import json
import typing as t
from collections import defaultdict

import yaml

from .contract import LSA, Passage, wanted
from .fleet import value

if t.TYPE_CHECKING:
    from .fleet import Fleet

Variables: t.TypeAlias = "dict[str, t.Any]"


class Way(t.NamedTuple):
    """A host's description, how its log calls the login, and whether messages are encrypted inside HTTP."""

    form: dict[str, t.Any]
    mechanism: str
    encrypted: bool


WAYS = {
    "basic": Way({"scheme": "https"}, "basic", encrypted=False),
    "ntlm": Way({"authentication": ["ntlm"]}, "ntlm", encrypted=True),
    "ntlmhttps": Way({"authentication": ["ntlm"], "scheme": "https"}, "ntlm", encrypted=False),
    "credssp": Way({"authentication": ["credssp"]}, "credssp", encrypted=True),
    "credssphttps": Way({"authentication": ["credssp"], "scheme": "https"}, "credssp", encrypted=False),
    "certificate": Way({"authentication": ["certificate"], "scheme": "https"}, "certificate", encrypted=False),
}


class Case(t.NamedTuple):
    """The state that a host is to have, its release, its value before, and how one logs in to it."""

    state: str
    release: str
    before: tuple[str, t.Any] | None
    way: Way


def change(subject: Fleet, edit: t.Callable[[str], Variables]) -> None:
    """Give hosts other variables than the endpoint did; None stands for none at all."""
    form = yaml.safe_load(subject.inventory.read_text())
    for name, known in form["windows"]["hosts"].items():
        changed = {**known, **edit(name)}
        form["windows"]["hosts"][name] = {key: content for key, content in changed.items() if content is not None}
    subject.inventory.write_text(yaml.safe_dump(form))


def logins(subject: Fleet, host: str) -> list[str]:
    """How the attempts to log in ended; one by NTLM takes three requests."""
    return [request["login"] for request in subject.requests(host) if request["login"] in ("accepted", "refused")]


def requests_by_host(subject: Fleet) -> dict[str, list[dict[str, t.Any]]]:
    requests = defaultdict(list)
    for request in map(json.loads, (subject.folder / "log").read_text().splitlines()):
        requests[request["host"]].append(request)
    return requests


def check_contract(subject: Fleet, cases: t.Mapping[str, Case]) -> None:
    """Facts, a prediction, the change and its repetition; every message by the way that the host asks for."""
    change(subject, lambda host: {"wanted_state": cases[host].state})
    task: Variables = {"winsec.lsa.use_machine_id": {"state": "{{ wanted_state }}"}}
    run = subject.play(
        {"name": "facts", "winsec.lsa.use_machine_id_facts": {}},
        {"name": "predict", **task, "check_mode": True, "diff": True},
        {"name": "enforce", **task},
        {"name": "enforce again", **task},
    )
    assert run.exit_status == 0, run.output
    facts, *passages = (run.of(name) for name in ("facts", "predict", "enforce", "enforce again"))
    requests = requests_by_host(subject)
    for host, case in cases.items():
        after = wanted(case.state, case.release, case.before)
        passage = Passage(*(results[host].result for results in passages))
        passage.check(host, differs=after != case.before)
        configured = facts[host].result["ansible_facts"]["use_machine_id"]["configured"]
        assert configured == passage.done["previous"]["use_machine_id"]["configured"], host
        assert value(subject.stored(host), LSA, "UseMachineId") == after, host
        messages = {(line["mechanism"], line["encrypted"]) for line in requests[host] if line["action"]}
        assert messages == {(case.way.mechanism, case.way.encrypted)}, host
        assert not any(line["login"] == "refused" for line in requests[host]), host
