# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Which Windows it is, by the registry. Pure."""

from __future__ import annotations

import re
import typing as t

from .reg_exe_output import Output
from .registry import Data, RegistryValue
from .releases import ProductType, WindowsVersion, product_of

_CURRENT_VERSION: t.Final = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_PRODUCT_OPTIONS: t.Final = r"SYSTEM\CurrentControlSet\Control\ProductOptions"

#: The values that say which Windows it is, those of every release first: a profile can have PowerShell stop at the
#: first command that fails. EditionID begins with Windows Vista, the two numbers with Windows 10.
VERSION_VALUES: t.Final = (
    (_CURRENT_VERSION, "CurrentVersion"),
    (_CURRENT_VERSION, "CurrentBuildNumber"),
    (_PRODUCT_OPTIONS, "ProductType"),
    (_CURRENT_VERSION, "EditionID"),
    (_CURRENT_VERSION, "CurrentMajorVersionNumber"),
    (_CURRENT_VERSION, "CurrentMinorVersionNumber"),
)

#: ProductOptions\ProductType (learn.microsoft.com, Windows registry: ProductType).
_PRODUCT_TYPES: t.Final[dict[str, ProductType]] = {
    "WinNT": "workstation",
    "LanmanNT": "domain_controller",
    "ServerNT": "server",
}


def version_of(output: Output) -> WindowsVersion | None:
    """The version in the answers to all of VERSION_VALUES; None where one is missing, unreadable or there twice.

    CurrentVersion stays 6.3 from Windows 10 on, which has two numbers of its own instead.
    """
    try:
        found = {name: _only(output.values(name)) for _key, name in VERSION_VALUES}
        major, minor = str(found["CurrentVersion"]).split(".")
        return WindowsVersion(
            _number(found["CurrentMajorVersionNumber"], major),
            _number(found["CurrentMinorVersionNumber"], minor),
            _number(found["CurrentBuildNumber"]),
            _PRODUCT_TYPES.get(str(found["ProductType"]), "unknown"),
            product_of(edition_id=str(found["EditionID"] or "")),
        )
    except ValueError:
        return None


def _only(values: list[RegistryValue]) -> Data:
    """The data of the one value, None where there is none. Raises ValueError for several and for unreadable data."""
    if len(values) > 1 or any(value.data is None for value in values):
        raise ValueError("not one")
    return values[0].data if values else None


def _number(data: Data, default: str = "") -> int:
    """A number of a version, stored as one or as digits. Raises ValueError if it is something else."""
    if isinstance(data, int):
        return data
    text = default if data is None else str(data)
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        raise ValueError("no number")
    return int(text)
