# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Texts of a host, made safe to show: they can't steer a terminal, hide in a text, or fill a log. Pure.

Whoever knows a secret masks it first, in the whole text: of one that is cut in two, half would be left.
"""

from __future__ import annotations

import re
import typing as t

#: Takes the secrets out of a text.
Mask: t.TypeAlias = t.Callable[[str], str]

#: Characters of a sentence that quotes a host.
_MAX_WORDS: t.Final = 500

#: White space of one line or between lines. Of the rest, such as U+2028 and U+0085, each is a control character.
_BLANKS: t.Final = re.compile(r"[^\S\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")

#: What has neither a form nor a width, though Python calls it printable (Unicode, Default_Ignorable_Code_Point).
_INVISIBLE: t.Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def visible(text: str) -> str:
    r"""The text with a name such as ``\x9b`` or ``\u202e`` for each character that can't be seen.

    Those are control characters, marks of direction, characters without width, separators of lines and paragraphs,
    halves of a surrogate pair, and what Unicode has not assigned.
    """
    if text.isprintable() and not _INVISIBLE.search(text):
        return text
    return "".join(_named(character) for character in text)


def _named(character: str) -> str:
    if character.isprintable() and not _INVISIBLE.match(character):
        return character
    return character.encode("unicode_escape").decode()


def shown(text: str, limit: int = _MAX_WORDS) -> str:
    """The text in one line, visible, and cut where it is longer than ``limit`` characters."""
    seen = visible(_BLANKS.sub(" ", text).strip(" ")[: limit + 1])
    return seen if len(seen) <= limit else f"{seen[:limit]}..."
