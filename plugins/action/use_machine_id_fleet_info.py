# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import typing as t
from pathlib import Path

from ansible.errors import AnsibleError

from ..module_utils._texts import shown
from ..plugin_utils._ansible.action import Action, Result
from ..plugin_utils._ansible.inventory import Inventory
from ..plugin_utils._ansible.screen import progress_of
from ..plugin_utils._ansible.signals import Interrupted, interruptible
from ..plugin_utils._ansible.targets import RAISED_BY, Target, Targets, job_of, not_tried, unreachable
from ..plugin_utils._ansible.tickets import SharedTicket, Ticket
from ..plugin_utils._audit.console import Entry, lines_of, summary_of, worst_first
from ..plugin_utils._audit.lines import Lines
from ..plugin_utils._audit.records import Record
from ..plugin_utils._fleet.accounts import Accounts
from ..plugin_utils._fleet.engine import Engine, Finished, Job
from ..plugin_utils._fleet.files import allow_files, files_for

#: Seconds after its time is up for a host to end by itself, which says more about it.
_GRACE: t.Final = 5

#: Hosts that are returned at most, unless all are asked for.
_MOST: t.Final = 200


class ActionModule(Action):
    """Audit many hosts at once. Changes none."""

    _requires_connection = False

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "hosts": {"type": "list", "elements": "str"},
        "workers": {"type": "int", "default": 64},
        "timeout": {"type": "int", "default": 60},
        "max_failed_logins": {"type": "int", "default": 3},
        "gpo": {"type": "bool"},
        "output": {"type": "path"},
        "resume": {"type": "bool", "default": False},
        "return_hosts": {"type": "str", "choices": ["attention", "all", "none"], "default": "attention"},
    }

    def work(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any], result: Result) -> None:
        _check(arguments)
        inventory = Inventory(self, task_vars)
        patterns = arguments["hosts"]
        names = inventory.names(patterns) if patterns else task_vars["ansible_play_batch"]  # names may hold , or :
        targets = Targets(inventory, self._loader, arguments["gpo"])
        entries = _Run(arguments, names, targets).entries()
        result.update(_returned([*entries], arguments["return_hosts"]))


class _Run:
    """One run over all hosts."""

    def __init__(self, arguments: dict[str, t.Any], names: list[str], targets: Targets) -> None:
        if not names:
            raise AnsibleError("There is no host to ask. Name hosts of the inventory, and check --limit.")
        self._arguments = arguments
        self._targets = targets
        self._output = _output(arguments, {*names}, targets)
        done = self._output.done if self._output else {}
        self._entries = {name: Entry.of(done[name]) for name in names if name in done}
        self._left = dict.fromkeys(name for name in names if name not in done)
        self._progress = progress_of(len(self._left))
        self._accounts = Accounts(arguments["max_failed_logins"])
        self._engine: Engine[Record] = Engine(
            arguments["workers"], arguments["timeout"] + _GRACE, self._accounts, most=allow_files(arguments["workers"])
        )
        self._tickets: dict[Ticket, list[str]] = {}

    def entries(self) -> t.Iterable[Entry]:
        """Ask all hosts that are left, and return what is known of each host."""
        try:
            with interruptible() as check:
                self._ask(list(self._left), check)
                while self._tickets:
                    self._ask(self._tickets.pop(next(iter(self._tickets))), check)
        except Interrupted as exc:
            self._leave("The run was interrupted before this host was done.")
            exc.resend()
        finally:
            self._progress.end()
            if self._output:
                self._output.close()
        return self._entries.values()

    def _ask(self, names: list[str], check: t.Callable[[], None]) -> None:
        """Ask the hosts that share a Kerberos ticket with the first one, and put off the others."""
        targets = self._resolved(names)
        first = next(targets, None)
        if first is None:
            return
        ticket = SharedTicket(first.ticket)
        with ticket.in_use(first.connection):
            jobs = (
                job_of(target, ticket, self._arguments["timeout"])
                for target in itertools.chain([first], targets)
                if self._is_now(target, first.ticket)
            )
            for finished in self._engine.run(jobs):
                if finished:
                    self._record(self._record_of(finished))
                self._progress.turn()
                check()

    def _resolved(self, names: list[str]) -> t.Iterator[Target]:
        for name in names:
            found = self._targets.target(name)
            if isinstance(found, Target):
                yield found
            else:
                self._record(found)

    def _is_now(self, target: Target, ticket: Ticket) -> bool:
        if target.ticket != ticket:
            self._tickets.setdefault(target.ticket, []).append(target.host)
        return target.ticket == ticket

    def _record_of(self, finished: Finished[Record]) -> Record:
        if finished.result:
            return finished.result
        if finished.state == "overdue":
            return unreachable(finished.job.host, self._overdue())
        return not_tried(finished.job.host, self._refused(finished.job))

    def _overdue(self) -> str:
        return (
            f"The host was not done after {self._arguments['timeout']} seconds. "
            f"Check its load and the way to it, or raise {RAISED_BY}."
        )

    def _refused(self, job: Job[Record]) -> str:
        user, hosts = shown(str(job.account)), ", ".join(self._accounts.refused_by(job.account)[:3])
        return (
            f"Hosts in a row refused the login of '{user}' ({hosts}), and one more might lock the account. "
            "Check user and password, then ask the hosts that are left (resume, or --limit)."
        )

    def _record(self, record: Record) -> None:
        if self._output:
            self._output.write(record)
        del self._left[record["host"]]
        self._entries[record["host"]] = Entry.of(record)
        self._progress.count(record["verdict"])

    def _leave(self, reason: str) -> None:
        for name in list(self._left):
            self._record(not_tried(name, reason))


def _check(arguments: dict[str, t.Any]) -> None:
    for name in ("workers", "timeout", "max_failed_logins"):
        if arguments[name] < 1:
            raise AnsibleError(f"{name} is {arguments[name]}, but it has to be at least 1.")
    if arguments["resume"] and arguments["output"] is None:
        raise AnsibleError(
            "resume (use_machine_id_audit_resume) needs output (use_machine_id_audit_output), the file of the run that "
            "was interrupted."
        )
    if allow_files(arguments["workers"]) < arguments["workers"]:
        needed = files_for(arguments["workers"])
        raise AnsibleError(
            f"{arguments['workers']} workers need {needed} open files at once, more than this user may have: run "
            f"ulimit -n {needed} before, have the administrator raise the limit, or use fewer workers."
        )


def _output(arguments: dict[str, t.Any], names: t.AbstractSet[str], targets: Targets) -> Lines | None:
    def counts(record: Record) -> bool:
        return record["host"] not in names or targets.still_counts(record)

    path = arguments["output"]
    return None if path is None else Lines(Path(path).absolute(), resume=arguments["resume"], counts=counts)


def _returned(entries: list[Entry], which: str) -> Result:
    needy = worst_first(entries)
    found = {"attention": needy[:_MOST], "all": sorted(entries), "none": []}[which]
    return {
        "summary": summary_of(entries),
        "hosts": [entry._asdict() for entry in found],
        "lines": lines_of(entries),
    }
