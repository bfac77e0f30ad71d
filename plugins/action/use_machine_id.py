# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..plugin_utils._ansible.action import Result
from ..plugin_utils._ansible.change_action import ChangeAction
from ..plugin_utils._policy.decision import require_policy
from ..plugin_utils._policy.meaning import FALLBACK_CHOICES, GENERATIONS, STATE_CHOICES, chosen
from ..plugin_utils._windows.host import HostError, WindowsHost


class ActionModule(ChangeAction):
    """Bring the policy on a host into a state."""

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        **ChangeAction.ARGUMENT_SPEC,
        "state": {"type": "str", "choices": list(STATE_CHOICES), "default": "enabled"},
        "null_session_fallback": {"type": "str", "choices": list(FALLBACK_CHOICES), "default": "unmanaged"},
        **{f"state_{name}": {"type": "str", "choices": list(STATE_CHOICES)} for name in GENERATIONS},
        **{f"null_session_fallback_{name}": {"type": "str", "choices": list(FALLBACK_CHOICES)} for name in GENERATIONS},
        "unsupported": {"type": "str", "choices": ["fail", "skip"], "default": "fail"},
    }

    def act(self, host: WindowsHost, arguments: dict[str, t.Any], result: Result) -> None:
        before = self.look(host, result)
        try:
            require_policy(before)
        except HostError as missing:
            if arguments["unsupported"] == "fail":
                raise
            result.update(skipped=True, msg=str(missing))
            return
        self.bring(host, before, chosen(before.generation, arguments), arguments["gpo_conflict"], result)
