# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of what was changed, and putting it back."""

from __future__ import annotations

import json
import os
import stat
import typing as t

import pytest
import yaml

from ..support.expectations import LSA, MSV1_0, ONE, ZERO
from ..support.fleet import over_both, registry, value
from ..support.logins import change

if t.TYPE_CHECKING:
    from ..support.fleet import Fleet, FleetFactory
    from ..support.runs import Run

ENFORCE, REVERT, AUDIT = "winsec.lsa.enforce", "winsec.lsa.revert", "winsec.lsa.audit"
MODULE, PUT_BACK = "Enforce the desired state for this generation of Windows", "Put back what this host had"
JOURNAL = ("-e", "use_machine_id_journal=journal.jsonl")
BOTH = ("-e", "use_machine_id_null_session_fallback=disabled")


def entries(subject: Fleet) -> list[dict[str, t.Any]]:
    return [json.loads(line) for line in (subject.folder / "journal.jsonl").read_text().splitlines()]


def outcomes(run: Run) -> dict[str, str]:
    (report,) = run.of("Report").values()
    return {line.split()[0]: line.partition(" ")[2].strip() for line in report.result["msg"]}


def totals(run: Run) -> str:
    (said,) = run.of("Totals").values()
    return str(said.result["msg"]).partition(": ")[2]


def both(subject: Fleet, host: str) -> tuple[t.Any, t.Any]:
    stored = subject.stored(host)
    return value(stored, LSA, "UseMachineId"), value(stored, MSV1_0, "AllowNullSessionFallback")


def without(form: t.Any, host: str) -> t.Any:
    """The inventory without a host, in whichever groups it is."""
    if not isinstance(form, dict):
        return form
    return {name: without(content, host) for name, content in form.items() if name != host}


HOSTS: dict[str, t.Any] = {
    "absent": {},
    "vista": {"release": "vista", "registry": registry(None, ONE)},
    "off": {"registry": registry(ZERO, ONE)},
    "good": {"registry": registry(ONE, ZERO)},
}


@pytest.mark.canary
def test_what_was_changed_is_put_back_exactly_and_can_be_put_back_again(fleet: FleetFactory) -> None:
    subject = fleet(over_both(HOSTS))
    hosts = list(over_both(HOSTS))
    before = {host: both(subject, host) for host in hosts}
    enforced = subject.playbook(ENFORCE, *JOURNAL, *BOTH)
    assert enforced.exit_status == 0, enforced.output
    assert {both(subject, host) for host in hosts} == {(ONE, ZERO)}
    (first,) = {entry["run"] for entry in entries(subject)}
    changed = {host for host in hosts if not host.startswith("good")}
    assert {entry["host"] for entry in entries(subject)} == changed
    assert len(entries(subject)) == 2 * len(changed)
    assert stat.S_IMODE((subject.folder / "journal.jsonl").stat().st_mode) == 0o600

    predicted = subject.playbook(REVERT, *JOURNAL, "--check", "--diff")
    assert predicted.exit_status == 0, predicted.output
    assert totals(predicted) == "6 would be put back, 2 not in the run."
    assert {both(subject, host) for host in hosts} == {(ONE, ZERO)}
    assert "+(none)\n" in predicted.output
    assert len(entries(subject)) == 2 * len(changed)

    reverted = subject.playbook(REVERT, *JOURNAL)
    assert reverted.exit_status == 0, reverted.output
    assert {host: both(subject, host) for host in hosts} == before
    assert totals(reverted) == "6 put back, 2 not in the run."
    assert set(outcomes(reverted)) == changed
    second = entries(subject)[-1]["run"]
    assert second != first
    assert {entry["reverts"] for entry in entries(subject) if entry["run"] == second and "reverts" in entry} == {first}
    assert len(entries(subject)) == 4 * len(changed)

    again = subject.playbook(REVERT, *JOURNAL)
    assert (again.exit_status, totals(again)) == (0, "6 as before, 2 not in the run."), again.output
    assert len(entries(subject)) == 4 * len(changed)

    back = subject.playbook(REVERT, *JOURNAL, "-e", f"use_machine_id_run={second}")
    assert back.exit_status == 0, back.output
    assert {both(subject, host) for host in hosts} == {(ONE, ZERO)}


