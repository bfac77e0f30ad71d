# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The list of client-side extensions of a GPO, gPCMachineExtensionNames: one entry added, none lost. Pure.

Form: ``[{extension}{tool}...]...``, by ascending extension, in each group by ascending tool (MS-GPOL 2.2.4, 3.2.1.24).
An extension sees a GPO only if it is named here (3.2.5.1.10).
"""

from __future__ import annotations

import re
import typing as t

from .._names import GUID, SECURITY_EXTENSION
from .errors import GroupPolicyError

#: The client-side extension for security settings, and the tool that edits them for computers (MS-GPSB 1.9).
SECURITY: t.Final = f"{{{SECURITY_EXTENSION}}}"
SECURITY_TOOL: t.Final = "{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}"

_GUID = re.compile(rf"\{{{GUID}\}}")
_GROUP = re.compile(rf"\[((?:{_GUID.pattern})+)\]")
_LIST = re.compile(rf"(?:{_GROUP.pattern})*")

#: By extension, its tools. Compared in upper case, kept as they were found.
_Groups: t.TypeAlias = "dict[str, dict[str, str]]"


def with_security(names: str | None) -> str:
    """Name the extension for security settings. A list that does so in order stays as it is.

    Raises:
        GroupPolicyError: the list has another form.
    """
    groups = _groups(names or "")
    _name(groups, SECURITY, SECURITY)
    _name(groups, SECURITY, SECURITY_TOOL)
    return _written(groups)


def names_security(names: str | None) -> bool:
    """Whether the extension and its tool are named, in a list that a client reads to its end."""
    return bool(names) and with_security(names) == names


def names_extension(names: str | None) -> bool | None:
    """Whether clients run the extension for a GPO: whether a group begins with it, whatever its tools are.

    None is unknown: the list is not in order, and a client may stop reading before the extension (MS-GPOL 3.2.5.1.10).

    Raises:
        GroupPolicyError: the list has another form.
    """
    _require_list(names or "")
    extensions = [_GUID.findall(group)[0].upper() for group in _GROUP.findall(names or "")]
    if SECURITY not in extensions:
        return False
    return True if extensions == sorted(extensions) else None


def _require_list(names: str) -> None:
    if not _LIST.fullmatch(names.strip()):
        raise GroupPolicyError(
            f"gPCMachineExtensionNames is not a list of extensions: {names[:200]!r}",
            "Open the GPO in the Group Policy Management Editor and save a setting for computers, or restore a backup "
            "of the GPO.",
        )


def _groups(names: str) -> _Groups:
    _require_list(names)
    groups: _Groups = {}
    for group in _GROUP.findall(names):
        guids = _GUID.findall(group)
        for guid in guids:
            _name(groups, guids[0], guid)
    return groups


def _name(groups: _Groups, extension: str, guid: str) -> None:
    """Name a tool, or the extension itself, whose spelling is kept like that of a tool."""
    groups.setdefault(extension.upper(), {}).setdefault(guid.upper(), guid)


def _written(groups: _Groups) -> str:
    return "".join(f"[{''.join(_in_order(extension, guids))}]" for extension, guids in sorted(groups.items()))


def _in_order(extension: str, guids: dict[str, str]) -> t.Iterator[str]:
    yield guids[extension]
    yield from (guid for upper, guid in sorted(guids.items()) if upper != extension)
