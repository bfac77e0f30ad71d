# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Conflicts between the desired state of a host and the owner of a value. Pure."""

from __future__ import annotations

import typing as t

from .._windows.registry import RegistryValue
from .meaning import HostState, plan
from .ownership import Owners
from .settings import POLICY_NAMES, SETTINGS, VALUE_NAMES, Setting


def contradicted(state: HostState, desired: t.Mapping[Setting, str], owners: Owners) -> list[Setting]:
    """The settings that would have to be changed again once their owner is applied.

    ``owners`` are in the documented shape, because they may come from facts.
    """
    return [
        setting
        for setting in SETTINGS
        if (after := _once_applied(state, setting, owners[setting])) is not None
        and setting in plan(after, {setting: desired[setting]}).changes
    ]


def _once_applied(state: HostState, setting: Setting, gpo: t.Mapping[str, t.Any]) -> HostState | None:
    if gpo.get("managed") is not True or gpo.get("state") is None:
        return None
    value = gpo.get("value")
    return state.replaced(setting, None if value is None else RegistryValue(value["type"], value["data"]))


def named(gpo: t.Mapping[str, t.Any]) -> str:
    """The owner of a value in a sentence."""
    if gpo["managed_by"] == "local_policy":
        return "the local Group Policy of the host"
    return f"the GPO '{gpo['name']}' {gpo['id']}" if gpo["name"] else f"the GPO {gpo['id']}"


def contradiction(state: HostState, setting: Setting, gpo: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """Return what the owner of a value does to it, and where to change that."""
    wanted = state.configured(setting).replace("_", " ")
    sets = str(gpo["state"]).replace("_", " ")
    return (
        f"{VALUE_NAMES[setting]} is to be {wanted}, but {named(gpo)} sets it to {sets}. What is changed on the host "
        "lasts until Group Policy applies it again: at the latest after 16 hours, sooner if any GPO changes",
        f"Change it in {named(gpo)}, {_place(setting, gpo)}.",
    )


def _place(setting: Setting, gpo: t.Mapping[str, t.Any]) -> str:
    if gpo["source"] == "administrative_template":
        return "among its administrative templates and other registry policies"
    policies = "" if gpo["managed_by"] == "local_policy" else " > Policies"
    return (
        f"Computer Configuration{policies} > Windows Settings > Security Settings > Local Policies > Security Options"
        f' > "{POLICY_NAMES[setting]}"'
    )
