# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary: which checks ran on which combination, which did not, and why."""

from __future__ import annotations

import typing as t
from collections import defaultdict

if t.TYPE_CHECKING:
    import pytest

    from .combinations import Rig

#: The name under which a test reports its combination.
COMBINATION = "combination"


class Count:
    """The cases of one combination, and how long they took. The first pays for all of its rig."""

    def __init__(self) -> None:
        self.passed = self.all = 0
        self.seconds = 0.0

    def add(self, report: pytest.TestReport) -> None:
        self.all += 1
        self.passed += report.passed
        self.seconds += report.duration


def counts(stats: t.Mapping[str, t.Sequence[t.Any]]) -> dict[str, Count]:
    found: dict[str, Count] = defaultdict(Count)
    for report in (report for reports in stats.values() for report in reports):
        name = dict(getattr(report, "user_properties", ())).get(COMBINATION)
        if name and report.when == "call":
            found[name].add(report)
    return found


def summary(
    found: dict[str, Count], here: t.Sequence[Rig], everywhere: t.Sequence[Rig], limits: dict[str, str]
) -> t.Iterator[str]:
    yield "Cases that hold, by combination; seconds are at the first of those that ran together:"
    for name, count in found.items():
        seconds = f"{count.seconds:5.0f} s" if count.seconds >= 1 else ""
        yield f"{count.passed:4} of {count.all:<4} {name:60} {seconds}".rstrip()
    yield f"{sum(c.passed for c in found.values()):4} of {sum(c.all for c in found.values())}"
    known = {str(combination) for rig in here for combination in rig.combinations}
    absent = [str(c) for rig in everywhere for c in rig.combinations if str(c) not in known]
    if absent:
        yield f"Only in `make test-all`: {len(absent)} more combinations, which take time or other programs."
    yield "Not possible:"
    for what, reason in limits.items():
        yield f"  {what}: {reason}"
