# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The warnings of the action where the owner of a value sets something else."""

from __future__ import annotations

import datetime
import types
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.action.use_machine_id import ActionModule
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.settings import VALUE_NAMES
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.applied_policy import Gpo, PolicyEntries, PolicyEntry
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError, Observation
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion

NOW = datetime.datetime.now(datetime.UTC)
GUID = "{6AC1786C-016F-11D2-945F-00C04FB984F9}"


class Owned:
    """A host and its log of policy: a GPO sets both values to 0. Nothing can be written."""

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        return Observation(WindowsVersion(10, 0, 20348, "server"), tuple(dword(0) for _name in names))

    def policy_log(self) -> Owned:
        return self

    def entries(self, names: t.Sequence[ValueName]) -> PolicyEntries:
        return PolicyEntries(
            tuple(PolicyEntry(name, dword(0), "security_option", 1, GUID, NOW, 1, 0) for name in names), NOW
        )

    def gpos(self) -> tuple[Gpo, ...]:
        return (Gpo(GUID, "Print servers"),)


def test_a_refused_change_names_the_owner_of_each_value() -> None:
    defaults = {name: option.get("default") for name, option in ActionModule.ARGUMENT_SPEC.items()}
    desired = {"state": "enabled", "null_session_fallback": "enabled", "gpo_conflict": "fail"}
    task = types.SimpleNamespace(check_mode=False, diff=False)
    make = t.cast(t.Any, ActionModule)
    plugin = make(task, types.SimpleNamespace(become=None), None, None, None, None)
    result: dict[str, t.Any] = {"changed": False}
    with pytest.raises(HostError) as caught:
        plugin.act(t.cast(t.Any, Owned()), {**defaults, **desired}, result)
    for name in VALUE_NAMES.values():
        assert str(caught.value).count(f"{name} is to be enabled, but the GPO 'Print servers' {GUID} sets it") == 1
    described = result["use_machine_id"]
    assert (described["gpo"]["name"], described["null_session_fallback"]["gpo"]["name"]) == ("Print servers",) * 2
    assert (described["configured"], result["changed"]) == ("disabled", False)
