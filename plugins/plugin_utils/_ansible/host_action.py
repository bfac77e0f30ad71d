# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The base of the actions on a host: arguments in, a host in between, one result out."""

from __future__ import annotations

import typing as t

from .._windows.host import WindowsHost
from .action import Action, Result
from .connect import VIA_CHOICES, connect


class HostAction(Action):
    """An action on a Windows host."""

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "via": {"type": "str", "choices": list(VIA_CHOICES), "default": "auto"},
    }

    #: As the inventory calls the host that the task works on.
    host_name: str = ""

    #: What the facts of this host already say; None if nothing, or if the task is delegated to another one.
    known_facts: t.Any = None

    def prepare(self, arguments: dict[str, t.Any]) -> None:
        """Do what can be done before the host is contacted."""

    def act(self, host: WindowsHost, arguments: dict[str, t.Any], result: Result) -> None:
        """Do the work and fill ``result``; what is in it when HostError is raised is shown to the user as well."""
        raise NotImplementedError

    def work(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any], result: Result) -> None:
        self.host_name = self._task.delegate_to or task_vars.get("inventory_hostname", "")
        if not self._task.delegate_to:
            self.known_facts = (task_vars.get("ansible_facts") or {}).get("use_machine_id")
        self.prepare(arguments)
        warnings: list[str] = []
        try:
            with connect(self._connection, arguments["via"], warnings.append) as host:
                self.act(host, arguments, result)
        finally:
            if warnings:
                result["warnings"] = [*warnings, *result.get("warnings", ())]