@pytest.mark.canary
def test_all_forks_and_plays_of_a_run_are_one_run(fleet: FleetFactory) -> None:
    subject = fleet({f"host{number}": {} for number in range(8)})
    task = {"winsec.lsa.use_machine_id": {"state": "{{ state }}", "journal": "journal.jsonl"}}
    plays = [
        {"hosts": "windows", "gather_facts": False, "strategy": strategy, "vars": {"state": state}, "tasks": [task]}
        for strategy, state in (("linear", "enabled"), ("free", "disabled"), ("host_pinned", "not_defined"))
    ]
    playbook = subject.folder / "plays.yml"
    playbook.write_text(yaml.safe_dump([*plays, plays[0]]))
    run = subject.playbook(str(playbook))
    assert run.exit_status == 0, run.output
    assert len(entries(subject)) == 4 * 8 * 2
    assert len({entry["run"] for entry in entries(subject)}) == 1
    reverted = subject.playbook(REVERT, *JOURNAL)
    assert totals(reverted) == "8 put back.", reverted.output
    assert {both(subject, f"host{number}") for number in range(8)} == {(None, None)}


def test_hosts_that_need_a_person_are_named_and_the_others_are_put_back(fleet: FleetFactory) -> None:
    subject = fleet(
        {
            "touched": {},
            "text": {"registry": registry(("REG_SZ", "1"), ONE)},
            "fine": {},
            "lost": {"misbehave": {"close_connection": True, "only": ["GetDWORDValue"], "after": 4}},
            "other": {},
            "gone": {},
        }
    )
    enforced = subject.playbook(ENFORCE, *JOURNAL, *BOTH)
    assert enforced.exit_status in (0, 4), enforced.output
    inventory = yaml.safe_load(subject.inventory.read_text())
    subject.inventory.write_text(yaml.safe_dump(without(inventory, "gone")))
    subject.ad_hoc("--limit=touched", "-m", "winsec.lsa.use_machine_id", "-a", "state=disabled")
    run = subject.playbook(REVERT, *JOURNAL, "--limit=!other")
    assert run.exit_status == 2, run.output
    found = outcomes(run)
    assert found["touched"].startswith(rf"needs a person    HKLM\{LSA}\UseMachineId was changed since: the run")
    assert "left REG_DWORD 1 and now there is REG_DWORD 0. Nothing was put back." in found["touched"]
    assert both(subject, "touched") == (ZERO, ZERO)
    assert rf"HKLM\{LSA}\UseMachineId was REG_SZ '1' before the run" in found["text"]
    assert both(subject, "text") == (ONE, ONE)
    assert found["fine"] == "put back"
    assert both(subject, "fine") == (None, None)
    assert found["lost"].startswith("needs a person    The connection to the host was lost")
    assert found["gone"] == "needs a person: the inventory does not have this host any more."
    assert found["other"] == "left out: neither the pattern nor the limit of this run has this host."
    assert totals(run) == "1 put back, 4 needs a person, 1 left out."
    failed = {host for host, result in run.of("Fail if this host needs a person").items() if result.status == "failed"}
    assert failed == {"touched", "text", "lost"}


def test_where_no_host_of_the_run_is_here_that_is_what_the_report_says(fleet: FleetFactory) -> None:
    subject = fleet(
        {"off": {"registry": registry(ZERO)}, "good": {"registry": registry(ONE)}, "fine": {"registry": registry(ONE)}}
    )
    subject.playbook(ENFORCE, *JOURNAL)
    run = subject.playbook(REVERT, *JOURNAL, "--limit=!off")
    assert (run.exit_status, totals(run)) == (0, "1 left out, 2 not in the run."), run.output
    assert list(outcomes(run)) == ["off"]


