# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ..plugin_utils._ansible.inventory import Inventory
from ..plugin_utils._ansible.variables import choices_of_variables, ours
from ..plugin_utils._policy.variables import elsewhere, problems

#: The pattern of hosts of the playbooks, which only the command line and the play can set, and its default.
_PATTERN, _DEFAULT = "use_machine_id_hosts", "windows"


class ActionModule(ActionBase):
    """Check the variables of the hosts of a play, before the first connection."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        del tmp  # has no effect any more
        known = task_vars or {}
        super().run(task_vars=known)
        t.cast(t.Any, self).validate_argument_spec(argument_spec={})
        try:
            found = self._problems(known)
        except AnsibleError as exc:
            return {"failed": True, "changed": False, "msg": exc.message}
        if found:
            return {"failed": True, "changed": False, "msg": ". ".join([*found, "No host was contacted."])}
        return {"changed": False}

    def _problems(self, known: dict[str, t.Any]) -> list[str]:
        inventory = Inventory(self, known)
        hosts = known["ansible_play_hosts_all"]
        variables = {host: ours(inventory.variables(host), inventory) for host in hosts}
        pattern = inventory.of_play(_PATTERN, _DEFAULT)
        return [*problems(variables, choices_of_variables(self._loader)), *elsewhere(variables, _PATTERN, pattern)]
