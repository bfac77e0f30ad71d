# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: from_security_template
short_description: Read both settings from a security template
version_added: 1.0.0
author:
  - The winsec.lsa contributors (@winsec-lsa)
description:
  - >-
    Says what a security template defines for both settings: one that C(secedit) has exported, the C(GptTmpl.inf) of a
    GPO or of its backup, or one of a baseline.
options:
  _input:
    description:
      - The text of the template, with or without a byte order mark, or its bytes.
      - Templates are usually stored as UTF-16LE, which C(lookup('file')) can't read. The example shows how to.
    type: raw
    required: true
seealso:
  - plugin: winsec.lsa.to_security_template
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read a template of a GPO backup
  ansible.builtin.slurp:
    src: "{{ playbook_dir }}/machine_id.inf"
  delegate_to: localhost
  run_once: true
  register: template

- name: Show what it defines
  ansible.builtin.debug:
    msg: "{{ template.content | b64decode(encoding='utf-16-le') | winsec.lsa.from_security_template }}"
  # {"use_machine_id": "enabled", "null_session_fallback": "disabled"}
"""

RETURN = r"""
_value:
  description: What the template says about each setting.
  type: dict
  contains:
    use_machine_id:
      description:
        - V(enabled), V(disabled) - what the line says.
        - V(not_defined) - there is no line.
        - V(invalid) - the line has a type or a number that Microsoft does not document, or two lines disagree.
      type: str
      returned: always
      choices: [enabled, disabled, not_defined, invalid]
      sample: enabled
    null_session_fallback:
      description: The same for the NULL session fallback.
      type: str
      returned: always
      choices: [enabled, disabled, not_defined, invalid]
      sample: not_defined
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._group_policy.errors import GroupPolicyError
from ..module_utils._group_policy.settings import Said, Setting
from ..module_utils._group_policy.template import from_text, read, said


def from_security_template(template: str | bytes) -> dict[Setting, Said]:
    """Return what a template says about each setting."""
    if not isinstance(template, (str, bytes)):
        raise AnsibleFilterError("winsec.lsa.from_security_template: The input is not the text of a template.")
    try:
        return said(read(template) if isinstance(template, bytes) else from_text(template))
    except GroupPolicyError as exc:
        raise AnsibleFilterError(f"winsec.lsa.from_security_template: {exc}") from None


class FilterModule:
    """Filters of winsec.lsa."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"from_security_template": from_security_template}
