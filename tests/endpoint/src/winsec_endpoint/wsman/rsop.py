# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WMI classes of RSoP (logging mode) in root/rsop/computer, as far as they say who sets a registry value.

Classes and properties: learn.microsoft.com, RSOP_PolicySetting, RSOP_SecuritySettings, RSOP_RegistryValue,
RSOP_RegistryPolicySetting, RSOP_GPO and RSOP_ExtensionStatus. GUIDs of the extensions: MS-GPSB 1.9, MS-GPREG 1.9; that
of the Group Policy core is zero. Assumed: which properties are nil, and that `name` of a template is its value's name,
by which public scripts look for it.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from struct import pack

from ..fleet.hosts import Host
from ..fleet.rsop import Gpo, Rsop, Source
from ..registry.interface import RegistryType, RegistryValue
from .cim import CimValue, Instance

NAMESPACE = "root/rsop/computer"

_CORE = "00000000-0000-0000-0000-000000000000", "Group Policy Infrastructure"
_REGISTRY = "35378EAC-683F-11D2-A89A-00C04FBBCF36", "Registry"
_SECURITY = "827D319E-6EAC-11D2-A4EA-00C04F79F83A", "Security"
_BASE = "RSOP_PolicySetting"
#: Each class with those that it derives from.
CLASSES: dict[str, tuple[str, ...]] = {
    _BASE: (),
    "RSOP_SecuritySettings": (_BASE,),
    "RSOP_RegistryValue": ("RSOP_SecuritySettings", _BASE),
    "RSOP_RegistryPolicySetting": (_BASE,),
    "RSOP_GPO": (),
    "RSOP_ExtensionStatus": (),
}
_BASE_PROPERTIES = ("creationTime", "GPOID", "id", "name", "precedence", "SOMID")


def is_class(name: str) -> bool:
    return name.lower() in map(str.lower, CLASSES)


def instances(host: Host, class_name: str) -> list[Instance]:
    """All instances of a class and of those that derive from it."""
    wanted = class_name.lower()
    found = [*_options(host.rsop), *_templates(host.rsop), *_gpos(host.rsop), *_extensions(host.rsop)]
    return [i for i in found if wanted in (i.class_name.lower(), *map(str.lower, CLASSES[i.class_name]))]


def cast(host: Host, found: list[Instance]) -> list[Instance]:
    """Return the results of a query, as instances of the base class if the host is configured to do so."""
    if host.rsop.logging.properties == "derived":
        return found
    return [
        i._replace(class_name=_BASE, properties={name: i.properties[name] for name in _BASE_PROPERTIES})
        if _BASE in CLASSES[i.class_name]
        else i
        for i in found
    ]


def _logged(rsop: Rsop) -> datetime:
    return datetime.now(UTC) - timedelta(hours=rsop.logging.hours_ago)


def _setting(rsop: Rsop, class_name: str, precedence: int, gpo: Gpo, own: dict[str, CimValue]) -> Instance:
    properties: dict[str, CimValue] = {
        "creationTime": _logged(rsop),
        "GPOID": gpo.gpoid,
        "id": str(uuid.uuid4()),
        "name": None,
        "precedence": precedence,
        "SOMID": "Local" if gpo.is_local else "DC=corp,DC=example",
        **own,
    }
    return Instance(class_name, "id", dict(sorted(properties.items(), key=lambda item: item[0].lower())))


def _options(rsop: Rsop) -> list[Instance]:
    return [
        _setting(
            rsop,
            "RSOP_RegistryValue",
            precedence,
            gpo,
            {
                "Path": f"MACHINE\\{path}",
                "Type": int(value.type),
                "Data": _text(value),
                "ErrorCode": 0,
                "Status": rsop.logging.status,
            },
        )
        for precedence, gpo, path, value in rsop.settings("security_options")
        if value is not None  # the format of security templates can't say so
    ]


def _templates(rsop: Rsop) -> list[Instance]:
    return [
        _setting(
            rsop,
            "RSOP_RegistryPolicySetting",
            precedence,
            gpo,
            {
                "registryKey": path.rpartition("\\")[0],
                "valueName": path.rpartition("\\")[2],
                "name": path.rpartition("\\")[2],
                "valueType": int(value.type) if value else 0,
                "value": tuple(map(str, _octets(value))) if value else None,
                "deleted": value is None,
                "command": "" if value else "DELETEVALUES",
            },
        )
        for precedence, gpo, path, value in rsop.settings("administrative_templates")
    ]


def _text(value: RegistryValue) -> str:
    """As in a security template: a number bare, a text in quotes."""
    return f'"{value.data}"' if isinstance(value.data, str) else str(value.data)


def _octets(value: RegistryValue) -> bytes:
    if isinstance(value.data, int):
        return pack("<I" if value.type is RegistryType.REG_DWORD else "<Q", value.data)
    return value.data if isinstance(value.data, bytes) else f"{value.data}\0".encode("utf-16-le")


def _gpos(rsop: Rsop) -> list[Instance]:
    return [
        Instance(
            "RSOP_GPO",
            "id",
            {
                "accessDenied": False,
                "enabled": True,
                "fileSystemPath": None,
                "filterAllowed": True,
                "filterId": None,
                "guidName": gpo.guid if gpo.is_local else f"{{{gpo.guid}}}",
                "id": gpo.path,
                "name": gpo.name,
                "version": 65537,
            },
        )
        for gpo in rsop.gpos
    ]


def _extensions(rsop: Rsop) -> list[Instance]:
    """The core runs wherever policy is applied, an extension where an object has settings for it."""
    if not rsop.gpos:
        return []
    of: dict[Source, tuple[str, str]] = {"security_options": _SECURITY, "administrative_templates": _REGISTRY}
    used = [of[source] for source in of if any(gpo.settings[source] for gpo in rsop.gpos)]
    return [_extension(rsop, *extension) for extension in (_CORE, *used)]


def _extension(rsop: Rsop, guid: str, name: str) -> Instance:
    security = guid == _SECURITY[0]
    return Instance(
        "RSOP_ExtensionStatus",
        "extensionGuid",
        {
            "beginTime": _logged(rsop) - timedelta(seconds=2),
            "displayName": name,
            "endTime": _logged(rsop),
            "error": rsop.logging.error if security else 0,
            "extensionGuid": f"{{{guid}}}",
            "loggingStatus": rsop.logging.logging_status if security else 1,
        },
    )
