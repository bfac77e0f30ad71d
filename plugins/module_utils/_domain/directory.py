# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The directory of a domain over LDAP: finding GPOs and links, and changing a GPO in one step."""

from __future__ import annotations

import re
import typing as t

from .._group_policy.edit import Directory as DirectoryInterface
from .._group_policy.errors import ChangedMeanwhile, GroupPolicyError
from .._group_policy.links import Container, container
from .._group_policy.plan import Gpo
from .._names import GUID
from .._texts import shown
from .ldap_session import LdapSession, Record

try:
    import ldap
    import ldap.dn
    import ldap.filter
except ImportError:
    pass  # libraries.py says so before this is used

_ATTRIBUTES: t.Final = (
    "displayName",
    "gPCFileSysPath",
    "flags",
    "gPCWQLFilter",
    "versionNumber",
    "gPCMachineExtensionNames",
)
_CHANGED_BY_A_RUN: t.Final = {"versionnumber", "gpcmachineextensionnames"}
_LINKS: t.Final = ("gPLink", "gPOptions")
_GUID = re.compile(rf"\{{?({GUID})\}}?")


class GpoKey(t.NamedTuple):
    """How a GPO is named: the attribute that identifies it, and its value."""

    attribute: t.Literal["cn", "displayName"]
    value: str


def guid_or_name(gpo: str) -> GpoKey:
    """A GUID in the form of the directory, or the name of a GPO as it is."""
    match = _GUID.fullmatch(gpo.strip())
    return GpoKey("cn", f"{{{match[1].upper()}}}") if match else GpoKey("displayName", gpo)


class Directory(DirectoryInterface):
    """The GPOs of a directory. Attributes: MS-ADSC 2.66, MS-GPOL 2.2.2 and 2.2.4."""

    def __init__(self, session: LdapSession) -> None:
        self._session = session
        root = session.base("", ("defaultNamingContext", "configurationNamingContext", "dnsHostName"))
        self._domain = root.text("defaultNamingContext") or ""
        self._configuration = root.text("configurationNamingContext") or ""
        #: The name of the domain, and that of the domain controller as it gives it.
        self.domain = ".".join(ldap.dn.explode_dn(self._domain, notypes=True))
        self.server = root.text("dnsHostName")

    def find(self, key: GpoKey) -> Gpo:
        """Find a GPO by its GUID, or by a name that only one has.

        Raises:
            GroupPolicyError: there is none, or there are several, or it has no folder of its own.
        """
        attribute, gpo = key
        found = self._gpos(f"({attribute}={ldap.filter.escape_filter_chars(gpo)})")
        if len(found) == 1:
            self.require_own_folder(found[0])
            return found[0]
        if found:
            guids = ", ".join(sorted(each.guid for each in found))
            raise GroupPolicyError(f"Several GPOs have the name {gpo}: {guids}", "Name one by its GUID.")
        raise GroupPolicyError(
            f"The domain {self.domain} has no GPO {gpo}",
            "Check the name or the GUID. This module creates no GPO, and one that the user may not read is not found.",
        )

    def all(self) -> list[Gpo]:
        """All GPOs of the domain."""
        return self._gpos("(objectClass=groupPolicyContainer)")

    def read(self, dn: str) -> Gpo:
        gpo = _gpo(self._session.base(dn, _ATTRIBUTES))
        self.require_own_folder(gpo)
        return gpo

    def require_own_folder(self, gpo: Gpo) -> None:
        """Refuse a GPO whose object points at the folder of another one, which would be read and changed in its place.

        Raises:
            GroupPolicyError: its folder is not domain\\Policies\\GUID (MS-GPOL 2.2.2).
        """
        if gpo.path.lower() != rf"{self.domain}\policies\{gpo.guid}".lower():
            raise GroupPolicyError(
                f"The GPO {gpo.guid} has no folder of its own in SYSVOL: gPCFileSysPath is {shown(gpo.path)!r}",
                "Look at who has changed its object, and restore it from a backup. Nothing was changed.",
            )

    def swap(self, gpo: Gpo, version: int, extensions: str | None) -> None:
        """One modification that fails as a whole if version or extensions are no longer what was read."""
        number = "versionNumber"
        changes = [] if gpo.version is None else [(ldap.MOD_DELETE, number, [b"%d" % gpo.version])]
        changes.append((ldap.MOD_ADD, number, [b"%d" % version]))
        if extensions is not None and extensions != gpo.extensions:
            name = "gPCMachineExtensionNames"
            if gpo.extensions is not None:
                changes.append((ldap.MOD_DELETE, name, [gpo.extensions.encode()]))
            changes.append((ldap.MOD_ADD, name, [extensions.encode()]))
        try:
            self._session.modify(gpo.dn, changes)
        except (ldap.NO_SUCH_ATTRIBUTE, ldap.TYPE_OR_VALUE_EXISTS, ldap.CONSTRAINT_VIOLATION):
            raise ChangedMeanwhile(
                f"Somebody else has changed the GPO {gpo.guid} at the same moment",
                "Look at the GPO, and run the task again. Nothing was changed.",
            ) from None

    def require_writable(self, gpo: Gpo) -> None:
        """Refuse a GPO of which the user may not change the version.

        Raises:
            GroupPolicyError: so says the directory, by the attribute allowedAttributesEffective (MS-ADTS 3.1.1.4.5.20).
        """
        record = self._session.base(gpo.dn, ("allowedAttributesEffective",))
        allowed = {name.lower() for name in record.texts("allowedAttributesEffective")}
        if not allowed >= _CHANGED_BY_A_RUN:
            raise GroupPolicyError(
                f"The user may not change the GPO {gpo.guid}",
                "Give the user the permission to edit it, in the Group Policy Management Console under Delegation. "
                "Nothing was changed.",
            )

    def links(self, guid: str = "") -> list[Container]:
        """Each domain, organizational unit and site that has links to a GPO, or to any, or that blocks inheritance."""
        wanted = f"(gPLink=*{ldap.filter.escape_filter_chars(guid)}*)" if guid else "(|(gPLink=*)(gPOptions=1))"
        records = self._session.search(self._domain, wanted, _LINKS)
        records += self._session.search(f"CN=Sites,{self._configuration}", wanted, _LINKS)
        return [container(each.dn, each.text("gPLink"), each.number("gPOptions")) for each in records]

    def place(self, dn: str) -> str:
        """The DN of a place in the domain, as the directory writes it.

        Raises:
            GroupPolicyError: there is no such place.
        """
        return self._session.base(dn, ("distinguishedName",)).text("distinguishedName") or dn

    def _gpos(self, matching: str) -> list[Gpo]:
        base = f"CN=Policies,CN=System,{self._domain}"
        wanted = f"(&(objectClass=groupPolicyContainer){matching})"
        return [_gpo(record) for record in self._session.search(base, wanted, _ATTRIBUTES)]


def _gpo(record: Record) -> Gpo:
    path = record.text("gPCFileSysPath") or ""
    guid = ldap.dn.explode_dn(record.dn, notypes=True)[0]
    _server, _share, folder = (*path.lstrip("\\").split("\\", 2), "", "")[:3]
    return Gpo(
        record.dn,
        guid,
        record.text("displayName") or "",
        folder,
        record.number("versionNumber"),
        record.text("gPCMachineExtensionNames"),
        record.number("flags") or 0,
        record.text("gPCWQLFilter"),
    )
