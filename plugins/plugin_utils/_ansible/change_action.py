# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The base of the actions that change a host: who owns what is changed, the change, and its place in a journal."""

from __future__ import annotations

import secrets
import typing as t

from .._journal.entries import Begin, End, JournalError
from .._journal.file import Journal
from .._policy.decision import decide, owners_of, require_no_conflict
from .._policy.enforcement import Enforcement, observe
from .._policy.meaning import HostState, Plan, with_changes
from .._policy.ownership import Owners, owners_in
from .._policy.report import describe, differences, previous, warnings
from .._policy.settings import Setting
from .._windows.host import WindowsHost
from . import controller
from .action import Result
from .host_action import HostAction


class ChangeAction(HostAction):
    """An action that brings a host into a state. What the state is, the action decides."""

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        **HostAction.ARGUMENT_SPEC,
        "gpo_conflict": {"type": "str", "choices": ["warn", "fail", "ignore"], "default": "warn"},
        "journal": {"type": "path"},
    }

    #: Who owns both settings, as asked for this change or as the facts say; None where neither is the case.
    _owners: Owners | None = None

    #: None where no journal is kept.
    _journal: Journal | None = None

    #: The run that the action puts back.
    _reverts: str | None = None

    def prepare(self, arguments: dict[str, t.Any]) -> None:
        """Look whether the journal can be written, before the host is contacted."""
        if arguments["journal"] is not None:
            self._journal = Journal(arguments["journal"])
            self._journal.check()

    def look(self, host: WindowsHost, result: Result) -> HostState:
        """Read the host."""
        before = observe(host)
        result.update(previous=previous(before), use_machine_id=describe(before))
        return before

    def bring(
        self, host: WindowsHost, before: HostState, desired: dict[Setting, str], gpo_conflict: str, result: Result
    ) -> HostState:
        """Bring the host from the state that was read into the desired one, and return what there is then."""
        decision = decide(before, desired, gpo_conflict, owners_in(self.known_facts), lambda: owners_of(host, before))
        todo, conflicts, self._owners = decision.todo, decision.conflicts, decision.owners
        if conflicts and gpo_conflict == "fail":
            result["use_machine_id"] = describe(before, self._owners)
            require_no_conflict(conflicts)
        after = self._apply(host, before, todo, result)
        result.update(reboot_required=False, undecided=list(todo.undecided))
        found = [*self._warnings(before, after, todo, desired), *map(str, conflicts)]
        result["warnings"] = [*found, *result.get("warnings", ())]
        if not self._task.check_mode:
            result["ansible_facts"] = {"use_machine_id": result["use_machine_id"]}
        return after

    def _apply(self, host: WindowsHost, before: HostState, todo: Plan, result: Result) -> HostState:
        """Make the changes, or say what they would be in check mode."""
        after = with_changes(before, todo.changes) if self._task.check_mode else before
        result.update(changed=after != before, use_machine_id=describe(after, self._owners))
        if todo.changes and not self._task.check_mode:
            after = self._enforce(host, before, todo, result)
        if self._task.diff and after != before:
            result["diff"] = differences(self.host_name, before, after)
        return after

    def _enforce(self, host: WindowsHost, before: HostState, todo: Plan, result: Result) -> HostState:
        enforcement = Enforcement(host, before)
        begin = self._begin(before, with_changes(before, todo.changes), result)
        try:
            return enforcement.make(todo.changes)
        finally:
            result["changed"] = enforcement.changed
            if enforcement.state is None:
                del result["use_machine_id"]
            else:
                result["use_machine_id"] = describe(enforcement.state, self._owners)
            if begin:
                self._end(begin, enforcement.state, result)

    def _begin(self, before: HostState, wanted: HostState, result: Result) -> Begin | None:
        """Put on record what the host has, before anything is written to it."""
        if self._journal is None:
            return None
        begin = Begin(
            change=secrets.token_hex(8),
            run=controller.run(),
            time=controller.now(),
            reverts=self._reverts,
            user=controller.user(),
            controller=controller.name(),
            host=self.host_name,
            before=before.values,
            wanted=wanted.values,
        )
        self._journal.append(begin)
        result["run"] = begin.run
        return begin

    def _end(self, begin: Begin, state: HostState | None, result: Result) -> None:
        """Put on record what the host has now. Without it, whoever reads the journal has to ask the host."""
        end = End(begin.change, begin.run, controller.now(), begin.host, state.values if state else None)
        try:
            t.cast(Journal, self._journal).append(end)
        except JournalError as exc:
            result["warnings"] = [f"The change is in the journal, but not that it has ended. {exc}"]

    def _warnings(self, before: HostState, after: HostState, todo: Plan, desired: dict[Setting, str]) -> list[str]:
        found = warnings(before, after, todo, desired, is_made=not self._task.check_mode)
        if getattr(self._connection, "become", None):
            found.append("become has no effect here: the registry is read and written as the user of the connection.")
        return found
