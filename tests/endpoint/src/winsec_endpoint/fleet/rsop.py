# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`rsop:` in fleet.yml: the policy that a host has applied last, as its Group Policy client has logged it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ..registry import form as registry_form
from ..registry.interface import RegistryValue
from .options import OptionError, expect_mapping, read_options, refuse_unknown

Source = Literal["security_options", "administrative_templates"]
SOURCES: tuple[Source, ...] = ("security_options", "administrative_templates")
_LOCAL = "LocalGPO"
_DOMAIN = "DC=corp,DC=example"


@dataclass(frozen=True)
class Logging:
    """The plain keys. By default the namespace is there and nothing is in it, as before policy was ever applied."""

    namespace: Literal["served", "denied", "missing"] = "served"
    # How long ago policy was applied. Far back is what a host looks like whose logging was turned off since.
    hours_ago: float = 1
    # Of the security extension: RSOP_ExtensionStatus.loggingStatus and error, RSOP_SecuritySettings.Status.
    logging_status: Literal[1, 2, 3] = 1
    error: int = 0
    status: Literal[0, 1, 3] = 1
    # base: instances without the properties of their own class, which MS-WSMV 3.1.4.1.27 allows a service.
    properties: Literal["derived", "base"] = "derived"


class Gpo(NamedTuple):
    """A Group Policy object and what it sets: by path, None where it removes a value."""

    name: str
    guid: str
    settings: Mapping[Source, Mapping[str, RegistryValue | None]]

    @property
    def is_local(self) -> bool:
        return self.guid == _LOCAL

    @property
    def path(self) -> str:
        """RSOP_GPO.id; Assumed: its case, which differs from that of GPOID in reports of users."""
        return _LOCAL if self.is_local else f"cn={{{self.guid.lower()}}},cn=policies,cn=system,{_DOMAIN}"

    @property
    def gpoid(self) -> str:
        """GPOID of a setting."""
        return _LOCAL if self.is_local else f"CN={{{self.guid}}},CN=POLICIES,CN=SYSTEM,{_DOMAIN}"


class Rsop(NamedTuple):
    """The log. Of two objects that set the same value, the first has won."""

    logging: Logging = Logging()
    gpos: tuple[Gpo, ...] = ()

    def settings(self, source: Source) -> Iterator[tuple[int, Gpo, str, RegistryValue | None]]:
        """Precedence, object, path and value of each setting."""
        met: dict[str, int] = {}
        for gpo in self.gpos:
            for path, value in gpo.settings[source].items():
                met[path.lower()] = met.get(path.lower(), 0) + 1
                yield met[path.lower()], gpo, path, value


def read(form: Mapping[str, Any], where: str) -> Rsop:
    plain = {name: value for name, value in form.items() if name != "gpos"}
    gpos = form.get("gpos") or []
    if not isinstance(gpos, list):
        raise OptionError(f"{where}.gpos: expected a list, the winner first, got {gpos!r}")
    return Rsop(read_options(Logging, plain, where), tuple(_gpo(given, f"{where}.gpos") for given in gpos))


def _gpo(form: object, where: str) -> Gpo:
    given = expect_mapping(form, where)
    refuse_unknown(given, ("name", "guid", *SOURCES), where)
    name = str(given.get("name") or _LOCAL)
    guid = _LOCAL if name == _LOCAL else _guid(str(given.get("guid") or uuid.uuid5(uuid.NAMESPACE_DNS, name)), where)
    shown = "Local Group Policy" if name == _LOCAL else name
    return Gpo(shown, guid, {source: _settings(given.get(source), f"{where}.{name}.{source}") for source in SOURCES})


def _guid(text: str, where: str) -> str:
    try:
        return str(uuid.UUID(text)).upper()
    except ValueError as error:
        raise OptionError(f"{where}.guid: {text!r} is no GUID") from error


def _settings(form: object, where: str) -> dict[str, RegistryValue | None]:
    given = expect_mapping(form or {}, where)
    return {
        str(path): None if value is None else registry_form.parse_value(value, f"{where}.{path}")
        for path, value in given.items()
    }
