# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The changes that bring a GPO into the desired state. Pure: it contacts nothing."""

from __future__ import annotations

import datetime
import typing as t

from . import gpt_ini
from .errors import GroupPolicyError
from .extensions import names_security, with_security
from .ini_text import IniText
from .settings import Said, Setting, Wanted
from .template import edited, lacks_version, read, said, write
from .versions import Versions, from_directory

#: The two GPOs that every domain has (MS-GPOD 1.1.4.1): a mistake in them can lock out everybody.
DEFAULT_POLICIES: t.Final = {
    "{31B2F340-016D-11D2-945F-00C04FB984F9}": "Default Domain Policy",
    "{6AC1786C-016F-11D2-945F-00C04FB984F9}": "Default Domain Controllers Policy",
}
_COMPUTER_DISABLED: t.Final = 2


class Gpo(t.NamedTuple):
    """The object of a GPO in the directory, its "container": attributes of groupPolicyContainer (MS-ADSC 2.66).

    ``path`` is that of its folder in SYSVOL, below the share. ``version`` and ``extensions`` are None where absent.
    """

    dn: str
    guid: str
    name: str
    path: str
    version: int | None
    extensions: str | None
    flags: int = 0
    wmi_filter: str | None = None

    @property
    def computer_enabled(self) -> bool:
        """Whether hosts apply what it says about computers: flag 2 is not set (MS-GPOL 2.2.2)."""
        return not self.flags & _COMPUTER_DISABLED


class File(t.NamedTuple):
    """A file of a GPO: its bytes, and when it was last written. None and None where there is no file."""

    data: bytes | None
    written: datetime.datetime | None


class Found(t.NamedTuple):
    """All of a GPO that is read before a change."""

    gpo: Gpo
    template: File
    gpt_ini: File

    @property
    def text(self) -> IniText:
        return read(self.template.data)

    @property
    def versions(self) -> Versions:
        return Versions(from_directory(self.gpo.version), gpt_ini.version(self.gpt_ini.data))

    @property
    def settings(self) -> dict[Setting, Said]:
        return said(self.text)

    @property
    def is_announced(self) -> bool:
        """Whether GPT.INI was written after the template. If not, no version tells hosts of what the template says."""
        template, version = self.template.written, self.gpt_ini.written
        return template is None or version is None or template <= version


class Plan(t.NamedTuple):
    """The new content of a GPO. A part that stays the same is the part that was found."""

    found: Found
    template: bytes | None
    settings: dict[Setting, Said]
    extensions: str | None
    versions: Versions
    warnings: list[str]

    @property
    def writes_template(self) -> bool:
        return self.template != self.found.template.data

    @property
    def changes_container(self) -> bool:
        found = self.found
        return self.versions.container != found.versions.container or self.extensions != found.gpo.extensions

    @property
    def changed(self) -> bool:
        """Whether anything changes: each edit raises both versions."""
        return self.versions != self.found.versions


def plan(found: Found, wanted: t.Mapping[Setting, Wanted], *, allow_version_mismatch: bool) -> Plan:
    """Decide what has to change.

    Raises:
        GroupPolicyError: what was found is damaged, or the versions disagree in a way that no interrupted run leaves.
    """
    before = found.text
    text = edited(before, wanted)
    template = found.template.data if text == before else write(text)
    settings = said(text)
    extensions = _extensions(found.gpo.extensions, settings)
    is_edit = template != found.template.data or extensions != found.gpo.extensions
    versions = _versions(found, is_edit, allow_version_mismatch)
    return Plan(found, template, settings, extensions, versions, list(_warnings(found, text, settings, versions)))


def _extensions(names: str | None, settings: dict[Setting, Said]) -> str | None:
    """A GPO that says something has to name the extension. One that no longer does may say something else with it."""
    if set(settings.values()) == {"not_defined"} or names_security(names):
        return names
    return with_security(names)


def _versions(found: Found, is_edit: bool, allow_version_mismatch: bool) -> Versions:
    """Raise the versions for an edit, and finish what an interrupted run has left.

    That run has either not raised a version, so that no host has fetched its template, or raised one of the two.
    """
    versions = found.versions
    if versions.relation == "same":
        return versions.raised() if is_edit or not found.is_announced else versions
    if versions.relation == "one ahead" and not is_edit:
        return versions.aligned()
    if allow_version_mismatch:
        return versions.raised()
    if not is_edit:
        return versions
    raise GroupPolicyError(
        f"The versions of the GPO disagree: {_named(versions)}",
        "Somebody may be editing it, or SYSVOL is not replicated yet: wait and run the task again. If it stays like "
        "that, allow_version_mismatch raises both beyond the later one. Nothing was changed.",
    )


def _warnings(found: Found, text: IniText, settings: dict[Setting, Said], after: Versions) -> t.Iterator[str]:
    if not found.gpo.computer_enabled:
        yield "The computer settings of the GPO are disabled: no host applies what it says. This was left as it is."
    if after.relation != "same":
        yield f"The versions of the GPO disagree: {_named(found.versions)}. They were left, as nothing had to change."
    if lacks_version(text) and set(settings.values()) != {"not_defined"}:
        yield "The template has no section [Version]: Windows may not read it."
    for setting, state in settings.items():
        if state == "invalid":
            yield f"What the GPO says about {setting} is invalid: a type or number that Microsoft does not document."
    removed = [setting for setting, state in found.settings.items() if state != settings[setting] == "not_defined"]
    if removed:
        yield (
            f"The GPO no longer defines {' and '.join(removed)}. Hosts that have applied it may keep the value in "
            "their registry: set it there if it has to go."
        )


def _named(versions: Versions) -> str:
    return f"{versions.container} in the directory, {versions.file} in GPT.INI"
