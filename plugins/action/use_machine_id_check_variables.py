# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..plugin_utils._ansible.action import Action, Result
from ..plugin_utils._ansible.inventory import Inventory
from ..plugin_utils._ansible.variables import choices_of_variables, ours
from ..plugin_utils._policy.variables import differences, elsewhere, problems

#: The pattern of hosts of the playbooks, which only the command line and the play can set, and its default.
_PATTERN, _DEFAULT = "use_machine_id_hosts", "windows"


class ActionModule(Action):
    """Check the variables of the hosts of a play, before the first connection."""

    _requires_connection = False

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {"same": {"type": "list", "elements": "str", "default": []}}

    def work(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any], result: Result) -> None:
        if found := self._problems(task_vars, arguments["same"]):
            result.update(failed=True, msg=". ".join([*found, "No host was contacted."]))

    def _problems(self, known: dict[str, t.Any], same: list[str]) -> list[str]:
        inventory = Inventory(self, known)
        hosts = known["ansible_play_hosts_all"]
        variables = {host: ours(inventory.variables(host), inventory) for host in hosts}
        pattern = inventory.of_play(_PATTERN, _DEFAULT)
        return [
            *problems(variables, choices_of_variables(self._loader)),
            *elsewhere(variables, _PATTERN, pattern),
            *differences(variables, same),
        ]
