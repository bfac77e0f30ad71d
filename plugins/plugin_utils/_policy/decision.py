# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The decision what to change on a host that was read, and whether Group Policy contradicts it."""

from __future__ import annotations

import datetime
import typing as t

from .._windows.host import HostError, WindowsHost
from .conflicts import contradicted, contradiction
from .meaning import HostState, Plan, plan, with_changes
from .owner_evidence import NOT_ASKED, evidence
from .ownership import Owners, owners, unknown
from .report import describe, previous
from .settings import SETTINGS, Setting


class Decision(t.NamedTuple):
    """The changes to make, and the conflicts with Group Policy. ``owners`` is None where nobody knows them."""

    todo: Plan
    owners: Owners | None
    conflicts: list[HostError]


def owners_of(host: WindowsHost, before: HostState) -> Owners:
    """Ask a host who owns both settings."""
    return owners(evidence(host, before), datetime.datetime.now(datetime.timezone.utc))


def nobody_asked() -> Owners:
    return {setting: unknown(NOT_ASKED) for setting in SETTINGS}


def decide(
    before: HostState,
    desired: dict[Setting, str],
    gpo_conflict: str,
    known: Owners | None,
    ask: t.Callable[[], Owners],
) -> Decision:
    """Plan a state, and look where Group Policy sets something else.

    ``gpo_conflict`` is what the module takes. ``known`` are the owners that the facts name. A host that is not changed
    is not asked for them.
    """
    todo = plan(before, desired)
    if gpo_conflict == "ignore":
        return Decision(todo, known, [])
    if todo.changes:
        known = ask()
    if known is None:
        return Decision(todo, None, [])
    after = with_changes(before, todo.changes)
    found = contradicted(after, desired, known)
    return Decision(todo, known, [HostError(*contradiction(after, setting, known[setting])) for setting in found])


def require_policy(before: HostState) -> None:
    """Raise HostError for a release that does not have the policy."""
    if before.generation == "unsupported":
        raise HostError(
            f"{before.version.release} (version {before.version}) does not have this policy",
            "It begins with Windows Vista and Windows Server 2008: leave this host out.",
        )


def require_no_conflict(conflicts: t.Sequence[HostError]) -> None:
    """Raise one HostError that tells all conflicts."""
    if conflicts:
        first, *others = conflicts
        for other in others:
            first.add(str(other))
        raise first


def foretold(before: HostState, decision: Decision) -> dict[str, t.Any]:
    """Return what the module returns in check mode, but for its warnings."""
    after = with_changes(before, decision.todo.changes)
    return {
        "changed": after != before,
        "previous": previous(before),
        "use_machine_id": describe(after, decision.owners),
        "undecided": list(decision.todo.undecided),
    }
