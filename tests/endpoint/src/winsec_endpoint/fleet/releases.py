# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The properties of each Windows release in Win32_OperatingSystem.

Versions: learn.microsoft.com "Operating System Version" (win32/sysinfo). Builds: the last or the
usual build of each release. Captions of 2003, 2008 R2 and 2012 with their blanks: txwinrm test data;
the other captions follow the same pattern (Assumed:). SKU numbers: learn.microsoft.com GetProductInfo.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class ProductType(IntEnum):
    """Win32_OperatingSystem.ProductType (learn.microsoft.com, win32_operatingsystem)."""

    WORKSTATION = 1
    DOMAIN_CONTROLLER = 2
    SERVER = 3


class Release(NamedTuple):
    """One Windows release; a host may override single fields."""

    version: str
    caption: str
    product_type: ProductType
    sku: int | None
    service_pack: int = 0

    @property
    def build(self) -> str:
        return self.version.split(".")[2]

    @property
    def numbers(self) -> tuple[int, int]:
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)

    @property
    def max_envelope_size(self) -> int:
        """MaxEnvelopeSizekb: 150 up to Windows 7 and 2008 R2, 500 later (MS-WSMV appendix A, note 8)."""
        return (150 if self.numbers < (6, 2) else 500) * 1024

    @property
    def stack(self) -> str:
        """WinRM 1.1 on Vista and 2008, 2.0 on 7 and 2008 R2, 3.0 later (MS-WSMV appendix A)."""
        if self.numbers < (6, 1):
            return "1.1"
        return "2.0" if self.numbers < (6, 2) else "3.0"


_CLIENT, _SERVER = ProductType.WORKSTATION, ProductType.SERVER
_ENTERPRISE, _STANDARD = 4, 7

RELEASES = {
    "xp": Release("5.1.2600", "Microsoft Windows XP Professional", _CLIENT, None, 3),
    "2003": Release("5.2.3790", "Microsoft(R) Windows(R) Server 2003 Standard x64 Edition", _SERVER, None, 2),
    "vista": Release("6.0.6002", "Microsoft® Windows Vista™ Enterprise ", _CLIENT, _ENTERPRISE, 2),
    "2008": Release("6.0.6002", "Microsoft® Windows Server® 2008 Standard ", _SERVER, _STANDARD, 2),
    "7": Release("6.1.7601", "Microsoft Windows 7 Enterprise ", _CLIENT, _ENTERPRISE, 1),
    "2008r2": Release("6.1.7601", "Microsoft Windows Server 2008 R2 Standard ", _SERVER, _STANDARD, 1),
    "8": Release("6.2.9200", "Microsoft Windows 8 Enterprise", _CLIENT, _ENTERPRISE),
    "2012": Release("6.2.9200", "Microsoft Windows Server 2012 Standard", _SERVER, _STANDARD),
    "8.1": Release("6.3.9600", "Microsoft Windows 8.1 Enterprise", _CLIENT, _ENTERPRISE),
    "2012r2": Release("6.3.9600", "Microsoft Windows Server 2012 R2 Standard", _SERVER, _STANDARD),
    "10": Release("10.0.19045", "Microsoft Windows 10 Enterprise", _CLIENT, _ENTERPRISE),
    "2016": Release("10.0.14393", "Microsoft Windows Server 2016 Standard", _SERVER, _STANDARD),
    "2019": Release("10.0.17763", "Microsoft Windows Server 2019 Standard", _SERVER, _STANDARD),
    "2022": Release("10.0.20348", "Microsoft Windows Server 2022 Standard", _SERVER, _STANDARD),
    "11": Release("10.0.26100", "Microsoft Windows 11 Enterprise", _CLIENT, _ENTERPRISE),
    "2025": Release("10.0.26100", "Microsoft Windows Server 2025 Standard", _SERVER, _STANDARD),
}
