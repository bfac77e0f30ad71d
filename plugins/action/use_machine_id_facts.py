# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..plugin_utils._ansible.action import Result
from ..plugin_utils._ansible.host_action import HostAction
from ..plugin_utils._policy.decision import nobody_asked, owners_of
from ..plugin_utils._policy.enforcement import observe
from ..plugin_utils._policy.report import describe
from ..plugin_utils._windows.host import WindowsHost


class ActionModule(HostAction):
    """Read what the policy does on a host."""

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        **HostAction.ARGUMENT_SPEC,
        "gpo": {"type": "bool", "default": True},
    }

    def act(self, host: WindowsHost, arguments: dict[str, t.Any], result: Result) -> None:
        state = observe(host)
        found = owners_of(host, state) if arguments["gpo"] else nobody_asked()
        result["ansible_facts"] = {"use_machine_id": describe(state, found)}
