# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Texts of hosts and inventories, for people: nothing in them can hide or reorder what is around them. Pure."""

from __future__ import annotations

import re
import unicodedata

#: Control and format characters, among them those that turn the direction of writing; half characters, unassigned
#: and private ones. Unicode, "General Category".
_HIDDEN = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
_PLAIN = re.compile(r"[ -~]*")


def visible(text: str) -> str:
    """The text in one line, with an escape such as ``\\u202e`` for each character that can't be seen."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(map(_escaped, " ".join(text.split())))


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
