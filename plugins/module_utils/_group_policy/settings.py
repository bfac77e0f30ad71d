# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The two settings, and what a Group Policy Object can say about each. Pure."""

from __future__ import annotations

import typing as t

from .._names import SETTINGS, STORED, Setting

__all__ = ["REGISTRY_VALUES", "SETTINGS", "Said", "Setting", "Wanted"]

#: What a template can be brought to say.
Wanted: t.TypeAlias = t.Literal["enabled", "disabled", "not_defined"]
#: What one can be found to say. Invalid: another type or number than Microsoft documents, or two lines that disagree.
Said: t.TypeAlias = t.Literal["enabled", "disabled", "not_defined", "invalid"]

#: The name of each value in the section [Registry Values]: MACHINE stands for HKEY_LOCAL_MACHINE (MS-GPSB 2.2.5).
#: Editors of Windows write System like that. Letters may have any case.
REGISTRY_VALUES: t.Final[dict[Setting, str]] = {
    setting: rf"MACHINE\{key.replace('SYSTEM', 'System')}\{name}" for setting, (key, name) in STORED.items()
}
