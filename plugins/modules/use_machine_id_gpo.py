#!/usr/bin/python
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._domain.backup import back_up
from ..module_utils._domain.connect import Controller
from ..module_utils._domain.directory import guid_or_name
from ..module_utils._domain.options import ARGUMENTS, TOGETHER
from ..module_utils._domain.task import UNCHANGED, run
from ..module_utils._group_policy.edit import change, observe
from ..module_utils._group_policy.errors import GroupPolicyError
from ..module_utils._group_policy.links import Container
from ..module_utils._group_policy.plan import DEFAULT_POLICIES, Found, Gpo, Plan, plan
from ..module_utils._group_policy.report import describe, differences, versions_of
from ..module_utils._group_policy.settings import Said, Setting, Wanted

_STATES = ["enabled", "disabled", "not_defined", "unmanaged"]
_OPTIONS: dict[str, dict[str, t.Any]] = {
    "gpo": {"type": "str", "required": True},
    "state": {"type": "str", "default": "enabled", "choices": _STATES},
    "null_session_fallback": {"type": "str", "default": "unmanaged", "choices": _STATES},
    "allow_default_policies": {"type": "bool", "default": False},
    "allow_version_mismatch": {"type": "bool", "default": False},
    "backup": {"type": "path"},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec={**ARGUMENTS, **_OPTIONS}, **TOGETHER, supports_check_mode=True)
    known = {**UNCHANGED}
    run(module, functools.partial(_bring, module, known), known)


def _bring(module: AnsibleModule, known: dict[str, t.Any], controller: Controller) -> dict[str, t.Any]:
    gpo = controller.directory.find(guid_or_name(module.params["gpo"]))
    _require_permitted(gpo, module.params["allow_default_policies"])
    links = controller.directory.links(gpo.guid)
    decide = functools.partial(
        plan, wanted=_wanted(module.params), allow_version_mismatch=module.params["allow_version_mismatch"]
    )

    def keep(found: Found) -> None:
        if module.params["backup"]:
            known["backup_path"] = back_up(module.params["backup"], found)
        known["changed"] = True  # or may be: this is what a run says that ends before the change does

    decided = decide(observe(controller.halves, gpo))
    if decided.changed:
        controller.directory.require_writable(gpo)
        if not module.check_mode:
            try:
                decided = change(controller.halves, gpo, decide, keep)
            except Exception as exc:
                known["changed"] = isinstance(exc, GroupPolicyError) and exc.changed
                raise
    shown = {"diff": differences(decided)} if module._diff else {}
    return known | _result(decided, controller.server, links) | shown


def _result(decided: Plan, server: str, links: list[Container]) -> dict[str, t.Any]:
    return {
        "changed": decided.changed,
        "gpo": describe(decided.found.gpo, links),
        "previous": {setting: _previous(said) for setting, said in decided.found.settings.items()},
        "settings": decided.settings,
        "versions": {"before": versions_of(decided.found.versions), "after": versions_of(decided.versions)},
        "server": server,
        "warnings": decided.warnings,
    }


def _previous(said: Said) -> dict[str, str]:
    """Return what was said, and the choice that brings it back: none does for what is invalid."""
    return {"configured": said, "state": "unmanaged" if said == "invalid" else said}


def _wanted(parameters: dict[str, t.Any]) -> dict[Setting, Wanted]:
    wanted: dict[Setting, str] = {
        "use_machine_id": parameters["state"],
        "null_session_fallback": parameters["null_session_fallback"],
    }
    return {setting: t.cast(Wanted, state) for setting, state in wanted.items() if state != "unmanaged"}


def _require_permitted(gpo: Gpo, allow_default_policies: bool) -> None:
    name = DEFAULT_POLICIES.get(gpo.guid.upper())
    if name and not allow_default_policies:
        raise GroupPolicyError(
            f"{gpo.name} is the {name} of the domain",
            "Put the setting into a GPO of its own, or set allow_default_policies. Nothing was changed.",
        )


if __name__ == "__main__":
    main()
