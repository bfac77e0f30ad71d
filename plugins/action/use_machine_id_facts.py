# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..plugin_utils._enforcement import observe
from ..plugin_utils._host_action import HostAction, Result
from ..plugin_utils._report import describe
from ..plugin_utils._windows import Windows


class ActionModule(HostAction):
    """Read what the policy does on a host."""

    def act(self, windows: Windows, arguments: dict[str, t.Any], result: Result) -> None:
        del arguments  # HostAction has used the one that there is
        result["ansible_facts"] = {"use_machine_id": describe(observe(windows))}
