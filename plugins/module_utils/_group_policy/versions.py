# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The version of a GPO, which is stored twice: in the container and in GPT.INI. Pure.

The high 16 bits count changes for users, the low 16 bits those for computers. The number of computers is raised in both
places, and 0 is left out when it wraps (MS-GPOL 3.3.4.5). A client compares for equality, not for order (3.2.1.1).
"""

from __future__ import annotations

import typing as t

_HALF = 0xFFFF
_SIGN = 2**31


class Versions(t.NamedTuple):
    """The version in the container, and that in GPT.INI: numbers of 32 bits."""

    container: int
    file: int

    @property
    def relation(self) -> t.Literal["same", "one ahead", "different"]:
        """How they agree. One ahead: computers alone, by one change, in either place."""
        if self.container == self.file:
            return "same"
        (ours, theirs), same_user = (computer_half(self.container), computer_half(self.file)), _user(*self)
        is_next = successor(ours) == theirs or successor(theirs) == ours
        return "one ahead" if same_user and is_next else "different"

    @property
    def later(self) -> int:
        """The computer half of whichever is later. After a wrap that is the lesser number."""
        ours, theirs = computer_half(self.container), computer_half(self.file)
        if successor(ours) == theirs:
            return theirs
        return ours if successor(theirs) == ours else max(ours, theirs)

    def raised(self) -> Versions:
        """Both after one more change for computers. The half for users stays as it is in each."""
        return self._both(successor(self.later))

    def aligned(self) -> Versions:
        """Both with the later computer half: what an interrupted change wanted to reach."""
        return self._both(self.later)

    def _both(self, computers: int) -> Versions:
        return Versions(*(number & ~_HALF | computers for number in self))


def successor(computers: int) -> int:
    """The computer half after a change."""
    return (computers + 1) & _HALF or 1


def computer_half(version: int) -> int:
    return version & _HALF


def from_directory(value: int | None) -> int:
    """The attribute versionNumber as 32 bits. The directory stores a signed number, and none for a new GPO."""
    return (value or 0) & 0xFFFFFFFF


def to_directory(version: int) -> int:
    """The signed number of 32 bits that the directory accepts for an Integer (MS-ADTS 3.1.1.2.2.2)."""
    return version - 2**32 if version >= _SIGN else version


def _user(container: int, file: int) -> bool:
    return container >> 16 == file >> 16
