# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The two settings that this collection knows, what each can say, and where Windows stores it. Pure."""

from __future__ import annotations

import typing as t

from ...module_utils._names import SETTINGS, STORED, Setting
from .._windows.registry import ValueName

__all__ = ["DEVICE_MANAGEMENT", "POLICY_NAMES", "SETTINGS", "VALUE_NAMES", "Configured", "Setting"]

Configured: t.TypeAlias = t.Literal["enabled", "disabled", "not_defined", "invalid"]

#: Where each setting is stored.
VALUE_NAMES: t.Final[dict[Setting, ValueName]] = {setting: ValueName(*stored) for setting, stored in STORED.items()}

#: What Windows calls each setting, in English.
POLICY_NAMES: t.Final[dict[Setting, str]] = {
    "use_machine_id": "Network security: Allow Local System to use computer identity for NTLM",
    "null_session_fallback": "Network security: Allow LocalSystem NULL session fallback",
}

_DEVICE_KEY: t.Final = r"SOFTWARE\Microsoft\PolicyManager\current\device\LocalPoliciesSecurityOptions"

#: Where device management (MDM) keeps its own value of each. Names: Policy CSP LocalPoliciesSecurityOptions. The key
#: was seen on Windows 11 24H2 with others of these names, and public audit scripts read it.
DEVICE_MANAGEMENT: t.Final[dict[Setting, ValueName]] = {
    "use_machine_id": ValueName(_DEVICE_KEY, "NetworkSecurity_AllowLocalSystemToUseComputerIdentityForNTLM"),
    "null_session_fallback": ValueName(_DEVICE_KEY, "NetworkSecurity_AllowLocalSystemNULLSessionFallback"),
}
