# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Which Windows release a version and build number mean. Pure.

Source of the product names: learn.microsoft.com/windows/win32/sysinfo/operating-system-version. Source of the
builds: learn.microsoft.com/windows/release-health/windows-server-release-info and .../windows11-release-information,
checked against endoflife.date (products windows, windows-server).
"""

from __future__ import annotations

import typing as t

ProductType: t.TypeAlias = t.Literal["workstation", "server", "domain_controller", "unknown"]

# NT version -> (workstation, server).
_BEFORE_10: t.Final[dict[tuple[int, int], tuple[str, str]]] = {
    (5, 0): ("Windows 2000 Professional", "Windows 2000 Server"),
    (5, 1): ("Windows XP", "Windows XP"),
    (5, 2): ("Windows XP Professional x64 Edition", "Windows Server 2003"),
    (6, 0): ("Windows Vista", "Windows Server 2008"),
    (6, 1): ("Windows 7", "Windows Server 2008 R2"),
    (6, 2): ("Windows 8", "Windows Server 2012"),
    (6, 3): ("Windows 8.1", "Windows Server 2012 R2"),
}

# Servers of NT 10.0 are named by their build.
_SERVERS_10: t.Final[dict[int, str]] = {
    14393: "Windows Server 2016",
    16299: "Windows Server, version 1709",
    17134: "Windows Server, version 1803",
    17763: "Windows Server 2019",
    18362: "Windows Server, version 1903",
    18363: "Windows Server, version 1909",
    19041: "Windows Server, version 2004",
    19042: "Windows Server, version 20H2",
    20348: "Windows Server 2022",
    25398: "Windows Server, version 23H2",
    26100: "Windows Server 2025",
}

# Workstations of NT 10.0: name, first and last build. A build after the last known one is not guessed at.
_WORKSTATIONS_10: t.Final[tuple[tuple[str, int, int], ...]] = (
    ("Windows 10", 10240, 21999),
    ("Windows 11", 22000, 28000),
)


class WindowsVersion(t.NamedTuple):
    """What a host says of its own version: NT version, build and what it was installed as."""

    major: int
    minor: int
    build: int
    product_type: ProductType

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.build}"

    @property
    def release(self) -> str:
        """The product name, or the bare NT version and build where they name no product known here."""
        return self._named() or f"Windows NT {self.major}.{self.minor} (build {self.build})"

    def _named(self) -> str | None:
        if self.product_type == "unknown":
            return None
        workstation = self.product_type == "workstation"
        if (self.major, self.minor) != (10, 0):
            pair = _BEFORE_10.get((self.major, self.minor))
            return pair[0 if workstation else 1] if pair else None
        if not workstation:
            return _SERVERS_10.get(self.build)
        return next((name for name, first, last in _WORKSTATIONS_10 if first <= self.build <= last), None)
