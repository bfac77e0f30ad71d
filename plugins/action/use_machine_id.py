# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import typing as t

from ..plugin_utils._ansible.host_action import HostAction, Result
from ..plugin_utils._policy.conflicts import contradicted, contradiction
from ..plugin_utils._policy.enforcement import Enforcement, observe
from ..plugin_utils._policy.meaning import (
    FALLBACK_CHOICES,
    GENERATIONS,
    STATE_CHOICES,
    HostState,
    Plan,
    chosen,
    plan,
    with_changes,
)
from ..plugin_utils._policy.owner_evidence import evidence
from ..plugin_utils._policy.ownership import Owners, owners, owners_in
from ..plugin_utils._policy.report import describe, differences, previous, warnings
from ..plugin_utils._policy.settings import Setting
from ..plugin_utils._windows.host import HostError, WindowsHost


class ActionModule(HostAction):
    """Bring the policy on a host into a state."""

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        **HostAction.ARGUMENT_SPEC,
        "state": {"type": "str", "choices": list(STATE_CHOICES), "default": "enabled"},
        "null_session_fallback": {"type": "str", "choices": list(FALLBACK_CHOICES), "default": "unmanaged"},
        **{f"state_{name}": {"type": "str", "choices": list(STATE_CHOICES)} for name in GENERATIONS},
        **{f"null_session_fallback_{name}": {"type": "str", "choices": list(FALLBACK_CHOICES)} for name in GENERATIONS},
        "unsupported": {"type": "str", "choices": ["fail", "skip"], "default": "fail"},
        "gpo_conflict": {"type": "str", "choices": ["warn", "fail", "ignore"], "default": "warn"},
    }

    #: Who owns both settings, as asked for this change or as the facts say; None where neither is the case.
    _owners: Owners | None = None

    def act(self, host: WindowsHost, arguments: dict[str, t.Any], result: Result) -> None:
        before = observe(host)
        result.update(previous=previous(before), use_machine_id=describe(before))
        if before.generation == "unsupported":
            missing = _missing(before)
            if arguments["unsupported"] == "fail":
                raise missing
            result.update(skipped=True, msg=str(missing))
            return
        desired = chosen(before.generation, arguments)
        todo = plan(before, desired)
        conflicts = self._conflicts(host, before, todo, desired, arguments["gpo_conflict"])
        if conflicts and arguments["gpo_conflict"] == "fail":
            result["use_machine_id"] = describe(before, self._owners)
            raise _all_of(conflicts)
        after = self._apply(host, before, todo, result)
        result.update(reboot_required=False, undecided=list(todo.undecided))
        result["warnings"] = [*self._warnings(before, after, todo, desired), *map(str, conflicts)]
        if not self._task.check_mode:
            result["ansible_facts"] = {"use_machine_id": result["use_machine_id"]}

    def _conflicts(
        self, host: WindowsHost, before: HostState, todo: Plan, desired: dict[Setting, str], handling: str
    ) -> list[HostError]:
        """Return where Group Policy sets something else. A host that is not changed is not asked."""
        self._owners = owners_in(self.known_facts)
        if handling == "ignore":
            return []
        if todo.changes:
            self._owners = owners(evidence(host, before), datetime.datetime.now(datetime.timezone.utc))
        if self._owners is None:
            return []
        after = with_changes(before, todo.changes)
        return [
            HostError(*contradiction(after, setting, self._owners[setting]))
            for setting in contradicted(after, desired, self._owners)
        ]

    def _apply(self, host: WindowsHost, before: HostState, todo: Plan, result: Result) -> HostState:
        """Make the changes, or say what they would be in check mode."""
        after = with_changes(before, todo.changes) if self._task.check_mode else before
        result.update(changed=after != before, use_machine_id=describe(after, self._owners))
        if not self._task.check_mode:
            after = self._enforce(host, before, todo, result)
        if self._task.diff and after != before:
            result["diff"] = differences(self.host_name, before, after)
        return after

    def _enforce(self, host: WindowsHost, before: HostState, todo: Plan, result: Result) -> HostState:
        enforcement = Enforcement(host, before)
        try:
            return enforcement.make(todo.changes)
        finally:
            result["changed"] = enforcement.changed
            if enforcement.state is None:
                del result["use_machine_id"]
            else:
                result["use_machine_id"] = describe(enforcement.state, self._owners)

    def _warnings(self, before: HostState, after: HostState, todo: Plan, desired: dict[Setting, str]) -> list[str]:
        found = warnings(before, after, todo, desired, is_made=not self._task.check_mode)
        if getattr(self._connection, "become", None):
            found.append("become has no effect here: the registry is read and written as the user of the connection.")
        return found


def _all_of(conflicts: list[HostError]) -> HostError:
    first, *others = conflicts
    for other in others:
        first.add(str(other))
    return first


def _missing(before: HostState) -> HostError:
    return HostError(
        f"{before.version.release} (version {before.version}) does not have this policy",
        "It begins with Windows Vista and Windows Server 2008: leave this host out.",
    )
