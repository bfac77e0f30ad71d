# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Documentation only: the implementation is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: use_machine_id
short_description: Manage whether Local System uses the computer identity for NTLM
version_added: 1.0.0
description:
  - >-
    Manages the Windows security policy B(Network security: Allow Local System to use computer identity for NTLM).
  - It decides how a service that runs as Local System logs in to another host when Negotiate (SPNEGO) reverts to NTLM.
    Either the service uses the identity of the computer, or it is anonymous.
  - The policy is the REG_DWORD C(UseMachineId) in C(HKLM\SYSTEM\CurrentControlSet\Control\Lsa).
  - >-
    O(null_session_fallback) manages the related policy B(Network security: Allow LocalSystem NULL session fallback),
    the REG_DWORD C(AllowNullSessionFallback) in C(HKLM\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0).
  - The module reads the host and writes only what differs. After writing a value, it reads it back. If the value did
    not stick, the task fails and reports what was found instead.
  - Nothing but these two values is ever touched. No registry key is created or deleted.
  - A stored value of another registry type or another number is V(invalid), because no Microsoft text says what it
    does. It is replaced or removed whenever the chosen state requires something else.
  - Releases before Vista do not have the policy. There the module fails and names the version that it found, unless
    O(unsupported) says otherwise.
extends_documentation_fragment:
  - winsec.lsa._attributes
  - winsec.lsa._attributes.actiongroup_lsa
  - winsec.lsa._windows
attributes:
  become:
    details:
      - C(become) has no effect on the calls that the module makes. The module warns if it is set.
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Shows the managed values only, and only where they differ.
  facts:
    details:
      - In check mode the facts stay as they are.
  idempotent:
    support: full
