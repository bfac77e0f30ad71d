# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..plugin_utils._enforcement import Enforcement, observe
from ..plugin_utils._host_action import HostAction, Result
from ..plugin_utils._policy import FALLBACK_CHOICES, STATE_CHOICES, HostState, Plan, plan, with_changes
from ..plugin_utils._report import describe, settings_of, warnings
from ..plugin_utils._settings import SETTINGS, Setting
from ..plugin_utils._windows import HostError, Windows


class ActionModule(HostAction):
    """Bring the policy on a host into a state."""

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        **HostAction.ARGUMENT_SPEC,
        "state": {"type": "str", "choices": list(STATE_CHOICES), "default": "enabled"},
        "null_session_fallback": {"type": "str", "choices": list(FALLBACK_CHOICES), "default": "unmanaged"},
    }

    def act(self, windows: Windows, arguments: dict[str, t.Any], result: Result) -> None:
        before = observe(windows)
        result.update(previous=settings_of(before), use_machine_id=describe(before))
        if before.windows.generation == "unsupported":
            raise HostError(
                f"{before.windows.release} (version {before.windows}) does not have this policy",
                "It begins with Windows Vista and Windows Server 2008: leave this host out.",
            )
        desired: dict[Setting, str] = {
            "use_machine_id": arguments["state"],
            "null_session_fallback": arguments["null_session_fallback"],
        }
        todo = plan(before, desired)
        host = self._apply(windows, before, todo, result)
        result.update(reboot_required=False, undecided=list(todo.undecided))
        result["warnings"] = self._warnings(before, host, todo, desired)
        if not self._task.check_mode:
            result["ansible_facts"] = {"use_machine_id": result["use_machine_id"]}

    def _apply(self, windows: Windows, before: HostState, todo: Plan, result: Result) -> HostState:
        """Make the changes, or say what they would be in check mode."""
        host = with_changes(before, todo.changes) if self._task.check_mode else before
        result.update(changed=host != before, use_machine_id=describe(host))
        if not self._task.check_mode:
            host = self._enforce(windows, before, todo, result)
        if self._task.diff and host != before:
            result["diff"] = {"before": _managed(before, todo), "after": _managed(host, todo)}
        return host

    def _enforce(self, windows: Windows, before: HostState, todo: Plan, result: Result) -> HostState:
        enforcement = Enforcement(windows, before)
        try:
            return enforcement.make(todo.changes)
        finally:
            result["changed"] = enforcement.changed
            if enforcement.host is None:
                del result["use_machine_id"]
            else:
                result["use_machine_id"] = describe(enforcement.host)

    def _warnings(self, before: HostState, host: HostState, todo: Plan, desired: dict[Setting, str]) -> list[str]:
        found = warnings(before, host, todo, desired)
        if getattr(self._connection, "become", None):
            found.append("become has no effect here: the registry is read and written as the user of the connection.")
        return found


def _managed(host: HostState, todo: Plan) -> dict[str, t.Any]:
    return {setting: settings_of(host)[setting] for setting in SETTINGS if setting in todo.changes}
