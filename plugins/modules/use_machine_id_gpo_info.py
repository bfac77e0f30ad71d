#!/usr/bin/python
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._domain.connect import Controller
from ..module_utils._domain.directory import guid_or_name
from ..module_utils._domain.options import ARGUMENTS, TOGETHER
from ..module_utils._domain.task import run
from ..module_utils._group_policy.edit import observe
from ..module_utils._group_policy.errors import DeadlineExceeded, GroupPolicyError
from ..module_utils._group_policy.extensions import names_extension
from ..module_utils._group_policy.links import Container, path_to
from ..module_utils._group_policy.plan import Gpo
from ..module_utils._group_policy.report import describe, versions_of, winners
from ..module_utils._group_policy.settings import Said, Setting

_OPTIONS: dict[str, dict[str, t.Any]] = {"gpo": {"type": "str"}, "ou": {"type": "str"}}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec={**ARGUMENTS, **_OPTIONS}, **TOGETHER, supports_check_mode=True)
    run(module, functools.partial(_list, module.params))


def _list(parameters: dict[str, t.Any], controller: Controller) -> dict[str, t.Any]:
    directory = controller.directory
    wanted, place = parameters["gpo"], parameters["ou"]
    one = directory.find(guid_or_name(wanted)) if wanted else None
    gpos = sorted(directory.all(), key=lambda gpo: (gpo.name, gpo.guid)) if place or not one else [one]
    containers = directory.links()
    described = {gpo.dn.lower(): _describe(gpo, controller, containers) for gpo in gpos}
    listed = [described[one.dn.lower()]] if one else list(described.values())
    result: dict[str, t.Any] = {"changed": False, "gpos": listed, "server": controller.server}
    return result | (_at(directory.place(place), containers, described) if place else {})


def _describe(gpo: Gpo, controller: Controller, containers: list[Container]) -> dict[str, t.Any]:
    """A GPO among others: one that can't be read does not keep the rest from being listed."""
    described = describe(gpo, containers)
    try:
        controller.directory.require_own_folder(gpo)
        found = observe(controller.halves, gpo)
        read = {
            "settings": found.settings,
            "versions": versions_of(found.versions),
            "extension_named": names_extension(gpo.extensions),
        }
    except DeadlineExceeded:
        raise
    except GroupPolicyError as exc:
        return {**described, "settings": None, "versions": None, "extension_named": None, "error": str(exc)}
    return {**described, **read, "error": None}


def _at(place: str, containers: list[Container], described: dict[str, dict[str, t.Any]]) -> dict[str, t.Any]:
    path = path_to(place, containers)
    said = {dn: _applies(gpo) for dn, gpo in described.items()}
    return {
        "winners": {
            setting: {
                "state": state or "unknown",
                "id": described[dn]["id"] if dn else None,
                "name": described[dn]["name"] if dn else None,
            }
            for setting, (dn, state) in winners(path, said).items()
        },
        "blocked_at": [level.dn for level in path if level.blocks_inheritance],
    }


def _applies(gpo: dict[str, t.Any]) -> dict[Setting, Said] | None:
    """The part of a GPO that hosts apply: nothing where its settings for computers are disabled; None if not known."""
    settings = t.cast("dict[Setting, Said] | None", gpo["settings"])
    if not gpo["computer_settings_enabled"] or gpo["extension_named"] is False:
        return {}
    if gpo["extension_named"] is None and set((settings or {}).values()) != {"not_defined"}:
        return None
    return settings


if __name__ == "__main__":
    main()
