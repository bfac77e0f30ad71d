# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""States of hosts, as short as a table of cases wants them."""

from __future__ import annotations

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import HostState
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion


def state_of(version: WindowsVersion, identity: RegistryValue | None, fallback: RegistryValue | None) -> HostState:
    """The state of a host with these values of UseMachineId and AllowNullSessionFallback."""
    return HostState(version, {"use_machine_id": identity, "null_session_fallback": fallback})
