# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A GPO as it is stored: what tests look at and change past the module."""

from __future__ import annotations

import re
import shutil
import tempfile
import typing as t
from pathlib import Path

import ldap
import smbclient

from .samba import ADMINISTRATOR, BASE, DOMAIN, PASSWORD, DomainController

OURS = "[{827D319E-6EAC-11D2-A4EA-00C04F79F83A}{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}]"
#: Groups of others: that of Registry.pol, the one of Preferences, and one with two tools.
REGISTRY = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"
ZERO = "[{00000000-0000-0000-0000-000000000000}{79F92669-4224-476C-9C5C-6EFB4D87DF4A}]"
THREE = (
    "[{B1BE8D72-6EAC-11D2-A4EA-00C04F79F83A}{53D6AB1B-2488-11D1-A28C-00C04FB94F17}"
    "{53D6AB1D-2488-11D1-A28C-00C04FB94F17}]"
)


def template(*lines: str) -> bytes:
    """A template as Windows writes it, with registry values."""
    preamble = ["[Unicode]", "Unicode=yes", "[Version]", 'signature="$CHICAGO$"', "Revision=1", "[Registry Values]"]
    return "".join(f"{line}\r\n" for line in ["\ufeff" + preamble[0], *preamble[1:], *lines]).encode("utf-16-le")


class Policy(t.NamedTuple):
    controller: DomainController
    guid: str

    @property
    def folder(self) -> Path:
        return self.controller.policies / self.guid

    @property
    def dn(self) -> str:
        return f"CN={self.guid},CN=Policies,CN=System,{BASE}"

    @property
    def template(self) -> Path:
        """The template, in whatever case its path is written."""
        wanted = ("machine", "microsoft", "windows nt", "secedit", "gpttmpl.inf")
        folder = self.folder
        for name in wanted:
            found = [entry for entry in folder.iterdir() if entry.name.lower() == name] if folder.is_dir() else []
            folder = found[0] if found else folder / name
        return folder

    @property
    def gpt_ini(self) -> Path:
        return self.folder / "GPT.INI"

    @property
    def share(self) -> str:
        """Its folder as an editor on another host names it."""
        address = self.controller.address
        smbclient.register_session(address, username=ADMINISTRATOR, password=PASSWORD, auth_protocol="ntlm")
        return rf"\\{address}\sysvol\{DOMAIN}\Policies\{self.guid}"

    def put(self, template: bytes) -> None:
        """Store a template, as an editor did long ago: over SMB, so that it gets the permissions of its folder."""
        folder = rf"{self.share}\Machine\Microsoft\Windows NT\SecEdit"
        smbclient.makedirs(folder, exist_ok=True)
        with smbclient.open_file(rf"{folder}\GptTmpl.inf", mode="wb") as file:
            file.write(template)
        self.gpt_ini.touch()

    def opened(self) -> t.ContextManager[t.Any]:
        """The template, open for writing in an editor."""
        path = rf"{self.share}\Machine\Microsoft\Windows NT\SecEdit\GptTmpl.inf"
        return smbclient.open_file(path, mode="r+b", share_access="r")  # type: ignore[no-any-return]  # no types

    def empty(self) -> None:
        """Remove all that an editor has stored for computers."""
        for found in (self.folder / "Machine").iterdir():
            shutil.rmtree(found)

    def attributes(self) -> dict[str, str]:
        """Return the attributes in the directory that a change may change, and the flags."""
        names = ["versionNumber", "gPCMachineExtensionNames", "flags"]
        ((_dn, found),) = self.controller.directory.search_s(self.dn, ldap.SCOPE_BASE, attrlist=names)
        return {name: values[0].decode() for name, values in found.items()}

    def set(self, **attributes: str) -> None:
        """Change attributes in the directory; an empty one is removed."""
        changes = [(ldap.MOD_REPLACE, name, [value.encode()] if value else []) for name, value in attributes.items()]
        self.controller.directory.modify_s(self.dn, changes)

    def state(self) -> tuple[t.Any, ...]:
        """All that a change can change, to compare."""
        files = {
            str(file.relative_to(self.folder)): file.read_bytes() for file in self.folder.rglob("*") if file.is_file()
        }
        folders = sorted(str(each.relative_to(self.folder)) for each in self.folder.rglob("*") if each.is_dir())
        return files, folders, self.attributes()

    def exported(self) -> str:
        """Return the result of an independent reader: samba-tool reads the template for a backup, as XML."""
        with tempfile.TemporaryDirectory(dir=self.controller.folder) as target:
            self.controller.tool_by_ldap("gpo", "backup", self.guid, f"--tmpdir={target}")
            (xml,) = Path(target).rglob("GptTmpl.inf.xml")
            return xml.read_text(encoding="utf-16-le")


def new_policy(controller: DomainController, name: str) -> Policy:
    said = controller.tool_by_ldap("gpo", "create", name)
    return Policy(controller, re.findall(r"\{[0-9A-F-]{36}\}", said)[0])
