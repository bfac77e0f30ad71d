# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not use it from elsewhere.

from __future__ import annotations


class ModuleDocFragment:
    # What an action needs to reach a host, and what reaching it looks like.
    DOCUMENTATION = r"""
options:
  via:
    description:
      - How the registry of the host is read and written.
      - >-
        In every case, a lost connection, a refused login or a registry key that denies access is final: no other method
        is tried.
    type: str
    default: auto
    choices:
      auto:
        - V(wmi) over P(ansible.builtin.winrm#connection) and P(ansible.builtin.psrp#connection), and V(reg) over every
          other connection.
        - If WinRM or WMI denies the calls to this user, if the host lacks what they need, or if a response can't be
          understood, V(reg) is used instead, and a warning names the cause.
      wmi:
        - >-
          WS-Management calls to the WMI class C(StdRegProv). Nothing is started on the host, unless the C(winrm) plugin
          has several transports to try: then it opens a shell. That is so if C(ansible_winrm_transport) has several
          values, and with older ansible-core releases, such as 2.16, also if it is not set and the user name contains
          C(@).
        - Only over P(ansible.builtin.winrm#connection) and P(ansible.builtin.psrp#connection).
      reg:
        - The program C(reg.exe), run by the connection. Over P(ansible.builtin.winrm#connection) and
          P(ansible.builtin.psrp#connection) the host starts PowerShell for it, which takes much longer.
requirements:
  - defusedxml >= 0.7.1 (on the controller, for C(winrm) and C(psrp))
  - pywinrm >= 0.4.3 (on the controller, for C(winrm))
  - pypsrp >= 0.5.0 (on the controller, for C(psrp))
  - an OpenSSH client (on the controller, for C(ssh))
notes:
  - >-
    The host needs nothing but Windows with its WinRM service or an OpenSSH server. Python is not used there, and
    PowerShell only if it is the default shell of the OpenSSH server, or if C(reg.exe) is run over C(winrm) or
    C(psrp).
  - >-
    Over C(winrm) and C(psrp), the host is read and written through WS-Management calls to WMI, above all to the class
    C(StdRegProv), unless O(via) says otherwise. A member of the local group Administrators has the rights that they
    need.
  - >-
    Over C(ssh), C(ansible_shell_type) has to be V(cmd) or V(powershell), whichever is the default shell of the host.
    The host is read and written with its own C(reg.exe).
  - >-
    Where C(reg.exe) is used, a host that needs no change is sent three command lines, plus one if its C(reg.exe) does
    not know C(/reg:64), plus one for each of the two keys that is empty or has a value that looks like the one asked
    for. If a command line does not finish within 60 seconds, the host is reported as unreachable. Non-ASCII characters
    in stored text appear as U+FFFD, and text of several lines is not read.
  - >-
    A host is B(unreachable) if it can't be reached, if it refuses the login, or if the connection plugin reports it as
    such. P(ansible.builtin.winrm#connection) does that for some mistakes on the controller too, such as a client
    certificate that is missing. Every other failure is a failed task whose message names the cause and the next step.
  - >-
    Ansible's C(gather_facts) runs with PowerShell on Windows. The actions of this collection do not need its facts:
    plays can set C(gather_facts: false).
  - >-
    Ansible's setting C(facts_modules) (E(ANSIBLE_FACTS_MODULES), variable C(ansible_facts_modules)) can't run an action
    plugin, so it can't name M(winsec.lsa.use_machine_id_facts). Run that as a task in C(pre_tasks), or ad hoc.
  - >-
    Who owns a value is read from the Resultant Set of Policy (RSoP) of the host, in the WMI namespace
    C(root\rsop\computer), as Microsoft documents its classes. That was not verified on a real host. Values of Group
    Policy preferences are not in it, and neither are those that were set by hand.
seealso:
  - name: The policy, as Microsoft describes it
    description: Possible values, defaults and security considerations of the setting.
    link: "https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-10/security/threat-protection/security-policy-settings/\
      network-security-allow-local-system-to-use-computer-identity-for-ntlm"
  - name: The policy for the NULL session fallback, as Microsoft describes it
    description: What happens to signing and encryption when a service has connected anonymously.
    link: "https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-10/security/threat-protection/security-policy-settings/\
      network-security-allow-localsystem-null-session-fallback"
  - ref: ansible_collections.winsec.lsa.docsite.guide_what_the_value_means
    description: What each value means on each release, where Microsoft's texts disagree, Group Policy and undo.
  - ref: ansible_collections.winsec.lsa.docsite.guide_benchmarks
    description: What CIS, DISA, Microsoft, ASD and BSI require for each release.
  - ref: ansible_collections.winsec.lsa.docsite.guide_troubleshoot
    description: What to do when a task fails or a host is unreachable.
"""
