# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Names of Microsoft's that a host and a GPO have in common, once for all rooms: the settings, and a GUID. Pure."""

from __future__ import annotations

import typing as t

Setting: t.TypeAlias = t.Literal["use_machine_id", "null_session_fallback"]
SETTINGS: t.Final[tuple[Setting, ...]] = t.get_args(Setting)

#: The key of each setting below HKEY_LOCAL_MACHINE, and its value. Source: DISA STIG check texts WN22-SO-000260 and
#: WN22-SO-000270.
STORED: t.Final[dict[Setting, tuple[str, str]]] = {
    "use_machine_id": (r"SYSTEM\CurrentControlSet\Control\Lsa", "UseMachineId"),
    "null_session_fallback": (r"SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0", "AllowNullSessionFallback"),
}

#: A GUID without braces, as a regular expression, in either case.
GUID: t.Final = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

#: The client-side extension for security settings (MS-GPSB 1.9).
SECURITY_EXTENSION: t.Final = "827D319E-6EAC-11D2-A4EA-00C04F79F83A"
