# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..plugin_utils._audit.verdicts import details, judge


def use_machine_id_audit(facts: dict[str, t.Any], result: dict[str, t.Any], failure: str = "") -> dict[str, t.Any]:
    """Return what an audit says of a host."""
    verdict, reason = judge(facts, result, failure)
    return {"verdict": verdict, "reason": reason, **details(facts, result, failure)}


class FilterModule:
    """Filters of winsec.lsa."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"use_machine_id_audit": use_machine_id_audit}
