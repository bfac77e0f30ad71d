#!/usr/bin/python
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: use_machine_id_gpo_info
short_description: Say what each GPO says about the computer identity for NTLM, and which one wins
version_added: 1.0.0
description:
  - >-
    Lists the Group Policy Objects (GPOs) of a domain with what each says about the policies B(Network security: Allow
    Local System to use computer identity for NTLM) and B(Network security: Allow LocalSystem NULL session fallback),
    and where each is linked.
  - For an organizational unit it also says which GPO wins.
  - This is an ordinary Python module. It runs on any host that reaches a domain controller, usually with
    C(delegate_to=localhost), and talks LDAP and SMB to one domain controller of Windows or Samba.
extends_documentation_fragment:
  - winsec.lsa._attributes.python
  - winsec.lsa._domain_controller
attributes:
  check_mode:
    support: full
    details:
      - Changes nothing anyway.
  diff_mode:
    support: N/A
    details:
      - Changes nothing.
  idempotent:
    support: full
options:
  gpo:
    description:
      - The GUID or display name of a GPO. Without it, all are listed.
    type: str
  ou:
    description:
      - The distinguished name of an organizational unit, of the domain, or of a computer. RV(winners) says which GPO
        wins there.
    type: str
notes:
  - >-
    B(What is not evaluated.) Which GPO wins depends on more than links: on sites, on permissions and WMI filters of
    each GPO, and on loopback. RV(winners) follows the links of the domain and of organizational units, with enforced
    and disabled links, blocked inheritance and disabled computer settings. What a host has really applied, only the
    host can say.
  - >-
    B(Administrative templates and preferences.) The same registry value can be set by C(Registry.pol) or by a
    preference item. They are not read.
  - A GPO that the user may not read is listed with RV(gpos[].error). If it could win, RV(winners) says unknown.
seealso:
  - module: winsec.lsa.use_machine_id_gpo
  - plugin: winsec.lsa.from_security_template
    plugin_type: filter
author:
  - The winsec.lsa contributors (@winsec-lsa)
"""

EXAMPLES = r"""
- name: Read what each GPO says, and which one wins for servers
  winsec.lsa.use_machine_id_gpo_info:
    server: dc1.example.com
    username: auditor@example.com
    password: "{{ vault_auditor_password }}"
    ca_path: "{{ playbook_dir }}/example-ca.pem"
    ou: OU=Servers,DC=example,DC=com
  delegate_to: localhost
  register: policies

- name: Name the winner
  ansible.builtin.debug:
    msg: "{{ policies.winners.use_machine_id.name }} says {{ policies.winners.use_machine_id.state }}"

- name: Name the GPOs that define the policy
  ansible.builtin.debug:
    msg: "{{ policies.gpos | selectattr('settings') | rejectattr('settings.use_machine_id', 'eq', 'not_defined') | map(attribute='name') }}"
"""

RETURN = r"""
gpos:
  description: The GPOs, by name.
  type: list
  elements: dict
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
      description: Whether hosts apply its settings for computers.
      type: bool
      returned: success
      sample: true
    wmi_filter:
      description: The WMI filter that limits to which hosts it applies.
      type: str
      returned: success
      sample: null
    links:
      description: Where it is linked.
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
    settings:
      description: What it says about each setting. Null if it could not be read.
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
      description: Its versions. Null if they could not be read.
      type: dict
      returned: success
      contains:
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
    extension_named:
      description:
        - Whether the GPO names the client-side extension for security settings. If not, hosts ignore its template.
      type: bool
      returned: success
      sample: true
    error:
      description: Why it could not be read.
      type: str
      returned: success
      sample: null
winners:
  description: Which GPO defines each setting for O(ou), by its links.
  type: dict
  returned: if O(ou) is set
  contains:
    use_machine_id:
      description: The winner.
      type: dict
      returned: success
      contains: &winner
        state:
          description: What it says. V(not_defined) if no GPO defines the setting. V(unknown) if one that may win could
            not be read.
          type: str
          returned: success
          choices: [enabled, disabled, not_defined, invalid, unknown]
          sample: enabled
        id:
          description: Its GUID. Null if there is no winner.
          type: str
          returned: success
          sample: "{0B0C1F6E-5A1B-4C7B-8F0E-0D3C7B1E2A44}"
        name:
          description: Its display name. Null if there is no winner.
          type: str
          returned: success
          sample: Hardening
    null_session_fallback:
      description: The same for the NULL session fallback.
      type: dict
      returned: success
      contains: *winner
blocked_at:
  description: The places above O(ou), and itself, that block inheritance.
  type: list
  elements: str
  returned: if O(ou) is set
  sample: []
server:
  description: The domain controller that was used.
  type: str
  returned: success
  sample: dc1.example.com
"""

import functools
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._domain.connect import Controller
from ..module_utils._domain.options import ARGUMENTS
from ..module_utils._domain.task import guid_or_name, run
from ..module_utils._group_policy.edit import observe
from ..module_utils._group_policy.errors import DeadlineExceeded, GroupPolicyError
from ..module_utils._group_policy.extensions import names_security
from ..module_utils._group_policy.links import Container, path_to
from ..module_utils._group_policy.plan import Gpo
from ..module_utils._group_policy.report import describe, versions_of, winners
from ..module_utils._group_policy.settings import Said, Setting

_OPTIONS: dict[str, dict[str, t.Any]] = {"gpo": {"type": "str"}, "ou": {"type": "str"}}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec={**ARGUMENTS, **_OPTIONS}, supports_check_mode=True)
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
        found = observe(controller.halves, gpo)
        read = {
            "settings": found.settings,
            "versions": versions_of(found.versions),
            "extension_named": names_security(gpo.extensions),
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
    if not gpo["computer_settings_enabled"] or gpo["extension_named"] is False:
        return {}
    return t.cast("dict[Setting, Said] | None", gpo["settings"])


if __name__ == "__main__":
    main()
