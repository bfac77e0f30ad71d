# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The changes that give a host what it had before a run. Pure."""

from __future__ import annotations

import typing as t

from .._policy.meaning import HostState, configured
from .._policy.settings import SETTINGS, VALUE_NAMES, Setting
from .._windows.host import HostError
from .._windows.registry import RegistryValue
from .entries import Change


class Restoration(t.NamedTuple):
    """The choice for each setting, and those whose former value no choice asks for."""

    desired: dict[Setting, str]
    lost: dict[Setting, RegistryValue]


def restoration(present: HostState, changes: t.Sequence[Change], later: t.Sequence[Change] = ()) -> Restoration:
    """Decide how to put back the ``changes`` of one run. What it has not changed is left alone.

    A change that was interrupted has left what was there before or what was wanted. ``later`` are the changes of the
    host in later runs.

    Raises:
        HostError: something that the run has changed is not as the run left it: somebody else has changed it since.
    """
    desired: dict[Setting, str] = dict.fromkeys(SETTINGS, "unmanaged")
    lost: dict[Setting, RegistryValue] = {}
    for setting in SETTINGS:
        former, now = changes[0].begin.before[setting], present.values[setting]
        left = [values[setting] for values in changes[-1].left]
        if now == former or all(value == former for value in left):
            continue
        if now not in left:
            raise _changed_since(setting, now, left[-1], changes[-1].begin.run, later)
        if former is not None and configured(former) == "invalid":
            lost[setting] = former
        else:
            desired[setting] = configured(former)
    return Restoration(desired, lost)


def _changed_since(
    setting: Setting, now: RegistryValue | None, left: RegistryValue | None, run: str, later: t.Sequence[Change]
) -> HostError:
    next_step = (
        f"The run {later[-1].begin.run} of the journal changed this host later: put that one back first."
        if later
        else "Find out who changed it, and decide which value it should have."
    )
    return HostError(
        f"{VALUE_NAMES[setting]} was changed since: the run {run} left {_value(left)} and now there is {_value(now)}",
        f"Nothing was put back. {next_step}",
    )


def not_restored(lost: t.Mapping[Setting, RegistryValue], present: HostState, run: str) -> HostError:
    """The error for former values that only a person can bring back."""
    values = ", ".join(
        f"{VALUE_NAMES[setting]} was {former} before the run {run} and is {_value(present.values[setting])} now"
        for setting, former in lost.items()
    )
    return HostError(
        f"{values}. Microsoft does not document the former value, and this collection does not write it",
        "Leave it, or put it back by hand.",
    )


def _value(value: RegistryValue | None) -> str:
    return "no value" if value is None else str(value)
