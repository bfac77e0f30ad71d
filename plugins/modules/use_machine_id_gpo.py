#!/usr/bin/python
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: use_machine_id_gpo
short_description: Manage whether a GPO lets Local System use the computer identity for NTLM
version_added: 1.0.0
description:
  - >-
    Brings the policy B(Network security: Allow Local System to use computer identity for NTLM) into a state inside a
    Group Policy Object (GPO) that exists, and the policy B(Network security: Allow LocalSystem NULL session fallback)
    too, if asked to.
  - This is an ordinary Python module. It runs on any host that reaches a domain controller, usually with
    C(delegate_to=localhost), and talks LDAP and SMB to one domain controller of Windows or Samba. No PowerShell is used.
  - In the security template of the GPO (C(GptTmpl.inf)) it changes one line for each policy. Every other byte stays.
    Then it raises the version of the GPO for computers and names the client-side extension for security settings, in
    one step that fails if somebody else has changed the GPO, and at last raises the version in C(GPT.INI).
  - The module creates, links and deletes no GPO, changes no permission, and enables nothing.
    C(microsoft.ad.gpo_link) links GPOs.
extends_documentation_fragment:
  - winsec.lsa._attributes.python
  - winsec.lsa._domain_controller
attributes:
  check_mode:
    support: full
    details:
      - Reads what a change would read, and writes and locks nothing.
  diff_mode:
    support: full
    details:
      - Shows the whole template, and version and extensions, as far as they change.
  idempotent:
    support: full
options:
  gpo:
    description:
      - The GUID of the GPO, with or without braces, or its display name. Several GPOs can have the same name. Then the
        module fails and lists their GUIDs.
    type: str
    required: true
  state:
    description:
      - What the GPO says about the policy.
    type: str
    default: enabled
    choices:
      enabled:
        - The GPO sets a REG_DWORD of 1. Local System services use the computer identity.
      disabled:
        - The GPO sets a REG_DWORD of 0. Local System services are anonymous when Negotiate reverts to NTLM.
      not_defined:
        - The line is removed from the template. Hosts that have applied it may keep the value in their registry.
      unmanaged:
        - What the GPO says is left alone.
  null_session_fallback:
    description:
      - What the GPO says about the policy for the NULL session fallback.
    type: str
    default: unmanaged
    choices:
      enabled:
        - The GPO sets a REG_DWORD of 1.
      disabled:
        - The GPO sets a REG_DWORD of 0.
      not_defined:
        - The line is removed from the template. Hosts that have applied it may keep the value in their registry.
      unmanaged:
        - What the GPO says is left alone.
  allow_default_policies:
    description:
      - Also change the I(Default Domain Policy) and the I(Default Domain Controllers Policy). Microsoft advises to put
        no other settings into them.
    type: bool
    default: false
  allow_version_mismatch:
    description:
      - Also change a GPO whose versions in the directory and in C(GPT.INI) disagree, and raise both beyond the later
        one. They disagree while somebody else edits the GPO and while SYSVOL is not replicated.
      - An interrupted run of this module leaves versions that disagree by one change. The next run with the same states
        finishes it without this option.
    type: bool
    default: false
  backup:
    description:
      - A folder on the host where the module runs. Before a change, the files of the GPO and the attributes that
        change are copied into a new folder below it.
    type: path
notes:
  - >-
    B(Which GPO wins.) A setting in a GPO applies to a host only if no other GPO wins over it.
    M(winsec.lsa.use_machine_id_gpo_info) says which one wins for an organizational unit.
  - >-
    B(When it applies.) Hosts refresh Group Policy every 90 minutes with a random offset of up to 30 minutes, domain
    controllers every 5 minutes.
  - >-
    B(Removing a definition.) After V(not_defined) hosts may keep the value. Set it on the hosts if it has to go, with
    M(winsec.lsa.use_machine_id).
  - >-
    B(Order and safety.) Both files are opened so that nobody else can write them, the template so that nobody else can
    read it, for a fraction of a second. If a step fails, the template is put back. A run that was killed is finished
    by the next one.
  - >-
    B(Not verified on Windows.) The module was tested on domain controllers of Samba only.
seealso:
  - module: winsec.lsa.use_machine_id_gpo_info
  - module: winsec.lsa.use_machine_id
  - plugin: winsec.lsa.to_security_template
    plugin_type: filter
author:
  - The winsec.lsa contributors (@winsec-lsa)
"""

EXAMPLES = r"""
- name: Let the GPO "Hardening" enable the computer identity
  winsec.lsa.use_machine_id_gpo:
    server: dc1.example.com
    username: gpo-editor@example.com
    password: "{{ vault_gpo_editor_password }}"
    ca_path: "{{ playbook_dir }}/example-ca.pem"
    gpo: Hardening
    state: enabled
  delegate_to: localhost

- name: Show what would change in both policies, with a ticket that kinit has got, and no TLS
  winsec.lsa.use_machine_id_gpo:
    server: dc1.example.com
    auth: kerberos
    tls: none
    gpo: Hardening
    state: enabled
    null_session_fallback: disabled
  check_mode: true
  diff: true
  delegate_to: localhost

- name: Keep a copy of what is changed
  winsec.lsa.use_machine_id_gpo:
    server: dc1.example.com
    username: gpo-editor@example.com
    password: "{{ vault_gpo_editor_password }}"
    tls: starttls
    ca_path: "{{ playbook_dir }}/example-ca.pem"
    gpo: Hardening
    state: not_defined
    backup: "{{ playbook_dir }}/gpo-backups"
  delegate_to: localhost
