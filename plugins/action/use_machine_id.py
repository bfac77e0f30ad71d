# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import typing as t

from ..plugin_utils._benchmarks import Setting
from ..plugin_utils._enforcement import observe, require, write
from ..plugin_utils._host_action import HostAction, Result
from ..plugin_utils._policy import (
    FALLBACK_CHOICES,
    SETTINGS,
    STATE_CHOICES,
    VALUE_NAMES,
    Host,
    Plan,
    after,
    plan,
)
from ..plugin_utils._report import describe, settings_of, warnings
from ..plugin_utils._windows import HostError, Unreachable, Windows


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
        desired = {"use_machine_id": arguments["state"], "null_session_fallback": arguments["null_session_fallback"]}
        todo = plan(before, t.cast(t.Any, desired))
        host = self._apply(windows, before, todo, result)
        result.update(reboot_required=False, undecided=list(todo.undecided))
        result["warnings"] = self._warnings(before, host, todo, desired)
        if not self._task.check_mode:
            result["ansible_facts"] = {"use_machine_id": result["use_machine_id"]}

    def _apply(self, windows: Windows, before: Host, todo: Plan, result: Result) -> Host:
        """Make the changes, or say what they would be in check mode."""
        host = after(before, todo.changes) if self._task.check_mode else before
        result.update(changed=host != before, use_machine_id=describe(host))
        if not self._task.check_mode:
            host = self._enforce(windows, before, todo, result)
        if self._task.diff and host != before:
            result["diff"] = {"before": _managed(before, todo), "after": _managed(host, todo)}
        return host

    def _enforce(self, windows: Windows, before: Host, todo: Plan, result: Result) -> Host:
        """Make one change after the other; ``result`` holds at any time what was done until then.

        A write is believed only after it was read back, but one that was accepted counts as a change until then.
        """
        host = before

        def look(setting: Setting) -> Host:
            found = host.replaced(setting, windows.read(VALUE_NAMES[setting]))
            result.update(changed=found != before, use_machine_id=describe(found))
            return found

        for setting, target in todo.changes.items():
            try:
                write(windows, setting, target)
            except HostError as exc:
                self._look_after_failure(exc, setting, look, result)
                raise
            result["changed"] = True
            host = look(setting)
            require(host, setting, target)
        return host

    def _look_after_failure(
        self, exc: HostError, setting: Setting, look: t.Callable[[Setting], Host], result: Result
    ) -> None:
        """A write may have been made though its answer was lost. A host that is lost is not asked again.

        That could be one login more, and lock an account.
        """
        if not isinstance(exc, Unreachable):
            with contextlib.suppress(HostError):
                look(setting)
                return
        del result["use_machine_id"]
        exc.add(f"Whether {VALUE_NAMES[setting]} was written is not known: run it again.")

    def _warnings(self, before: Host, host: Host, todo: Plan, desired: dict[str, str]) -> list[str]:
        found = warnings(before, host, todo, desired)
        if getattr(self._connection, "become", None):
            found.append("become has no effect here: the registry is read and written as the user of the connection.")
        return found


def _managed(host: Host, todo: Plan) -> dict[str, t.Any]:
    return {setting: settings_of(host)[setting] for setting in SETTINGS if setting in todo.changes}
