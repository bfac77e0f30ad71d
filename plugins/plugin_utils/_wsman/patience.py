# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Trying again what a host has no room for at the moment."""

from __future__ import annotations

import random
import typing as t

from .faults import Fault

T = t.TypeVar("T")

#: How often something is tried, and seconds until the second time. Each later pause is twice as long, and each a little
#: longer or shorter, so that not all come again at once.
TRIES: t.Final = 3
_PAUSE: t.Final = 1.0


def patiently(
    attempt: t.Callable[[], T],
    wait_after: t.Callable[[Exception], float | None],
    pause: t.Callable[[float], bool],
    tries: int = TRIES,
) -> T:
    """Return what ``attempt`` returns, or raise what it raises the last time.

    ``wait_after`` tells how many seconds the host wants to be left alone at least; None if it is not a matter of room.
    ``pause`` waits, and returns whether there was time for it.
    """
    for number in range(1, tries + 1):
        try:
            return attempt()
        except Exception as exc:
            wait = wait_after(exc)
            seconds = _PAUSE * 2 ** (number - 1) * random.uniform(0.5, 1.5)  # noqa: S311  no secret
            if wait is None or number == tries or not pause(max(wait, seconds)):
                raise
    raise AssertionError("the last try returns or raises")


def is_about_room(fault: Fault) -> bool:
    """Whether the host would answer the same request later. It has accepted the login: it names a message."""
    return fault.is_related and fault.kind in ("quota", "busy")
