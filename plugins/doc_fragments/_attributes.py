# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not use it from elsewhere.

from __future__ import annotations


class ModuleDocFragment:
    # What is true of every action of this collection. Each one adds check_mode, diff_mode, become and idempotent.
    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Has an action plugin, which runs on the controller.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
  become:
    description: Is usable alongside become keywords.
    support: none
  check_mode:
    description: Can run in check mode.
  connection:
    description: Uses the configured connection of the host.
    support: full
    details:
      - Works over C(winrm), C(psrp), C(ssh) and others with a Windows shell.
  diff_mode:
    description: Shows what has changed in diff mode.
  facts:
    description: Updates the facts of the host.
    support: full
  idempotent:
    description: A second run with the same arguments reports no change.
  platform:
    description: Families of operating systems that can be managed.
    support: full
    platforms: windows
"""

    # To be used together with the standard fragment.
    ACTIONGROUP_LSA = r"""
options: {}
attributes:
  action_group:
    description: >-
      C(group/winsec.lsa.lsa) in C(module_defaults) sets O(via), the only option that all members take. Any other
      default fails the members that do not have it.
    support: full
    membership:
      - winsec.lsa.lsa
"""

    # What is true of the actions that run once on the controller. Each one adds check_mode, diff_mode and idempotent.
    CONTROLLER = r"""
options: {}
attributes:
  action:
    description: Has an action plugin, which runs on the controller.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details:
      - A task that sets C(async) fails.
  become:
    description: Is usable alongside become keywords.
    support: none
    details:
      - C(become) has no effect on what the action does.
  check_mode:
    description: Can run in check mode and report what would change without changing anything.
  diff_mode:
    description: In diff mode, returns what has changed, or would change in check mode.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run reports no change.
  platform:
    description: Where the action runs.
    support: full
    platforms: posix
"""

    # What is true of the ordinary modules. Each one adds check_mode, diff_mode and idempotent.
    PYTHON = r"""
options: {}
attributes:
  async:
    description: Supports being used with the C(async) keyword.
    support: full
  check_mode:
    description: Can run in check mode and report what would change without changing anything.
  diff_mode:
    description: In diff mode, returns what has changed, or would change in check mode.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second run reports no change.
      - This assumes that nothing else changed the domain in between.
  platform:
    description: Families of operating systems that the module can run on.
    support: full
    platforms: posix
  action_group:
    description: Use C(group/winsec.lsa.gpo) in C(module_defaults) to set the connection options once.
    support: full
    membership:
      - winsec.lsa.gpo
"""
