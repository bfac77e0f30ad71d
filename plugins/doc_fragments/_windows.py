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
      - How the registry of the host is read and written. The guide R(How it works,
        ansible_collections.winsec.lsa.docsite.guide_how_it_works) compares both ways.
    type: str
    default: auto
    choices:
      auto: V(wmi) over C(winrm) and C(psrp), V(reg) elsewhere. If the host does not accept the calls of V(wmi), V(reg)
        is used instead, and a warning names the cause.
      wmi: WS-Management calls to the WMI class C(StdRegProv).
      reg: The program C(reg.exe), run by the connection. Over C(winrm) and C(psrp), the host starts PowerShell for it.
requirements:
  - defusedxml >= 0.7.1 (on the controller, for C(winrm) and C(psrp))
  - pywinrm >= 0.4.3 (on the controller, for C(winrm))
  - pypsrp >= 0.5.0 (on the controller, for C(psrp))
  - an OpenSSH client (on the controller, for C(ssh))
notes:
  - >-
    The host needs nothing but Windows with its WinRM service or an OpenSSH server, and the user has to be an
    administrator there. Over C(ssh), C(ansible_shell_type) has to be V(cmd) or V(powershell), as the default shell is.
seealso:
  - name: The policy, as Microsoft describes it
    description: Values, defaults and security considerations.
    link: "https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-10/security/threat-protection/security-policy-settings/\
      network-security-allow-local-system-to-use-computer-identity-for-ntlm"
  - ref: ansible_collections.winsec.lsa.docsite.guide_what_the_value_means
    description: What each value means on each release, Group Policy, and undo.
"""
