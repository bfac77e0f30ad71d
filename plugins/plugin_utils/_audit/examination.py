# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The audit of one host: its facts, and what enforcing would do there, from one reading."""

from __future__ import annotations

import dataclasses
import typing as t

from .._policy.decision import (
    decide,
    foretold,
    nobody_asked,
    owners_of,
    require_no_conflict,
    require_policy,
)
from .._policy.enforcement import observe
from .._policy.meaning import HostState, chosen
from .._policy.report import describe
from .._windows.host import AccessDenied, HostError, Unreachable, WindowsHost
from .verdicts import details, judge

#: The arguments of the module that decide, as it takes them.
Arguments: t.TypeAlias = "t.Mapping[str, t.Any]"

#: Opens the way to a host, and closes it.
Reach: t.TypeAlias = "t.Callable[[], t.ContextManager[WindowsHost]]"


@dataclasses.dataclass
class Examination:
    """The results that facts and module would have for a host, and the message of a failure."""

    facts: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    module: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    failure: str = ""

    def record(self) -> dict[str, t.Any]:
        """The part of a host's record that follows from it."""
        verdict, reason = judge(self.facts, self.module, self.failure)
        return {"verdict": verdict, "reason": reason, **details(self.facts, self.module, self.failure)}

    def lose(self, reason: str) -> None:
        """The host is unreachable."""
        self.module = {"unreachable": True, "msg": reason}


def examine(
    reach: Reach, arguments: Arguments, gpo: bool, logged_in: t.Callable[[], None]
) -> tuple[Examination, HostError | None]:
    """Audit a host, and return the error that ended it as well.

    ``arguments`` are those of the module. ``gpo`` says whether the host is asked who owns its values. ``logged_in``
    is called as soon as the host has answered.

    An error says nothing of the login, unless it is one of the registry: a page of something else is no WinRM's.
    """
    found = Examination()
    try:
        with reach() as host:
            before = _first_reading(host, logged_in)
            _decide(host, before, arguments, gpo, found)
    except Unreachable as exc:
        found.lose(str(exc))
        return found, exc
    except HostError as exc:
        found.failure = str(exc)
        return found, exc
    return found, None


def _first_reading(host: WindowsHost, logged_in: t.Callable[[], None]) -> HostState:
    try:
        before = observe(host)
    except AccessDenied:
        logged_in()
        raise
    logged_in()
    return before


def _decide(host: WindowsHost, before: HostState, arguments: Arguments, gpo: bool, found: Examination) -> None:
    known = owners_of(host, before) if gpo else None
    facts = describe(before, known or nobody_asked())
    found.facts = {"ansible_facts": {"use_machine_id": facts}}
    if before.generation == "unsupported" and arguments["unsupported"] == "skip":
        found.module = {"skipped": True}
        return
    require_policy(before)
    conflict = arguments["gpo_conflict"]
    if not gpo and conflict == "warn":  # nobody would read the warning
        conflict = "ignore"
    desired = chosen(before.generation, arguments)
    decision = decide(before, desired, conflict, None, lambda: known or owners_of(host, before))
    if conflict == "fail":
        require_no_conflict(decision.conflicts)
    found.module = foretold(before, decision._replace(owners=known or nobody_asked()))
