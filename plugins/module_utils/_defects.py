# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Errors that this collection does not expect, told without the data that it worked on. Pure."""

from __future__ import annotations

import traceback
import typing as t

#: Of a recursion without end there are thousands.
_MAX_FRAMES: t.Final = 12


def defect(exc: Exception) -> str:
    """A bug in this collection. Only the frames are shown: the text of an exception can hold anything."""
    return f"Bug in winsec.lsa: {type(exc).__name__} in {places(exc)}. Please report it with the task that triggers it."


def places(exc: Exception) -> str:
    """File, line and function of the last calls, the innermost first. No source lines: one may hold a literal."""
    frames = traceback.extract_tb(exc.__traceback__)[-_MAX_FRAMES:]
    return " < ".join(
        f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno} {frame.name}()" for frame in reversed(frames)
    )
