# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Documentation only: the implementation is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: use_machine_id_facts
short_description: Explain whether Local System uses the computer identity for NTLM
version_added: 1.0.0
description:
  - >-
    Reads the Windows security policy B(Network security: Allow Local System to use computer identity for NTLM) and
    explains its effect on this host.
  - It decides how a service that runs as Local System logs in to another host when Negotiate (SPNEGO) reverts to NTLM.
    Either the service uses the identity of the computer, or it is anonymous.
  - What a stored value means depends on the Windows release. The facts distinguish what is configured, what effect it
    has, and how it compares with the known benchmarks.
  - >-
    The related policy B(Network security: Allow LocalSystem NULL session fallback) is read too, because it decides what
    happens to an anonymous connection.
  - The owner of both values is found too, which is the Group Policy object (GPO) or the local policy that set them when
    the host last applied policy.
  - Returns the fact C(use_machine_id) and no other. Never changes the host. Never fails because of a release or of what
    is stored. Warns only if O(via=auto) could not use WMI.
extends_documentation_fragment:
  - winsec.lsa._attributes
  - winsec.lsa._attributes.actiongroup_lsa
  - winsec.lsa._windows
options:
  gpo:
    description:
      - Whether to ask the host which Group Policy object (GPO) or local policy owns each of the two values.
      - That takes one or two requests more, over P(ansible.builtin.winrm#connection) and
        P(ansible.builtin.psrp#connection). The answer to the first lists all security options that Group Policy sets on
        the host, with 1 KB for each. Over P(ansible.builtin.ssh#connection), and where C(reg.exe) is used, nothing is
        asked, and C(gpo.managed) is V(null).
      - Whatever goes wrong with it does not fail the task, unless the host is lost.
    type: bool
    default: true
attributes:
  action_group:
    details:
      - This action accepts only O(via) and O(gpo). Any other option set as a default for the group makes it fail; set such options
        for M(winsec.lsa.use_machine_id) instead.
  become:
    details:
      - C(become) has no effect on the calls that the action makes.
  check_mode:
    support: full
    details:
      - This action does not modify state.
  diff_mode:
    support: N/A
    details:
      - This action does not modify state.
  idempotent:
    support: full
    details:
      - This action does not modify state.
seealso:
  - module: winsec.lsa.use_machine_id
author:
  - The winsec.lsa contributors (@winsec-lsa)
"""

EXAMPLES = r"""
- name: Read the policy of a fleet without gathering other facts
  hosts: windows
  gather_facts: false
  pre_tasks:
    - name: Read the policy
      winsec.lsa.use_machine_id_facts:
  tasks:
    - name: Show what it means
      ansible.builtin.debug:
        var: ansible_facts.use_machine_id.explanation

    - name: List the rules that this host does not meet
      ansible.builtin.debug:
        msg: >-
          {{ ansible_facts.use_machine_id.benchmarks
             | rejectattr('verdict', 'equalto', 'pass')
             | map(attribute='benchmark') | unique | list }}

    - name: Fail if Local System is anonymous, or if that is not known
      ansible.builtin.assert:
        that: ansible_facts.use_machine_id.effective == 'computer_identity'

    - name: Name the GPO that will undo a change on this host
      ansible.builtin.debug:
        msg: "{{ ansible_facts.use_machine_id.gpo.name }} sets the value to {{ ansible_facts.use_machine_id.gpo.state }}."
      when: ansible_facts.use_machine_id.gpo.managed is true

- name: Read hosts on which WMI over WinRM is disabled
  hosts: windows
  gather_facts: false
  tasks:
    - name: Read the policy with reg.exe from the start
      winsec.lsa.use_machine_id_facts:
        via: reg

# Ad hoc, without a playbook:
# ansible windows -m winsec.lsa.use_machine_id_facts
"""

# The shape below is in both modules. ansible-core reads a fragment for RETURN only from 2.20 on, so it can't be
# shared on the older releases that this collection supports.
RETURN = r"""
ansible_facts:
  description: Facts to add to the facts of the host.
  returned: success
  type: dict
  contains:
    use_machine_id:
      description: What the policy means on this host.
      returned: always
      type: dict
      contains:
        configured:
          description:
            - What is stored in the registry.
            - V(enabled) and V(disabled) are a REG_DWORD of 1 and of 0. V(not_defined) is no value at all.
              V(invalid) is any other number or registry type.
          returned: always
          type: str
          choices: [enabled, disabled, not_defined, invalid]
          sample: enabled
        value:
          description: The value as it is stored, V(null) if there is none.
          returned: always
          type: dict
          contains: &value
            type:
              description: The registry type.
              returned: when a value is stored
              type: str
              sample: REG_DWORD
            data:
              description:
                - The data. REG_DWORD and REG_QWORD give an integer, REG_SZ and REG_EXPAND_SZ a string, REG_MULTI_SZ
                  a list of strings, REG_BINARY a list of integers from 0 to 255.
                - V(null) for any other registry type, for data that has not the size of its type, and for text, lists and
                  bytes of more than 1024 characters or entries.
                - Text is as it is stored, apart from secrets of the connection and from characters that can't be seen. Those
                  are written as their number, such as V(\\x9b) or V(\\u202e).
              returned: when a value is stored
              type: raw
          sample:
            type: REG_DWORD
            data: 1
        explicit:
          description:
            - Whether C(configured) is V(enabled) or V(disabled).
            - Most benchmarks require an explicit value, even if Windows does the right thing without one.
          returned: always
          type: bool
          sample: true
        effective:
          description:
            - What a service that runs as Local System does on this host when Negotiate reverts to NTLM.
            - V(unknown) if the stored value has no documented effect. V(not_applicable) on releases before
              Vista, which do not have the policy.
          returned: always
          type: str
          choices: [computer_identity, anonymous, unknown, not_applicable]
          sample: computer_identity
        default:
          description: What this release does when nothing is configured.
          returned: always
          type: dict
          contains:
            configured:
              description: Always V(not_defined). Microsoft lists no release that stores the value by itself.
              returned: always
              type: str
              sample: not_defined
            effective:
              description:
                - V(anonymous) on Vista and Server 2008, V(computer_identity) from Windows 7 and Server 2008 R2 on,
                  V(not_applicable) before Vista.
              returned: always
              type: str
              choices: [computer_identity, anonymous, not_applicable]
              sample: computer_identity
        outcome:
          description:
            - What happens to such a connection, both policies taken together.
            - "V(authenticates_as_computer): the service logs in as the computer; signing and encryption protect the
              data."
            - "V(anonymous_unprotected): the service logs in anonymously, and calls to sign and encrypt succeed with
              a key that protects nothing."
            - "V(anonymous_no_session_security): the service logs in anonymously, and calls to sign or encrypt
              fail."
            - "V(unknown): one of the stored values that decide has no documented effect. V(not_applicable): a
              release before Vista."
          returned: always
          type: str
          choices:
            - authenticates_as_computer
            - anonymous_unprotected
            - anonymous_no_session_security
            - unknown
            - not_applicable
          sample: authenticates_as_computer
        gpo:
          description:
            - Which Group Policy object (GPO) or local policy defined the value when the host last applied policy, as the
              Resultant Set of Policy (RSoP) of the host has logged it.
            - It says what was applied last, not what is applied next.
          returned: always
          type: dict
          contains: &gpo
            managed:
              description:
                - V(true) if a GPO or local policy defined the value, V(false) if policy was applied and logged, and none
                  did.
                - V(null) if that is not known. C(reason) then says why.
              returned: always
              type: bool
              sample: true
            managed_by:
              description:
                - What sets the value again. V(device_management) if Windows keeps a value of device management (MDM)
                  for this policy and no GPO was found.
                - V(null) if none of them was found.
              returned: always
              type: str
              choices: [group_policy, local_policy, device_management]
              sample: group_policy
            name:
              description: The name of the GPO that wins. V(null) if there is none, or if its name could not be read.
              returned: always
              type: str
              sample: Print servers
            id:
              description:
                - The GUID of that GPO in braces, V(LocalGPO) for local policy, or what the host has logged if that is
                  neither.
                - V(null) if there is none.
              returned: always
              type: str
              sample: "{6AC1786C-016F-11D2-945F-00C04FB984F9}"
            source:
              description:
                - Whether it sets a security option, or the same value by an administrative template.
                - V(null) if there is none.
              returned: always
              type: str
              choices: [security_option, administrative_template]
              sample: security_option
            state:
              description:
                - What it sets the value to, named as in C(configured). V(not_defined) if it removes the value.
                - V(null) if there is none, or if what it sets could not be read.
              returned: always
              type: str
              choices: [enabled, disabled, not_defined, invalid]
              sample: disabled
            value:
              description: The value that it sets. V(null) if it sets none.
              returned: always
              type: dict
              contains: *value
              sample:
                type: REG_DWORD
                data: 0
            others:
              description: The other GPOs that define the value, the next in precedence first.
              returned: always
              type: list
              elements: dict
              contains:
                name:
                  description: The name of the GPO. V(null) if it could not be read.
                  returned: always
                  type: str
                  sample: Baseline
                id:
                  description: Its id.
                  returned: always
                  type: str
                  sample: "{31B2F340-016D-11D2-945F-00C04FB984F9}"
                source:
                  description: By what it sets the value.
                  returned: always
                  type: str
                  sample: security_option
                state:
                  description: What it sets the value to. V(null) if that could not be read.
                  returned: always
                  type: str
                  sample: enabled
                value:
                  description: The value that it sets. V(null) if it removes the value.
                  returned: always
                  type: dict
                  contains: *value
              sample: []
            applied:
              description:
                - When that was logged, in UTC. If C(managed) is V(false), when security settings were applied last.
                - V(null) if it is not known.
              returned: always
              type: str
              sample: "2026-01-05T06:30:00Z"
            reason:
              description:
                - Why it is not known who owns the value, or why there is a doubt. V(null) if there is none.
                - Meant for people. Its wording may change in any release.
              returned: always
              type: str
              sample: null
        null_session_fallback:
          description: "The policy B(Network security: Allow LocalSystem NULL session fallback) on this host."
          returned: always
          type: dict
          contains:
            configured:
              description: What is stored in the registry, named as for the first policy.
              returned: always
              type: str
              choices: [enabled, disabled, not_defined, invalid]
              sample: disabled
            value:
              description: The value as it is stored, V(null) if there is none.
              returned: always
              type: dict
              contains: *value
              sample:
                type: REG_DWORD
                data: 0
            effective:
              description:
                - Whether this release lets an anonymous connection of Local System sign and encrypt with a
                  well-known key.
                - It matters only where C(effective) of the first policy is V(anonymous).
                - If nothing is configured, it is V(allowed) on Vista and Server 2008 and V(refused) from Windows
                  7 and Server 2008 R2 on.
              returned: always
              type: str
              choices: [allowed, refused, unknown, not_applicable]
              sample: refused
            gpo:
              description: The same for the value C(AllowNullSessionFallback).
              returned: always
              type: dict
              contains: *gpo
        windows:
          description: The Windows release of the host.
          returned: always
          type: dict
          contains:
            version:
              description: NT version and build.
              returned: always
              type: str
              sample: 10.0.20348
            build:
              description: The build number.
              returned: always
              type: int
              sample: 20348
            release:
              description:
                - The name of the product.
                - The edition tells Azure Stack HCI, Azure Local, Hyper-V Server, Windows Server, version 1809, and Windows 10
                  and 11 Enterprise multi-session from the Windows Server with the same build.
                - The bare NT version and build if they name no product that this collection knows, or if
                  C(product_type) is V(unknown).
              returned: always
              type: str
              sample: Windows Server 2022
            generation:
              description:
                - Which column of Microsoft's table of possible values applies.
                - V(vista_2008) is NT 6.0, V(7_2008r2) is NT 6.1 and everything after it, V(unsupported) is
                  everything before NT 6.0.
              returned: always
              type: str
              choices: [vista_2008, 7_2008r2, unsupported]
              sample: 7_2008r2
            product_type:
              description: What Windows was installed as. V(unknown) if the host does not say.
              returned: always
              type: str
              choices: [workstation, server, domain_controller, unknown]
              sample: server
        benchmarks:
          description:
            - Every rule on the two policies that this collection knows for this release.
            - Empty if it knows none, for example because C(windows.product_type) is V(unknown).
          returned: always
          type: list
          elements: dict
          contains:
            authority:
              description: Who publishes the rule.
              returned: always
              type: str
              choices: [CIS, DISA, Microsoft, ASD, BSI]
              sample: DISA
            benchmark:
              description: The document that holds the rule.
              returned: always
              type: str
              sample: Windows Server 2022 STIG
            id:
              description: The number of the rule. V(null) if the authority does not number its rules.
              returned: always
              type: str
              sample: WN22-SO-000260
            vuln_id:
              description: The vulnerability id of the rule.
              returned: when the authority is DISA
              type: str
              sample: V-254470
            rule_id:
              description: The id by which the XCCDF file of the STIG names the rule, as of the release that was read.
              returned: when the authority is DISA
              type: str
              sample: SV-254470r991589_rule
            level:
              description:
                - The level or severity that the authority gives the rule, in its own words.
                - For example C(L1) of CIS, C(medium) of DISA, which is CAT II, C(Critical) of Microsoft. V(null) if it gives none.
              returned: always
              type: str
              sample: medium
            setting:
              description: The policy that the rule is about.
              returned: always
              type: str
              choices: [use_machine_id, null_session_fallback]
              sample: use_machine_id
            expected:
              description:
                - The configurations that satisfy the rule.
                - Empty if the rule exists but what it expects on this release is not confirmed.
              returned: always
              type: list
              elements: str
              sample: [enabled]
            verdict:
              description:
                - Whether C(configured) is one of C(expected).
                - V(unknown) if C(expected) is empty. Unknown does not mean compliant.
              returned: always
              type: str
              choices: [pass, fail, unknown]
              sample: pass
        explanation:
          description:
            - A few sentences on what Local System services do on this host when Negotiate reverts to NTLM,
              why, and what the remote side can change about it.
            - Meant for people. Its wording may change in any release.
          returned: always
          type: str
          sample: >-
            When Negotiate reverts to NTLM, services running as Local System on this host authenticate with the
            computer identity, because UseMachineId is enabled; signing and encryption then protect the session.
            Towards a remote side older than Windows Vista and Windows Server 2008 Microsoft's pages disagree on
            whether they are anonymous; connections that negotiate Kerberos are not affected.
"""
