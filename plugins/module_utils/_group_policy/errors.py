# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The errors of a GPO and of the way to it. No text holds a secret."""

from __future__ import annotations


class GroupPolicyError(Exception):
    """A problem with a GPO or the way to it, and the next step. ``changed``: whether a part of the GPO was changed."""

    def __init__(self, problem: str, next_step: str = "", *, changed: bool = False) -> None:
        self.problem = problem
        self.next_step = next_step
        self.changed = changed
        super().__init__(f"{problem.rstrip('.')}. {next_step}".strip())


class ChangedMeanwhile(GroupPolicyError):
    """Somebody else has changed the GPO since it was read, or has it open."""


class Undecided(GroupPolicyError):
    """Whether the directory made a change is not known. The template stays: the next run finishes what was begun."""


class Absent(GroupPolicyError):
    """There is no such file, or no folder for it."""


class DeadlineExceeded(GroupPolicyError):
    """The time that a task may take is over."""
