# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Which Windows release a version, a build number and an edition mean. Pure.

Source of the product names: learn.microsoft.com/windows/win32/sysinfo/operating-system-version. Source of the
builds: learn.microsoft.com/windows/release-health/windows-server-release-info and .../windows11-release-information,
checked against endoflife.date (products windows, windows-server). Builds of Azure Stack HCI and Azure Local:
learn.microsoft.com/azure/azure-local/release-information-23h2 and the names of the installation images of 22H2.
"""

from __future__ import annotations

import typing as t

ProductType: t.TypeAlias = t.Literal["workstation", "server", "domain_controller", "unknown"]

#: ``windows`` is Windows or Windows Server in any edition; the others share builds with it but are other products.
Product: t.TypeAlias = t.Literal["windows", "server_channel", "azure_stack_hci", "hyper_v_server", "multi_session"]

#: The edition as a number (learn.microsoft.com, GetProductInfo; winnt.h of the Windows SDK: PRODUCT_...).
_SKUS: t.Final[dict[int, Product]] = {
    42: "hyper_v_server",  # PRODUCT_HYPERV
    145: "server_channel",  # PRODUCT_DATACENTER_A_SERVER_CORE
    146: "server_channel",  # PRODUCT_STANDARD_A_SERVER_CORE
    175: "multi_session",  # PRODUCT_SERVERRDSH
    406: "azure_stack_hci",  # PRODUCT_AZURESTACKHCI_SERVER_CORE
}

#: The same editions as the registry names them (learn.microsoft.com, "KMS client activation and product keys";
#: installation images of Azure Stack HCI, Hyper-V Server and Azure Virtual Desktop).
_EDITION_IDS: t.Final[dict[str, Product]] = {
    "serverhyper": "hyper_v_server",
    "serverhypercore": "hyper_v_server",
    "serverdatacenteracor": "server_channel",
    "serverstandardacor": "server_channel",
    "serverrdsh": "multi_session",
    "serverazurestackhcicor": "azure_stack_hci",
}

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
_CHANNEL_10: t.Final[dict[int, str]] = {
    16299: "Windows Server, version 1709",
    17134: "Windows Server, version 1803",
    17763: "Windows Server, version 1809",
    18362: "Windows Server, version 1903",
    18363: "Windows Server, version 1909",
    19041: "Windows Server, version 2004",
    19042: "Windows Server, version 20H2",
    25398: "Windows Server, version 23H2",
}
_SERVERS_10: t.Final[dict[int, str]] = {
    **_CHANNEL_10,
    14393: "Windows Server 2016",
    17763: "Windows Server 2019",
    20348: "Windows Server 2022",
    26100: "Windows Server 2025",
}
_AZURE_STACK_HCI: t.Final[dict[int, str]] = {
    17784: "Azure Stack HCI, version 20H2",
    20348: "Azure Stack HCI, version 21H2",
    20349: "Azure Stack HCI, version 22H2",
    25398: "Azure Stack HCI, version 23H2",
    26100: "Azure Local, version 24H2",
}
_HYPER_V_10: t.Final[dict[int, str]] = {14393: "Hyper-V Server 2016", 17763: "Hyper-V Server 2019"}

_OTHER_PRODUCTS_10: t.Final[dict[Product, dict[int, str]]] = {
    "server_channel": _CHANNEL_10,
    "azure_stack_hci": _AZURE_STACK_HCI,
    "hyper_v_server": _HYPER_V_10,
}

# Workstations of NT 10.0: name, first and last build. A build after the last known one is not guessed at.
_WORKSTATIONS_10: t.Final[tuple[tuple[str, int, int], ...]] = (
    ("Windows 10", 10240, 21999),
    ("Windows 11", 22000, 28000),
)


def product_of(sku: int | None = None, edition_id: str = "") -> Product:
    """Which product an edition belongs to, by its number or its name; one that is not named here is of Windows itself.

    That includes an edition that the host does not say: before Vista there is none.
    """
    return _SKUS.get(sku or 0) or _EDITION_IDS.get(edition_id.casefold()) or "windows"


class WindowsVersion(t.NamedTuple):
    """The version that a host reports: NT version, build, product type and product."""

    major: int
    minor: int
    build: int
    product_type: ProductType
    product: Product = "windows"

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.build}"

    @property
    def release(self) -> str:
        """The product name, or the bare NT version and build where they name no product known here."""
        return self._named() or f"Windows NT {self.major}.{self.minor} (build {self.build})"

    def _named(self) -> str | None:
        if self.product_type == "unknown":
            return None
        return self._named_10() if (self.major, self.minor) == (10, 0) else self._named_before_10()

    def _named_before_10(self) -> str | None:
        pair = _BEFORE_10.get((self.major, self.minor))
        if pair is None:
            return None
        workstation, server = pair
        if self.product == "windows":
            return workstation if self.product_type == "workstation" else server
        return server.replace("Windows", "Hyper-V") if self.product == "hyper_v_server" else None

    def _named_10(self) -> str | None:
        workstation = next((name for name, first, last in _WORKSTATIONS_10 if first <= self.build <= last), None)
        if self.product == "multi_session":
            return f"{workstation} Enterprise multi-session" if workstation else None
        if self.product != "windows":
            return _OTHER_PRODUCTS_10[self.product].get(self.build)
        return workstation if self.product_type == "workstation" else _SERVERS_10.get(self.build)
