# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: use_machine_id_audit
short_description: Derive an audit verdict from a check-mode run
version_added: 1.0.0
author:
  - The winsec.lsa contributors (@winsec-lsa)
description:
  - >-
    Says whether a host is compliant, that is, whether M(winsec.lsa.use_machine_id) with the same options would change
    nothing. What is not known is not compliant.
  - The playbook C(winsec.lsa.audit) builds its report from it. Use it for a report of your own.
positional: _input, result, failure
options:
  _input:
    description:
      - What M(winsec.lsa.use_machine_id_facts) returned, as registered. The role registers it as
        C(use_machine_id_facts_result).
    type: dict
    required: true
  result:
    description:
      - What M(winsec.lsa.use_machine_id) returned in check mode, as registered. The role registers it as
        C(use_machine_id_result). Empty if it did not run.
    type: dict
    required: true
  failure:
    description:
      - The message of the task that failed, for example C(ansible_failed_result.msg) in a C(rescue) section.
    type: str
    default: ""
seealso:
  - plugin: winsec.lsa.use_machine_id
    plugin_type: module
"""

EXAMPLES = r"""
- name: Decide as enforce does, and change nothing
  ansible.builtin.include_role:
    name: winsec.lsa.use_machine_id
    apply:
      check_mode: true

- name: Show the verdict
  ansible.builtin.debug:
    msg: "{{ use_machine_id_facts_result | winsec.lsa.use_machine_id_audit(use_machine_id_result) }}"
  # {"verdict": "compliant", "reason": "Windows Server 2022: Local System authenticates as the computer.", ...}
"""

RETURN = r"""
_value:
  description: The verdict and the reason for it.
  type: dict
  contains:
    verdict:
      description:
        - V(compliant) - nothing would be changed.
        - V(not compliant) - something would be changed.
        - V(unknown) - nothing would be changed, but what the host does or what is required of it is not known.
        - V(not applicable) - the release does not have the policy, and the task was skipped.
        - V(unreachable) - the host could not be reached or refused the login, or the connection plugin reports
          it as unreachable.
        - V(failed) - a task failed.
      type: str
      returned: always
      choices:
        - compliant
        - not compliant
        - unknown
        - not applicable
        - unreachable
        - failed
      sample: not compliant
    reason:
      description: One or two sentences for a person to read.
      type: str
      returned: always
      sample: "Windows Server 2022: enforce would change UseMachineId from not defined to enabled."
    changes:
      description: What would be changed.
      type: list
      elements: dict
      returned: always
      contains:
        setting:
          description: The policy.
          type: str
          returned: always
          choices:
            - use_machine_id
            - null_session_fallback
          sample: use_machine_id
        from:
          description: What is stored, named as in the facts; type and data if the facts call it V(invalid).
          type: str
          returned: always
          sample: not_defined
        to:
          description: What would be stored.
          type: str
          returned: always
          sample: enabled
    message:
      description: The message of the task that failed or lost the host. V(null) if there is none.
      type: str
      returned: always
    use_machine_id:
      description: The facts of M(winsec.lsa.use_machine_id_facts), as they were read. V(null) if they could not be.
      type: dict
      returned: always
"""

import typing as t

from ..plugin_utils._audit.verdicts import details, judge


def use_machine_id_audit(facts: dict[str, t.Any], result: dict[str, t.Any], failure: str = "") -> dict[str, t.Any]:
    """Return what an audit says of a host."""
    verdict, reason = judge(facts, result, failure)
    return {"verdict": verdict, "reason": reason, **details(facts, result, failure)}


class FilterModule:
    """Filters of winsec.lsa."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"use_machine_id_audit": use_machine_id_audit}
