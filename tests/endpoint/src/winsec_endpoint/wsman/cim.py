# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two CIM classes a client asks for the Windows version and the role of a host.

Properties and their order (alphabetical, case ignored): txwinrm test data, Win32_OperatingSystem and
Win32_ComputerSystem of 2003, 2008 R2 and 2012. Shapes of datetimes: same captures.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from ..fleet.hosts import Host
from ..fleet.releases import ProductType

CimValue = str | int | bool | datetime | tuple[str, ...] | None
NAMESPACE = "root/cimv2"
_BOOTED = datetime.fromisoformat("2026-01-05T06:30:00Z")
_INSTALLED = datetime.fromisoformat("2026-01-02T09:15:00Z")


class Instance(NamedTuple):
    class_name: str
    key: str | None  # the property by which Get selects; None for a singleton
    properties: Mapping[str, CimValue]


def operating_system(host: Host) -> Instance:
    release = host.release
    properties: dict[str, CimValue] = {
        "BootDevice": r"\Device\HarddiskVolume1",
        "BuildNumber": release.build,
        "BuildType": "Multiprocessor Free",
        "Caption": release.caption,
        "CodeSet": "1252",
        "CountryCode": "1",
        "CreationClassName": "Win32_OperatingSystem",
        "CSCreationClassName": "Win32_ComputerSystem",
        "CSDVersion": f"Service Pack {release.service_pack}" if release.service_pack else None,
        "CSName": _netbios_name(host),
        "Description": "",
        "InstallDate": _INSTALLED,
        "LastBootUpTime": _BOOTED,
        "Locale": "0409",
        "Manufacturer": "Microsoft Corporation",
        "MUILanguages": ("en-US",),
        "Name": rf"{release.caption}|C:\Windows|\Device\Harddisk0\Partition2",
        "OperatingSystemSKU": release.sku,
        "OSArchitecture": "64-bit",
        "OSLanguage": 1033,
        "OSType": 18,
        "Primary": True,
        "ProductType": int(release.product_type),
        "ServicePackMajorVersion": release.service_pack,
        "ServicePackMinorVersion": 0,
        "Status": "OK",
        "SystemDirectory": r"C:\Windows\system32",
        "SystemDrive": "C:",
        "Version": release.version,
        "WindowsDirectory": r"C:\Windows",
    }
    if release.numbers < (6, 0):  # the 2003 capture has none of them
        del properties["OperatingSystemSKU"], properties["OSArchitecture"], properties["MUILanguages"]
    return Instance("Win32_OperatingSystem", None, properties)


def computer_system(host: Host) -> Instance:
    controller = host.release.product_type is ProductType.DOMAIN_CONTROLLER
    return Instance(
        "Win32_ComputerSystem",
        "Name",
        {
            "Caption": _netbios_name(host),
            "CreationClassName": "Win32_ComputerSystem",
            "DNSHostName": host.name.partition(".")[0],
            "Domain": "corp.example" if controller else "WORKGROUP",
            "DomainRole": _DOMAIN_ROLES[host.release.product_type],
            "Manufacturer": "winsec-endpoint",
            "Model": "No real machine",
            "Name": _netbios_name(host),
            "NumberOfProcessors": 1,
            "PartOfDomain": controller,
            "Roles": ("LM_Workstation", "LM_Server", "NT"),
            "Status": "OK",
            "SystemType": "x64-based PC",
            "UserName": None,
            "Workgroup": None if controller else "WORKGROUP",
        },
    )


def _netbios_name(host: Host) -> str:
    """Without the domain, and at most 15 characters, as the captures have it (AMAZONA-Q2R281F)."""
    return host.name.partition(".")[0][:15].upper()


# learn.microsoft.com, Win32_ComputerSystem.DomainRole: standalone unless a domain controller.
_DOMAIN_ROLES = {ProductType.WORKSTATION: 0, ProductType.SERVER: 2, ProductType.DOMAIN_CONTROLLER: 5}


def instances(host: Host, class_name: str) -> list[Instance]:
    """All instances of a class in root/cimv2."""
    served = (operating_system(host), computer_system(host))
    return [instance for instance in served if instance.class_name.lower() == class_name.lower()]
