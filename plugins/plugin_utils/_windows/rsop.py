# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The Resultant Set of Policy of a host (RSoP, logging mode), read through WMI. Knows no policy.

Windows logs there which policy it has applied to the computer. Sources, all at learn.microsoft.com: the classes
RSOP_PolicySetting (aa375042), RSOP_RegistryPolicySetting, RSOP_SecuritySettings (aa375066) and RSOP_RegistryValue
(aa375052), which derive from each other, RSOP_GPO (aa374918) and RSOP_ExtensionStatus (aa374901). The namespace
root/rsop/computer over WS-Management was not verified on a real host.
"""

from __future__ import annotations

import datetime
import re
import typing as t

from ...module_utils._texts import Mask, shown
from .._wsman.responses import unsigned
from .._wsman.session import Session
from .applied_policy import Extension, Gpo, PolicyEntries, PolicyEntry
from .host import NotUnderstood
from .registry import Data, RegistryValue, ValueName, type_name
from .wmi_errors import as_host_error

Item: t.TypeAlias = "t.Mapping[str, str | None]"

_NAMESPACE: t.Final = "root/rsop/computer"

#: A query names one class, and instances of those derived from it are returned with it, each with all of its own
#: properties; __CLASS tells them apart (MS-WMI 2.2.1.1; learn.microsoft.com, "__CLASS Identifier" and, for instances
#: over WS-Management, "Enumeration Constants": deep is the default). So one query finds both kinds of policy. Of the
#: administrative templates, which are many and large, only those are asked for whose name ends like that of a value:
#: scripts that run on real hosts find them by it (Microsoft's troubleshooting packs for Internet Explorer).
_ENTRIES: t.Final = 'SELECT * FROM RSOP_PolicySetting WHERE __CLASS = "RSOP_RegistryValue"'
_OF_TEMPLATE: t.Final = ' OR name LIKE "%{}"'
_GPOS: t.Final = "SELECT id, name FROM RSOP_GPO"
_EXTENSIONS: t.Final = "SELECT extensionGuid, endTime, loggingStatus, error FROM RSOP_ExtensionStatus"

_NOWHERE: t.Final = ("", "")
_HIVES: t.Final = ("machine\\", "hkey_local_machine\\", "hklm\\")
#: Data is text, as in a security template: "1", quoted or not, or after its type (MS-GPSB 2.2.5).
_DWORD_TEXT: t.Final = re.compile(r"(?:4\s*,\s*)?([0-9]{1,10})", re.ASCII)
_DATETIME: t.Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))?", re.ASCII
)

_REG_SZ: t.Final = (1, 2)
_REG_DWORD: t.Final = 4
_REG_QWORD: t.Final = 11


class Rsop:
    """PolicyLog over the WMI classes of RSoP, and over StdRegProv for what is in the registry."""

    def __init__(self, session: Session, value_names: t.Callable[[str], frozenset[str]], mask: Mask = str) -> None:
        self._session = session
        self._value_names = value_names
        self._mask = mask

    def entries(self, names: t.Sequence[ValueName]) -> PolicyEntries:
        wql = _ENTRIES + "".join(_OF_TEMPLATE.format(name.name) for name in names)
        items = self._query(wql, "reading what Group Policy sets")
        if any(_path_of(item) is None for item in items):
            raise NotUnderstood(
                "The host answered the query for what Group Policy sets with something else than such settings",
                "Look at them on the host: gpresult /h.",
            )
        by_path = {(_key(name.key), _folded(name.name)): name for name in names}
        found = ((by_path.get(_path_of(item) or _NOWHERE), item) for item in items)
        logged = (_time(item, "creationTime") for item in items if "Path" in item)
        return PolicyEntries(
            tuple(self._entry(name, item) for name, item in found if name is not None),
            max((time for time in logged if time is not None), default=None),
        )

    def gpos(self) -> tuple[Gpo, ...]:
        items = self._query(_GPOS, "reading the names of the Group Policy objects")
        return tuple(Gpo(self._shown(item, "id"), self._shown(item, "name")) for item in items)

    def extensions(self) -> tuple[Extension, ...]:
        items = self._query(_EXTENSIONS, "reading when Group Policy was applied")
        return tuple(
            Extension(
                self._shown(item, "extensionGuid"),
                _time(item, "endTime"),
                _number(item, "loggingStatus"),
                _number(item, "error"),
            )
            for item in items
        )

    def value_names(self, key: str) -> frozenset[str]:
        return self._value_names(key)

    def _query(self, wql: str, what: str) -> list[dict[str, str | None]]:
        with as_host_error(what, self._mask):
            return self._session.query(_NAMESPACE, wql)

    def _shown(self, item: Item, name: str) -> str:
        return shown(self._mask(_text(item, name)))

    def _entry(self, name: ValueName, item: Item) -> PolicyEntry:
        is_option = "Path" in item
        value = _option(item) if is_option else _template(item)
        return PolicyEntry(
            name,
            None if value is None else value.cleaned(self._mask),
            "security_option" if is_option else "administrative_template",
            _number(item, "precedence"),
            self._shown(item, "GPOID"),
            _time(item, "creationTime"),
            _number(item, "Status"),
            _number(item, "ErrorCode"),
        )


def _path_of(item: Item) -> tuple[str, str] | None:
    """The key below HKEY_LOCAL_MACHINE and the name of the value that a setting stores; None if it does not say.

    The name of a value may hold a backslash, or end with a blank: a setting of Registry.pol has it apart from its key.
    """
    path, key = item.get("Path"), item.get("registryKey")
    if path is not None:
        key, _backslash, name = path.strip('"').rpartition("\\")
    else:
        name = item.get("valueName") or ""
    return None if key is None else (_key(key), _folded(name))


def _key(key: str) -> str:
    """The name of the hive before a key, by which settings differ, has no meaning."""
    folded = _folded(key)
    for hive in _HIVES:
        folded = folded.removeprefix(hive)
    return folded.strip("\\")


def _folded(name: str) -> str:
    """Case has no meaning. Only that of ASCII: what Python folds to one of those letters is another name to Windows."""
    return name.lower() if name.isascii() else name


def _option(item: Item) -> RegistryValue:
    number = _number(item, "Type")
    text = _text(item, "Data").strip('"')
    data: Data = text if number in _REG_SZ else None
    if number == _REG_DWORD and (found := _DWORD_TEXT.fullmatch(text)):
        data = unsigned(found[1])
    return RegistryValue("unknown type" if number is None else type_name(number), data)


def _template(item: Item) -> RegistryValue | None:
    """A setting of Registry.pol. Its value is bytes, as the registry stores them (MS-GPREG 2.2.1)."""
    if _text(item, "deleted").casefold() in ("true", "1"):
        return None
    number = _number(item, "valueType")
    octets = [unsigned(text, bits=8) for text in _text(item, "value").split()]
    raw = bytes(octet for octet in octets if octet is not None)
    if number is None or len(raw) != len(octets):
        return RegistryValue("unknown type" if number is None else type_name(number), None)
    return RegistryValue(type_name(number), _decoded(number, raw))


def _decoded(number: int, raw: bytes) -> Data:
    if number in _REG_SZ:
        return raw.decode("utf-16-le", "replace").rstrip("\0")
    sizes = {_REG_DWORD: 4, _REG_QWORD: 8}
    return int.from_bytes(raw, "little") if len(raw) == sizes.get(number) else None


def _text(item: Item, name: str) -> str:
    return (item.get(name) or "").strip()


def _number(item: Item, name: str) -> int | None:
    return unsigned(item.get(name) or "")


def _time(item: Item, name: str) -> datetime.datetime | None:
    """A CIM datetime as WS-Management sends it: that of xs:dateTime, in UTC where it names no zone."""
    found = _DATETIME.fullmatch(_text(item, name))
    if found is None:
        return None
    offset = datetime.timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0))
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    try:
        local = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.timezone.utc)
        return local + offset if found[7] == "-" else local - offset
    except (ValueError, OverflowError):
        return None
