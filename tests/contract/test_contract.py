# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract: what holds on every way to every registry."""

from __future__ import annotations

import typing as t

from .summary import COMBINATION

if t.TYPE_CHECKING:
    from .cases import Case
    from .combinations import Combination, Outcomes, Programs, Rig


def test_case(
    outcomes: t.Callable[[Rig], Outcomes],
    record_property: t.Callable[[str, object], None],
    rig: Rig,
    combination: Combination,
    case: Case,
) -> None:
    record_property(COMBINATION, str(combination))
    outcome = outcomes(rig)[combination, case]
    outcome.check()
    rig.check_messages(outcome)


def test_loop(
    programs: Programs, record_property: t.Callable[[str, object], None], rig: Rig, combination: Combination
) -> None:
    record_property(COMBINATION, str(combination))
    rig.loop(combination, programs).check()
