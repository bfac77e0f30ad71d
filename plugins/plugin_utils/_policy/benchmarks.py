# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The requirements of an authority on a release. Pure: one look-up in the table of rules.

Three answers are kept apart: an authority has a rule, it is known to have none, or what it asks is not known here.
"""

from __future__ import annotations

import functools
import typing as t

from .._windows.releases import WindowsVersion
from .rules import RULES, Authority, Expected, Rule
from .settings import SETTINGS, Setting


class Requirement(t.NamedTuple):
    """The rules of one authority for one setting on one release. ``rules`` is None where they are not known."""

    rules: tuple[Rule, ...] | None

    @property
    def expected(self) -> Expected:
        """The configurations that satisfy every rule, the preferred one first. Empty: no rule, or not known."""
        if not self.rules:
            return ()
        return tuple(c for c in self.rules[0].expected or () if all(c in (r.expected or ()) for r in self.rules))

    @property
    def known(self) -> bool:
        """Tell whether the requirement is known, even if there is none. Contradictory rules are not known."""
        return self.rules == () or bool(self.expected)


def requirement(authority: Authority, setting: Setting, windows: WindowsVersion) -> Requirement:
    """Return the rules of ``authority`` for ``setting`` on this release, from all its known documents."""
    rows = [row for row in RULES if (row.authority, row.setting) == (authority, setting) and row.is_about(windows)]
    return Requirement(tuple(row for row in rows if row.expected is not None) if rows else None)


@functools.lru_cache(maxsize=128)  # the hosts of a fleet have few versions
def rules_for(windows: WindowsVersion) -> tuple[Rule, ...]:
    """Every rule known for this release: by setting, then by authority."""
    return tuple(
        rule
        for setting in SETTINGS
        for authority in t.get_args(Authority)
        for rule in requirement(authority, setting, windows).rules or ()
    )
