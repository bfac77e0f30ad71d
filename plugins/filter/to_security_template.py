# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._group_policy.errors import GroupPolicyError
from ..module_utils._group_policy.settings import SETTINGS, Setting, Wanted
from ..module_utils._group_policy.template import edited, from_text, read, to_text

_STATES = ("enabled", "disabled", "not_defined", "unmanaged")


def to_security_template(settings: dict[str, str], template: str = "") -> str:
    """Return the text of a template with both settings in the given state."""
    try:
        text = from_text(template) if template else read(None)
        return to_text(edited(text, _wanted(settings)))
    except GroupPolicyError as exc:
        raise AnsibleFilterError(f"winsec.lsa.to_security_template: {exc}") from None


def _wanted(settings: t.Any) -> dict[Setting, Wanted]:
    if not isinstance(settings, dict) or not set(settings) <= set(SETTINGS) or not settings:
        raise GroupPolicyError(
            "The input is not a dictionary of settings",
            f"Give the states of {' and '.join(SETTINGS)}, or of one of them.",
        )
    if wrong := {setting: state for setting, state in settings.items() if state not in _STATES}:
        raise GroupPolicyError(f"These states do not exist: {wrong}", f"The states are {', '.join(_STATES)}.")
    return {setting: state for setting, state in settings.items() if state != "unmanaged"}


class FilterModule:
    """Filters of winsec.lsa."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"to_security_template": to_security_template}
