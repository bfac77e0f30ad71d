# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The shape in which a GPO is described, once for both modules. Pure."""

from __future__ import annotations

import typing as t

from .links import Container, applied
from .plan import Gpo, Plan
from .settings import SETTINGS, Said, Setting
from .template import FILE_NAME
from .versions import Versions, computer_half


def describe(gpo: Gpo, containers: t.Sequence[Container]) -> dict[str, t.Any]:
    """A GPO, and where it is linked."""
    return {
        "id": gpo.guid,
        "name": gpo.name,
        "dn": gpo.dn,
        "computer_settings_enabled": gpo.computer_enabled,
        "wmi_filter": gpo.wmi_filter,
        "links": [
            {"target": each.dn, "enabled": link.enabled, "enforced": link.enforced, "order": link.order}
            for each in containers
            for link in each.links
            if link.gpo.lower() == gpo.dn.lower()
        ],
    }


def versions_of(versions: Versions) -> dict[str, int]:
    """Both versions as they are stored, and the half for computers of each."""
    return {
        "directory": versions.container,
        "gpt_ini": versions.file,
        "directory_computer": computer_half(versions.container),
        "gpt_ini_computer": computer_half(versions.file),
    }


def differences(plan: Plan) -> list[dict[str, str]]:
    """Return a change as text: of the template, and of version and extensions where they are stored."""
    before, found = plan.found.gpo, plan.found
    parts = [
        (FILE_NAME, _shown(found.template.data), _shown(plan.template)),
        ("versionNumber", f"{found.versions.container}\n", f"{plan.versions.container}\n"),
        ("gPCMachineExtensionNames", f"{before.extensions or ''}\n", f"{plan.extensions or ''}\n"),
        ("GPT.INI Version", f"{found.versions.file}\n", f"{plan.versions.file}\n"),
    ]
    return [
        {"before_header": f"{before.guid} {name}", "after_header": f"{before.guid} {name}", "before": old, "after": new}
        for name, old, new in parts
        if old != new
    ]


def winners(path: t.Sequence[Container], said: t.Mapping[str, t.Mapping[Setting, Said] | None]) -> dict[str, t.Any]:
    """Which GPO defines each setting at a place, by the DN of its object in lower case.

    ``said`` holds what each GPO that applies says, None where it could not be read. One that is linked and missing here
    is of another domain, or the user may not see it. What such a GPO may define is unknown, unless another one wins
    over it.
    """
    order = [dn.lower() for dn in applied(path)]
    return {setting: _winner(order, said, setting) for setting in SETTINGS}


def _winner(
    order: list[str], said: t.Mapping[str, t.Mapping[Setting, Said] | None], setting: Setting
) -> tuple[str | None, Said | None]:
    """The DN of the winner and what it says; None and not_defined where there is none; None and None if unknown."""
    for dn in order:
        states = said.get(dn)
        if states is None:
            return None, None
        if states.get(setting, "not_defined") != "not_defined":
            return dn, states[setting]
    return None, "not_defined"


def _shown(data: bytes | None) -> str:
    """A file as text for people."""
    data = data or b""
    codec = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return data.decode(codec, "replace").replace("\r\n", "\n")
