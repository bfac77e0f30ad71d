# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""GPT.INI, the file of a GPO that holds its version: one number of it read or changed. Pure.

Format: MS-GPOL 2.2.4 and 3.3.5.4. It holds more than the version, and names in any code page.
"""

from __future__ import annotations

import re
import typing as t

from .errors import GroupPolicyError
from .ini_text import ASCII_AND_BYTES, BLANK, RESTORE, IniText, decode, encode, header

FILE_NAME: t.Final = "GPT.INI"
_SECTION: t.Final = "general"
_VERSION = re.compile(r"([ \t]*version[ \t]*=[ \t]*)([^\r\n]*)", re.IGNORECASE | re.ASCII)
#: Both halves, 16 bits each.
_GREATEST = 2**32 - 1


def version(data: bytes | None) -> int:
    """The version in the file: 0 where there is no file or no version in it.

    Raises:
        GroupPolicyError: it is not a number of 32 bits.
    """
    found = _find(_read(data))
    if not found:
        return 0
    digits = found[1][2].rstrip(BLANK)
    if not re.fullmatch("[0-9]{1,10}", digits) or int(digits) > _GREATEST:
        raise GroupPolicyError(f"{FILE_NAME} is damaged: its version is not a number of 32 bits", RESTORE)
    return int(digits)


def with_version(data: bytes | None, number: int) -> bytes:
    """Change the version, and no other byte. What is missing around it is made."""
    text = _read(data)
    if found := _find(text):
        index, match = found
        line = text.lines[index]
        digits = len(match[2].rstrip(BLANK))
        return encode(text.replaced(index, f"{match[1]}{number}{line[match.start(2) + digits :]}"))
    for index, line in enumerate(text.lines):
        if header(line) == _SECTION:
            return encode(text.inserted_after(index, f"Version={number}"))
    return encode(text.appended("[General]", f"Version={number}"))


def _read(data: bytes | None) -> IniText:
    return decode(data, FILE_NAME) if data else IniText((), ASCII_AND_BYTES)


def _find(text: IniText) -> tuple[int, re.Match[str]] | None:
    """The first version in the section: the one that Windows' functions for INI files read."""
    for index, section, line in text.section_at():
        if section == _SECTION and (match := _VERSION.match(line)):
            return index, match
    return None
