# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A GPO as it is stored: what tests look at and change past the module."""

from __future__ import annotations

import re
import subprocess
import typing as t
from pathlib import Path

from .samba import BASE, DomainController

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

    def put(self, template: bytes) -> None:
        """Store a template, as an editor did long ago."""
        folder = self.folder / "Machine" / "Microsoft" / "Windows NT" / "SecEdit"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "GptTmpl.inf").write_bytes(template)
        self.gpt_ini.touch()

    def attributes(self) -> dict[str, str]:
        """Return the attributes in the directory, read from its database."""
        found = self._ldb(
            "ldbsearch", "-b", self.dn, "-s", "base", "versionNumber", "gPCMachineExtensionNames", "flags"
        )
        return dict(re.findall(r"^(\w+): (.*)$", found.replace("\n ", ""), re.MULTILINE))

    def set(self, **attributes: str) -> None:
        """Change attributes in the database; an empty one is removed."""
        lines = [f"dn: {self.dn}", "changetype: modify"]
        for name, value in attributes.items():
            lines += [f"replace: {name}", *([f"{name}: {value}"] if value else []), "-"]
        self._ldb("ldbmodify", given="\n".join([*lines, ""]))

    def state(self) -> tuple[t.Any, ...]:
        """All that a change can change, to compare."""
        files = {
            str(file.relative_to(self.folder)): file.read_bytes() for file in self.folder.rglob("*") if file.is_file()
        }
        folders = sorted(str(each.relative_to(self.folder)) for each in self.folder.rglob("*") if each.is_dir())
        return files, folders, self.attributes()

    def exported(self) -> str:
        """Return the result of an independent reader: samba-tool reads the template for a backup, as XML."""
        target = self.controller.folder / f"backup-{self.guid}"
        target.mkdir(exist_ok=True)
        self.controller.tool_by_ldap("gpo", "backup", self.guid, f"--tmpdir={target}")
        (xml,) = target.rglob("GptTmpl.inf.xml")
        return xml.read_text(encoding="utf-16-le")

    def _ldb(self, tool: str, *arguments: str, given: str = "") -> str:
        database = str(self.controller.folder / "private" / "sam.ldb")
        done = subprocess.run(
            [tool, "-H", database, *arguments], input=given, capture_output=True, text=True, check=True
        )
        return done.stdout


def new_policy(controller: DomainController, name: str) -> Policy:
    said = controller.tool_by_ldap("gpo", "create", name)
    return Policy(controller, re.findall(r"\{[0-9A-F-]{36}\}", said)[0])
