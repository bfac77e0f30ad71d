# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: to_security_template
short_description: Write both settings as a security template
version_added: 1.0.0
author:
  - The winsec.lsa contributors (@winsec-lsa)
description:
  - >-
    Makes the text of a security template (C(.inf)) that defines both settings, for C(secedit), for C(LGPO.exe), or for
    I(Import Policy) in the Group Policy Management Editor. Or changes these settings in the text of a template that
    exists, and nothing else.
  - The text begins with a byte order mark and has the line ends of Windows. Store it as UTF-16LE, as the example does.
    That is what MS-GPSB 2.2 describes.
options:
  _input:
    description:
      - The state of each setting, under C(use_machine_id) and C(null_session_fallback). One that is left out is
        V(unmanaged).
      - V(enabled) and V(disabled) write a line. V(not_defined) removes it. V(unmanaged) leaves it as it is.
      - A template can't tell Windows to remove a value. A template without a line leaves the value of a host as it is.
    type: dict
    required: true
  template:
    description:
      - The text of a template in which to change the settings. Without it, a new one is made.
    type: str
    default: ""
seealso:
  - plugin: winsec.lsa.from_security_template
    plugin_type: filter
"""

EXAMPLES = r"""
# The file machine_id.inf.j2 consists of {{ settings | winsec.lsa.to_security_template }}
- name: Write a template that secedit, LGPO.exe and GPMC read
  ansible.builtin.template:
    src: machine_id.inf.j2
    dest: "{{ playbook_dir }}/machine_id.inf"
    mode: "0644"
    output_encoding: utf-16-le
  delegate_to: localhost
  run_once: true
  vars:
    settings:
      use_machine_id: enabled
      null_session_fallback: disabled
"""

RETURN = r"""
_value:
  description: The text of the template.
  type: str
"""

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