"""

RETURN = r"""
gpo:
  description: The GPO.
  type: dict
  returned: success
  contains:
    id:
      description: Its GUID, in braces.
      type: str
      returned: success
      sample: "{0B0C1F6E-5A1B-4C7B-8F0E-0D3C7B1E2A44}"
    name:
      description: Its display name.
      type: str
      returned: success
      sample: Hardening
    dn:
      description: The distinguished name of its object.
      type: str
      returned: success
      sample: CN={0B0C1F6E-5A1B-4C7B-8F0E-0D3C7B1E2A44},CN=Policies,CN=System,DC=example,DC=com
    computer_settings_enabled:
      description: Whether hosts apply its settings for computers. If not, nothing that it says applies.
      type: bool
      returned: success
      sample: true
    wmi_filter:
      description: The WMI filter that limits to which hosts it applies. This module does not evaluate it.
      type: str
      returned: success
      sample: null
    links:
      description: Where it is linked. A GPO that is linked nowhere applies nowhere.
      type: list
      elements: dict
      returned: success
      contains:
        target:
          description: The distinguished name of the domain, organizational unit or site.
          type: str
          returned: success
          sample: OU=Servers,DC=example,DC=com
        enabled:
          description: Whether the link is enabled.
          type: bool
          returned: success
          sample: true
        enforced:
          description: Whether the link is enforced.
          type: bool
          returned: success
          sample: false
        order:
          description: The link order there. 1 wins.
          type: int
          returned: success
          sample: 1
previous:
  description: What the GPO said before the task.
  type: dict
  returned: success
  contains:
    use_machine_id:
      description: V(invalid) is a type or number that Microsoft does not document, or two lines that disagree.
      type: str
      returned: success
      choices: [enabled, disabled, not_defined, invalid]
      sample: not_defined
    null_session_fallback:
      description: The same for the NULL session fallback.
      type: str
      returned: success
      choices: [enabled, disabled, not_defined, invalid]
      sample: not_defined
settings:
  description: What the GPO says after the task. In check mode, what it would say.
  type: dict
  returned: success
  contains:
    use_machine_id:
      description: V(invalid) is a type or number that Microsoft does not document, or two lines that disagree.
      type: str
      returned: success
      choices: [enabled, disabled, not_defined, invalid]
      sample: enabled
    null_session_fallback:
      description: The same for the NULL session fallback.
      type: str
      returned: success
      choices: [enabled, disabled, not_defined, invalid]
      sample: not_defined
versions:
  description: The versions of the GPO, before and after the task.
  type: dict
  returned: success
  contains:
    before:
      description: Before the task.
      type: dict
      returned: success
      contains: &versions
        directory:
          description: The attribute C(versionNumber), as an unsigned number. Its high 16 bits count changes for users.
          type: int
          returned: success
          sample: 65539
        gpt_ini:
          description: The version in C(GPT.INI).
          type: int
          returned: success
          sample: 65539
        directory_computer:
          description: The half for computers of the version in the directory.
          type: int
          returned: success
          sample: 3
        gpt_ini_computer:
          description: The half for computers of the version in C(GPT.INI).
          type: int
          returned: success
          sample: 3
    after:
      description: After the task. In check mode, what they would be.
      type: dict
      returned: success
      contains: *versions
server:
  description: The domain controller that was used.
  type: str
  returned: success
  sample: dc1.example.com
backup_path:
  description: The folder with the copy of what was changed.
  type: str
  returned: if O(backup) is set and something was changed
  sample: /home/me/gpo-backups/{0B0C1F6E-5A1B-4C7B-8F0E-0D3C7B1E2A44}-20260301T101500
"""

import functools
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._domain.backup import back_up
from ..module_utils._domain.connect import Controller
from ..module_utils._domain.options import ARGUMENTS
from ..module_utils._domain.task import guid_or_name, run
from ..module_utils._group_policy.edit import change, observe
from ..module_utils._group_policy.errors import GroupPolicyError
from ..module_utils._group_policy.plan import DEFAULT_POLICIES, Found, Gpo, Plan, plan
from ..module_utils._group_policy.report import describe, differences, versions_of
from ..module_utils._group_policy.settings import Setting, Wanted

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
    module = AnsibleModule(argument_spec={**ARGUMENTS, **_OPTIONS}, supports_check_mode=True)
    run(module, functools.partial(_bring, module))


def _bring(module: AnsibleModule, controller: Controller) -> dict[str, t.Any]:
    gpo = controller.directory.find(guid_or_name(module.params["gpo"]))
    _require_permitted(gpo, module.params["allow_default_policies"])
    decide = functools.partial(
        plan, wanted=_wanted(module.params), allow_version_mismatch=module.params["allow_version_mismatch"]
    )
    result: dict[str, t.Any] = {}

    def keep(found: Found) -> None:
        if module.params["backup"]:
            result["backup_path"] = back_up(module.params["backup"], found)

    decided = decide(observe(controller.halves, gpo))
    if decided.changed:
        controller.directory.require_writable(gpo)
        if not module.check_mode:
            decided = change(controller.halves, gpo, decide, keep)
    return result | _result(decided, controller)


def _result(decided: Plan, controller: Controller) -> dict[str, t.Any]:
    gpo = decided.found.gpo
    return {
        "changed": decided.changed,
        "gpo": describe(gpo, controller.directory.links(gpo.guid)),
        "previous": decided.found.settings,
        "settings": decided.settings,
        "versions": {"before": versions_of(decided.found.versions), "after": versions_of(decided.versions)},
        "diff": differences(decided),
        "server": controller.server,
        "warnings": decided.warnings,
    }


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