def test_a_host_that_a_later_run_changed_is_put_back_in_order(fleet: FleetFactory) -> None:
    subject = fleet({"host": {}})
    subject.playbook(ENFORCE, *JOURNAL)
    subject.playbook(ENFORCE, *JOURNAL, "-e", "use_machine_id_state=disabled")
    runs = list(dict.fromkeys(entry["run"] for entry in entries(subject)))
    assert len(runs) == 2
    first, second = runs[0], runs[1]
    refused = subject.playbook(REVERT, *JOURNAL, "-e", f"use_machine_id_run={first}")
    assert refused.exit_status == 2
    assert f"The run {second} of the journal changed this host later: put that one back first." in refused.output
    for expected in (ONE, None):
        run = subject.playbook(REVERT, *JOURNAL, "-e", f"use_machine_id_run={second if expected else first}")
        assert (run.exit_status, both(subject, "host")[0]) == (0, expected), run.output


def test_an_interrupted_change_is_put_back_by_what_the_host_says(fleet: FleetFactory) -> None:
    subject = fleet({"written": {}, "unwritten": {}, "half": {}, "foreign": {}})
    subject.playbook(ENFORCE, *JOURNAL, *BOTH)
    lines = [line for line in (subject.folder / "journal.jsonl").read_text().splitlines() if '"begin"' in line]
    (subject.folder / "journal.jsonl").write_text("\n".join([*lines, '{"format":"winsec.lsa.jou']))
    set_by_hand = {"unwritten": "not_defined", "foreign": "disabled", "half": "enabled"}
    for host, state in set_by_hand.items():
        fallback = "null_session_fallback=not_defined" if host != "foreign" else ""
        subject.ad_hoc(f"--limit={host}", "-m", "winsec.lsa.use_machine_id", "-a", f"state={state} {fallback}")
    run = subject.playbook(REVERT, *JOURNAL)
    assert {host: outcome.split("  ")[0] for host, outcome in outcomes(run).items()} == {
        "written": "put back",
        "unwritten": "as before",
        "half": "put back",
        "foreign": "needs a person",
    }
    assert {both(subject, host) for host in ("written", "unwritten", "half")} == {(None, None)}
    assert both(subject, "foreign") == (ZERO, ZERO)


def test_a_journal_that_can_not_be_kept_fails_before_the_host_is_contacted(fleet: FleetFactory) -> None:
    problems = {
        "": "The journal has no name.",
        ".": "can't be written: Is a directory.",
        "nowhere/journal.jsonl": "can't be written: No such file or directory.",
        "inventory.yml": "is not a journal, and stays as it is.",
        "open.jsonl": "can be written by others",
        "/dev/null": "is not a file.",
        "pipe": "is not a file.",
        "x" * 5000: "can't be written: File name too long.",
        "{{ undefined_here }}": "can't be rendered",
        ("a", "list"): "journal must be a text, but is a list",
    }
    subject = fleet({f"host{number}": {} for number in range(len(problems))})
    (subject.folder / "open.jsonl").touch()
    (subject.folder / "open.jsonl").chmod(0o666)
    os.mkfifo(subject.folder / "pipe")
    hosts = dict(zip((f"host{number}" for number in range(len(problems))), problems, strict=True))
    paths = {host: list(path) if isinstance(path, tuple) else path for host, path in hosts.items()}
    change(subject, lambda host: {"use_machine_id_journal": paths[host]})
    inventory = subject.inventory.read_bytes()
    role = {"name": "Enforce", "ansible.builtin.include_role": {"name": "winsec.lsa.use_machine_id"}}
    for options in ((), ("--check",)):
        run = subject.play(role, options=options)
        assert run.exit_status == 2, run.output
        failed = {result.host: result.result["msg"] for result in run.results if result.status == "failed"}
        for host, path in hosts.items():
            assert problems[path] in failed[host] or "undefined" in failed[host], failed[host]
        assert "Traceback" not in run.output
    assert not any(subject.requests(host) for host in hosts)
    assert subject.inventory.read_bytes() == inventory