options:
  state:
    description:
      - The desired state of the policy.
      - V(cis), V(stig) and V(microsoft) follow an authority. If it is known to have no rule for this release, the value
        is left alone. If its rule is not known to this collection, the value is left alone, the module warns, and
        RV(undecided) names the policy.
    type: str
    default: enabled
    choices:
      enabled:
        - A REG_DWORD of 1. Local System services use the computer identity.
        - This is the countermeasure that Microsoft describes.
      disabled:
        - A REG_DWORD of 0. Local System services are anonymous when Negotiate reverts to NTLM.
      not_defined:
        - The value is removed. Local System is then anonymous on Vista and Server 2008, and uses the computer identity
          on later releases.
      computer_identity:
        - Writes a REG_DWORD of 1 only if the host does not use the computer identity already.
        - An absent value stays absent on Windows 7, Server 2008 R2 and later. An absent value on Vista and Server 2008,
          a 0 and an invalid value become 1.
      unmanaged:
        - The value is left alone.
      cis:
        - What the CIS benchmark requires for this release.
      stig:
        - What the DISA STIG requires for this release. There is no such rule for Windows 10 and 11.
      microsoft:
        - What Microsoft's own security baselines require for this release, as far as they are known to this collection.
  null_session_fallback:
    description:
      - >-
        The desired state of the related policy B(Network security: Allow LocalSystem NULL session fallback).
      - It matters only where Local System services are anonymous. It then decides whether calls to sign and encrypt
        succeed without protecting anything, or fail.
    type: str
    default: unmanaged
    choices:
      enabled:
        - A REG_DWORD of 1. Calls to sign and encrypt succeed, with a well-known key.
      disabled:
        - A REG_DWORD of 0. Calls to sign or encrypt fail.
      not_defined:
        - The value is removed. The fallback is then allowed on Vista and Server 2008, and refused on later releases.
      unmanaged:
        - The value is left alone.
      cis:
        - What the CIS benchmark requires for this release.
      stig:
        - What the DISA STIG requires for this release.
      microsoft:
        - What Microsoft's own security baselines require for this release, as far as they are known to this collection.
          Where all of them accept 0 as well as an absent value, both are left alone, and anything else becomes 0.
  state_vista_2008:
    description:
      - The same as O(state), for hosts of Windows Vista and Server 2008 only. The default is O(state).
      - The module decides after it has read the release of the host, in the same task.
    type: str
    choices: [enabled, disabled, not_defined, computer_identity, unmanaged, cis, stig, microsoft]
  state_7_2008r2:
    description: The same as O(state), for hosts of Windows 7, Server 2008 R2 and later only. The default is O(state).
    type: str
    choices: [enabled, disabled, not_defined, computer_identity, unmanaged, cis, stig, microsoft]
  null_session_fallback_vista_2008:
    description:
      - The same as O(null_session_fallback), for hosts of Windows Vista and Server 2008 only. The default is
        O(null_session_fallback).
    type: str
    choices: [enabled, disabled, not_defined, unmanaged, cis, stig, microsoft]
  null_session_fallback_7_2008r2:
    description:
      - The same as O(null_session_fallback), for hosts of Windows 7, Server 2008 R2 and later only. The default is
        O(null_session_fallback).
    type: str
    choices: [enabled, disabled, not_defined, unmanaged, cis, stig, microsoft]
  unsupported:
    description: What happens on releases before Windows Vista and Server 2008, which have neither policy.
    type: str
    default: fail
    choices:
      fail:
        - The task fails and names the version that was found.
      skip:
        - The host is left alone, and the task is skipped.
  gpo_conflict:
    description:
      - What happens if the Group Policy object (GPO) that owns a value sets something else than the task asks for. What
        is changed on the host then lasts only until Group Policy is applied again, at the latest after 16 hours, and
        sooner if any GPO changes.
      - A host that needs no change is not asked for the owner. It is known all the same if the facts of the host have
        it, see M(winsec.lsa.use_machine_id_facts). For a change, the host is sent one or two requests more.
      - Only WMI calls over P(ansible.builtin.winrm#connection) and P(ansible.builtin.psrp#connection) can tell. If the
        owner is not known, there is no conflict, whatever the choice.
    type: str
    default: warn
    choices:
      warn:
        - The change is made, and a warning names the GPO and where to change the setting in it.
      fail:
        - The task fails with the same words, before anything is changed.
      ignore:
        - The change is made. The host is not asked.
notes:
  - >-
    B(Location.) In Group Policy the setting is C(Computer Configuration\Windows Settings\Security Settings\Local
    Policies\Security Options\Network security: Allow Local System to use computer identity for NTLM).
  - >-
    B(Possible values on Windows Vista and Server 2008.) Enabled: the services use the computer identity, and some
    logins between Windows hosts may fail and leave an error in the log. Disabled: the services are anonymous, which is
    how these releases behave by default. Not defined: the services are anonymous.
  - >-
    B(Possible values on Windows 7, Server 2008 R2 and later.) Enabled: the services use the computer identity, which is
    how these releases behave by default. Disabled: the services are anonymous. Not defined: the services use the
    computer identity, and some logins between Windows hosts may fail and leave an error in the log.
  - >-
    B(The remote side.) The module can't see which release the services connect to, but the result depends on it.
    Microsoft describes anonymous connections to releases before Vista and Server 2008, and the computer identity from
    Windows 7 or Server 2008 R2 to Vista and Server 2008. A service that negotiates Kerberos is not affected at all.
  - >-
    B(Default values.) Microsoft lists the setting as not defined in the default domain policy, in the default domain
    controller policy, on a stand-alone server and in the effective Group Policy of client computers. For the effective
    settings of domain controllers and of member servers it says not applicable.
  - >-
    B(Restart requirement.) None. A change takes effect when it is saved locally or distributed by Group Policy.
    RV(reboot_required) is always V(false).
  - >-
    B(Policy conflict.) If the NULL session fallback is enabled, a system service may authenticate with NTLM or
    Kerberos. More connections work, at the cost of security. Vista and Server 2008 do anonymous authentication
    differently from later releases, so the same setting may not give the same result there.
  - >-
    B(Group Policy.) The setting can be distributed in a GPO with the Group Policy Management Console. If no GPO
    defines it, the Local Security Policy snap-in sets it on one computer. Vista and Server 2008 do not show it in Group
    Policy at all. This module writes the local registry value.
  - >-
    B(A GPO wins over this module.) If a domain GPO defines the setting, the next refresh of Group Policy puts its value
    back. Changed policies are applied every 90 minutes with a random offset of up to 30 minutes, every 5 minutes on
    domain controllers, and at restart. Security settings are applied again every 16 hours even when nothing changed.
    The module names that GPO, see O(gpo_conflict): set the value there instead. A GPO that stops defining the setting
    does not necessarily take its value away.
  - >-
    B(Vulnerability.) A service that reverts to NTLM and connects anonymously uses a NULL session, in which no user is
    authenticated, so the remote host has to allow anonymous access. The session key of a NULL session is generated by
    the system and protects nothing, although signing and encrypting raise no error. With the computer identity, signing
    and encryption protect the data.
  - >-
    B(Countermeasure.) O(state=enabled), so that Local System services that use Negotiate use the computer identity
    when they revert to NTLM.
  - >-
    B(Potential impact.) On Vista and Server 2008, left unconfigured, Local System services with the default
    credentials revert to NTLM with a NULL session to releases before Vista and Server 2008. From Windows 7 and Server
    2008 R2 on, the services may use the computer identity without any configuration. No Microsoft text says which
    logins may fail or which event they log.
  - >-
    B(Where Microsoft's texts disagree on the remote side.) For connections to releases before Vista and Server 2008,
    the policy page says that services are anonymous, and "Changes in NTLM Authentication" says that they use the
    computer identity. From Windows 7 or Server 2008 R2 to Vista or Server 2008, the policy page says computer identity,
    and the other text says computer identity or a NULL session. The policy page says only of Vista and Server 2008 that
    an unconfigured host uses a NULL session to old releases; its 2012 edition says so without that limit.
  - >-
    B(Where they disagree on defaults and failures.) The remark on failing logins appears next to "Enabled" for Vista
    and Server 2008, but next to "not defined" for later releases, and Microsoft's Policy CSP page ties it to "Enabled"
    on every release. The policy page calls "Disabled" the default of Vista and Server 2008 in one table and "not
    defined" the default everywhere in another, and the Policy CSP page gives 1. The first releases with the policy are
    Vista and Server 2008 according to the Policy CSP page, 7 and Server 2008 R2 according to CIS, and XP and Server
    2003 according to the header of the 2012 edition.
  - >-
    B(Where other pages disagree with the policy page.) The page on the LocalSystem account says that it always presents
    the credentials of the computer. A page on .NET says that Local System is anonymous over NTLM on every computer
    outside a domain; the policy page makes no such distinction. The page on the NULL session fallback says in one place
    that disabling it breaks signing and encryption, in another that enabling it does, and does not mention the Kerberos
    that the policy page says it allows. The OSConfig and Azure baselines require a stored 1, while the baselines for
    Group Policy of Windows 10 from version 1809 on, 11, Server 2019 and 2022 have no such rule. The module follows the
    table of possible values, which is the same in every edition of the policy page that was found.
  - >-
    B(Warnings.) The module warns only if Local System is anonymous after the task, if an invalid value was found, if
    V(enabled) is written on Vista or Server 2008, if the rule of the chosen authority is not known, if C(become) is
    set, and if O(via=auto) could not use WMI.
seealso:
  - module: winsec.lsa.use_machine_id_facts
  - name: Changes in NTLM Authentication
    description: Microsoft's text on what Windows 7 and Server 2008 R2 changed.
    link: https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-7/dd566199(v=ws.10)
  - name: Policy CSP - LocalPoliciesSecurityOptions
    description: The same policies in device management.
    link: https://learn.microsoft.com/en-us/windows/client-management/mdm/policy-csp-localpoliciessecurityoptions
author:
  - The winsec.lsa contributors (@winsec-lsa)
"""

EXAMPLES = r"""
- name: Let Local System services use the computer identity
  winsec.lsa.use_machine_id:
    state: enabled

- name: Show what would change, and change nothing
  winsec.lsa.use_machine_id:
    state: enabled
  check_mode: true
  diff: true

- name: Fail on every host where the policy is not explicitly enabled
  winsec.lsa.use_machine_id:
    state: enabled
  check_mode: true
  register: policy
  failed_when: policy is failed or policy is changed

# On Windows 7, Server 2008 R2 and later, an absent value stays absent. Vista and Server 2008 get a 1.
- name: Write only where Windows would otherwise be anonymous
  winsec.lsa.use_machine_id:
    state: computer_identity

- name: Configure everything but Vista and Server 2008, and skip what is older
  winsec.lsa.use_machine_id:
    state: enabled
    state_vista_2008: unmanaged
    unsupported: skip

- name: Set both policies as the DISA STIG for each host requires
  winsec.lsa.use_machine_id:
    state: stig
    null_session_fallback: stig
  register: stig

- name: Name the policies for which the STIG rule for this release is not known
  ansible.builtin.debug:
    var: stig.undecided

- name: Follow the CIS benchmark, and go back if the application breaks
  block:
    - name: Set both policies as the CIS benchmark requires, and keep what was there
      winsec.lsa.use_machine_id:
        state: cis
        null_session_fallback: cis
      register: cis

    - name: Check the application
      ansible.builtin.uri:
        url: https://{{ inventory_hostname }}/health
      delegate_to: localhost
  rescue:
    - name: Put both policies back as they were
      winsec.lsa.use_machine_id:
        state: "{{ cis.previous.use_machine_id.state }}"
        null_session_fallback: "{{ cis.previous.null_session_fallback.state }}"
      when: cis.previous is defined

    # Without this task, the host counts as rescued, and the play ends well.
    - name: Fail all the same
      ansible.builtin.fail:
        msg: "{{ ansible_failed_task.name }} failed, so both policies were put back."

- name: Set the options once for several tasks
  module_defaults:
    winsec.lsa.use_machine_id:
      state: cis
      null_session_fallback: cis
  block:
    - name: Set both policies as the CIS benchmark requires
      winsec.lsa.use_machine_id:

    - name: Do the same for the first policy only
      winsec.lsa.use_machine_id:
        null_session_fallback: unmanaged

- name: Use reg.exe from the start on hosts where WMI over WinRM is disabled (the role has use_machine_id_via for this)
  module_defaults:
    group/winsec.lsa.lsa:
      via: reg
  block:
    - name: Let Local System services use the computer identity
      winsec.lsa.use_machine_id:

# Ad hoc, without a playbook:
# ansible windows -m winsec.lsa.use_machine_id -a state=enabled --check --diff
"""

RETURN = r"""
changed:
  description:
    - Whether a value was written or removed, or would be in check mode.
    - A failed task may have changed one value before it failed on the other.
  returned: always
  type: bool
  sample: true
use_machine_id:
  description:
    - The host after the task, both policies taken together. In check mode, the host as it would be.
    - On failure, the host as it was last read.
  returned: success, and on failure if it is known
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
        - The module asks for it only if it has something to change, and O(gpo_conflict) is not V(ignore). Otherwise it
          returns what the facts of the host say already, unless the task is delegated.
      returned: when the task asked for it, or when the facts of the host have it
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
          returned: when the task asked for it, or when the facts of the host have it
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
ansible_facts:
  description: Facts that replace what M(winsec.lsa.use_machine_id_facts) returned before the task.
  returned: success, outside check mode
  type: dict
  contains:
    use_machine_id:
      description: The same as RV(use_machine_id).
      returned: always
      type: dict
previous:
  description:
    - Both values as they were before the task, whether or not they are managed.
    - To undo the task, pass what C(state) says to O(state) and O(null_session_fallback).
  returned: success, and on failure if it was read
  type: dict
  contains:
    use_machine_id:
      description: The value C(UseMachineId).
      returned: always
      type: dict
      contains: &previous
        configured:
          description: What was stored.
          returned: always
          type: str
          choices: [enabled, disabled, not_defined, invalid]
        value:
          description: The value as it was stored, V(null) if there was none.
          returned: always
          type: dict
          contains: *value
        state:
          description:
            - The choice that brings this back.
            - V(unmanaged) if C(configured) is V(invalid), because no choice asks for an invalid value. What has replaced
              it is then left in place.
          returned: always
          type: str
          choices: [enabled, disabled, not_defined, unmanaged]
    null_session_fallback:
      description: The value C(AllowNullSessionFallback).
      returned: always
      type: dict
      contains: *previous
  sample:
    use_machine_id:
      configured: not_defined
      value: null
      state: not_defined
    null_session_fallback:
      configured: disabled
      value:
        type: REG_DWORD
        data: 0
      state: disabled
diff:
  description: What changed, or would change, as text. It has one entry for each managed value that differs.
  returned: in diff mode, when a managed value differs
  type: list
  elements: dict
  contains:
    before_header:
      description: The host, as the inventory calls it, and the path of the value in its registry.
      returned: always
      type: str
      sample: srv01 HKLM\SYSTEM\CurrentControlSet\Control\Lsa\UseMachineId
    before:
      description: Registry type and data before the task, C((none)) if no value was stored.
      returned: always
      type: str
      sample: "(none)\n"
    after_header:
      description: The same as C(before_header).
      returned: always
      type: str
      sample: srv01 HKLM\SYSTEM\CurrentControlSet\Control\Lsa\UseMachineId
    after:
      description: The same after the task. In check mode, as it would be.
      returned: always
      type: str
      sample: "REG_DWORD 1\n"
undecided:
  description:
    - The policies that were left alone because what the chosen authority requires for this release is not known to
      this collection.
    - Holds V(use_machine_id) or V(null_session_fallback) or both. Empty otherwise.
  returned: success
  type: list
  elements: str
  sample: []
reboot_required:
  description: Always V(false). Windows needs no restart for these policies.
  returned: success
  type: bool
  sample: false
msg:
  description: What went wrong, and what to do next.
  returned: on failure
  type: str
  sample: >-
    Windows Server 2003 (version 5.2.3790) does not have this policy. It begins with Windows Vista and Windows Server
    2008: leave this host out.
"""
