# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The two settings, and what a Group Policy Object can say about each. Pure."""

from __future__ import annotations

import typing as t

Setting: t.TypeAlias = t.Literal["use_machine_id", "null_session_fallback"]
#: What a template can be brought to say.
Wanted: t.TypeAlias = t.Literal["enabled", "disabled", "not_defined"]
#: What one can be found to say. Invalid: another type or number than Microsoft documents, or two lines that disagree.
Said: t.TypeAlias = t.Literal["enabled", "disabled", "not_defined", "invalid"]

SETTINGS: t.Final[tuple[Setting, ...]] = t.get_args(Setting)

#: The name of each value in the section [Registry Values]: MACHINE stands for HKEY_LOCAL_MACHINE (MS-GPSB 2.2.5).
REGISTRY_VALUES: t.Final[dict[Setting, str]] = {
    "use_machine_id": r"MACHINE\System\CurrentControlSet\Control\Lsa\UseMachineId",
    "null_session_fallback": r"MACHINE\System\CurrentControlSet\Control\Lsa\MSV1_0\AllowNullSessionFallback",
}