def test_without_a_journal_that_says_something_nothing_is_put_back(fleet: FleetFactory) -> None:
    subject = fleet({"host": {}})
    unset = subject.playbook(ENFORCE, "-e", "use_machine_id_journal=")
    nameless = subject.playbook(REVERT)
    missing = subject.playbook(REVERT, *JOURNAL)
    (subject.folder / "empty.jsonl").touch(0o600)
    nothing = subject.playbook(REVERT, "-e", "use_machine_id_journal=empty.jsonl")
    listed = subject.play({"winsec.lsa.use_machine_id_journal_info": {"path": "empty.jsonl"}})
    found = listed.of("use_machine_id_journal_info")["host"].result
    assert (found["run"], found["hosts"], found["runs"]) == (None, [], [])
    subject.playbook(ENFORCE, *JOURNAL)
    unknown = subject.playbook(REVERT, *JOURNAL, "-e", "use_machine_id_run=2026")
    empty = subject.playbook(REVERT, *JOURNAL, "-e", "use_machine_id_run=")
    emptier = subject.play({"winsec.lsa.use_machine_id_revert": {"journal": "journal.jsonl", "run": ""}})
    subject.forget_requests()
    for run, message in (
        (unset, "use_machine_id_journal must be the name of a file or a folder, but is ''"),
        (nameless, "No journal is named. Pass the one that the run wrote"),
        (missing, "can't be read: No such file or directory. Name the journal that the run to put back has kept."),
        (nothing, "has no run that did not put back another one. Name the journal of the run to put back, or one of"),
        (unknown, "The journal has no run '2026'. Name one of its runs; the last ones are 20"),
        (empty, "use_machine_id_run must be a text, but is ''"),
        (emptier, "The journal has no run ''."),
    ):
        assert run.exit_status == 2
        assert message in run.output
    assert both(subject, "host")[0] == ONE


@pytest.mark.parametrize("name", ["use_machine_id_journal", "use_machine_id_run"])
def test_no_host_decides_for_the_others_what_is_put_back(fleet: FleetFactory, name: str) -> None:
    subject = fleet({"first": {}, "second": {}})
    inventory = yaml.safe_load(subject.inventory.read_text())
    inventory["windows"]["hosts"]["first"][name] = "another"
    subject.inventory.write_text(yaml.safe_dump(inventory))
    run = subject.playbook(REVERT)
    assert run.exit_status == 2, run.output
    assert f"{name} counts for all hosts of a run, but differs between them: it is 'another' (on first)" in run.output


OWNER = {"name": "Servers", "security_options": {rf"{LSA}\UseMachineId": {"type": "REG_DWORD", "data": 1}}}


def test_what_a_gpo_will_undo_again_is_warned_of_or_left(fleet: FleetFactory) -> None:
    subject = fleet({"host": {"registry": registry(ZERO), "rsop": {"gpos": [OWNER]}}})
    subject.playbook(ENFORCE, *JOURNAL)
    refused = subject.playbook(REVERT, *JOURNAL, "-e", "use_machine_id_gpo_conflict=fail")
    assert (refused.exit_status, totals(refused)) == (2, "1 needs a person."), refused.output
    assert "is to be disabled, but the GPO 'Servers'" in outcomes(refused)["host"]
    assert both(subject, "host")[0] == ONE
    warned = subject.playbook(REVERT, *JOURNAL)
    assert (warned.exit_status, both(subject, "host")[0]) == (0, ZERO), warned.output
    (warning,) = (text for text in warned.of(PUT_BACK)["host"].result["warnings"] if "GPO" in text)
    assert warning.startswith(rf"HKLM\{LSA}\UseMachineId is to be disabled, but the GPO 'Servers'")
