# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts: one Wine prefix each, with the version in its registry that the real release has."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ..support.reg_file import Values

CURRENT_VERSION = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
PRODUCT_OPTIONS = r"SYSTEM\CurrentControlSet\Control\ProductOptions"

_PRODUCT_TYPES = {"workstation": "WinNT", "server": "ServerNT", "domain_controller": "LanmanNT"}


class Host(t.NamedTuple):
    """A host and what the facts have to say of it."""

    #: A release that winecfg knows. It writes version and build where nothing is said below.
    winecfg: str
    release: str
    product_type: str = "workstation"
    build: int | None = None
    product_name: str | None = None
    edition_id: str | None = None
    #: Decides in which language and code page reg.exe speaks.
    locale: str = "C.UTF-8"
    #: The default shell of its OpenSSH server, as ansible_shell_type names it.
    shell: t.Literal["cmd", "powershell"] = "cmd"
    #: Whether its reg.exe is one from before Windows 7.
    old_reg_exe: bool = False

    def version_values(self) -> tuple[tuple[str, Values], ...]:
        """Return the registry values that make Wine show the version as the real release does.

        From 10 on CurrentVersion stays 6.3 and two numbers tell the truth, which earlier releases do not have. The
        ProductName of Windows 11 says 10.
        """
        version: Values = {}
        if self.winecfg == "win10":
            version["CurrentVersion"] = ("REG_SZ", "6.3")
        else:
            version.update(CurrentMajorVersionNumber=None, CurrentMinorVersionNumber=None)
        if self.build:
            version.update(dict.fromkeys(("CurrentBuild", "CurrentBuildNumber"), ("REG_SZ", str(self.build))))
        if self.product_name:
            version["ProductName"] = ("REG_SZ", self.product_name)
        if self.edition_id:
            version["EditionID"] = ("REG_SZ", self.edition_id)
        product_type = ("REG_SZ", _PRODUCT_TYPES[self.product_type])
        return (CURRENT_VERSION, version), (PRODUCT_OPTIONS, {"ProductType": product_type})


#: Named like the releases of the contract where it knows them.
HOSTS = {
    "vista": Host("vista", "Windows Vista", old_reg_exe=True),
    "srv2008": Host("win2008", "Windows Server 2008", "server"),
    "win7": Host("win7", "Windows 7"),
    "srv2012r2": Host("win81", "Windows Server 2012 R2", "server", product_name="Windows Server 2012 R2 Standard"),
    "win10": Host("win10", "Windows 10", build=19045, product_name="Windows 10 Pro"),
    "win11": Host("win10", "Windows 11", build=22631, product_name="Windows 10 Pro", edition_id="Professional"),
    "dc2019": Host(
        "win10",
        "Windows Server 2019",
        "domain_controller",
        build=17763,
        product_name="Windows Server 2019 Standard",
        edition_id="ServerStandard",
        locale="ja_JP.UTF-8",
    ),
    "srv2022": Host(
        "win10",
        "Windows Server 2022",
        "server",
        build=20348,
        product_name="Windows Server 2022 Datacenter",
        edition_id="ServerDatacenter",
        locale="de_DE.UTF-8",
    ),
    "srv2025": Host(
        "win10",
        "Windows Server 2025",
        "server",
        build=26100,
        product_name="Windows Server 2025 Datacenter",
        edition_id="ServerTurbine",
        shell="powershell",
    ),
}
