# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Reading both settings from a host, and changing them."""

from __future__ import annotations

import contextlib
import typing as t

from .._windows.host import GivenUp, HostError, Unreachable, WindowsHost
from .meaning import HostState, value_for
from .settings import SETTINGS, VALUE_NAMES, Configured, Setting


def observe(host: WindowsHost) -> HostState:
    """Read the version of a host and both settings."""
    version, values = host.observe([VALUE_NAMES[setting] for setting in SETTINGS])
    return HostState(version, dict(zip(SETTINGS, values, strict=True)))


class Enforcement:
    """Changes on one host, one after the other. Also when one fails, it holds what was done until then."""

    def __init__(self, host: WindowsHost, before: HostState) -> None:
        self._host = host
        self._before = before
        #: As last read; None where it is not known what a write came to.
        self.state: HostState | None = before
        #: A write that was accepted counts as a change until it is read back.
        self.changed = False

    def make(self, changes: dict[Setting, Configured]) -> HostState:
        """Make ``changes`` and return the state that the host then is in. A write is believed only once read back.

        What was written first is read once more at the end: something may change it back meanwhile.

        Raises:
            HostError: one could not be made, or did not stick. Those after it are not made. Where only the answer was
                lost, and the value is there, nothing has failed.
        """
        state = self._before
        for setting, target in changes.items():
            self.state = None
            try:
                self._write(setting, target)
            except HostError as exc:
                state = self._read_after_failure(state, [*changes][: [*changes].index(setting) + 1], exc)
                if not isinstance(exc, Unreachable) or state.values[setting] != value_for(target):
                    raise
            else:
                self.changed = True
                state = self._read_back(state, setting)
            _require(state, setting, target)
        for setting in [*changes][:-1]:
            state = self._read_back(state, setting)
            _require(state, setting, changes[setting])
        return state

    def _write(self, setting: Setting, target: Configured) -> None:
        wanted = value_for(target)
        if wanted is None:
            self._host.delete(VALUE_NAMES[setting])
        else:
            self._host.write(VALUE_NAMES[setting], t.cast(int, wanted.data))

    def _read_back(self, state: HostState, setting: Setting) -> HostState:
        self.state = found = state.replaced(setting, self._host.read(VALUE_NAMES[setting]))
        self.changed = found != self._before
        return found

    def _read_after_failure(self, state: HostState, written: t.Sequence[Setting], exc: HostError) -> HostState:
        """Look what became of those ``written``, the last of which failed: it may be there though its answer was lost.

        Raises ``exc`` where that can't be known. A host that is given up is not asked again.
        """
        if not isinstance(exc, GivenUp):
            with contextlib.suppress(HostError):
                for setting in written:
                    state = self._read_back(state, setting)
                if isinstance(exc, Unreachable):
                    name, found = VALUE_NAMES[written[-1]], state.values[written[-1]]
                    exc.add(f"Read again: {name} {'is absent' if found is None else f'is {found}'}.")
                return state
        self.state = None
        exc.add(f"Whether {VALUE_NAMES[written[-1]]} was written is not known: run the task again.")
        raise exc


def _require(state: HostState, setting: Setting, target: Configured) -> None:
    """Fail where a write did not stick: ``state``, read after it, has another value than ``target`` asks for."""
    wanted, found = value_for(target), state.values[setting]
    if found != wanted:
        raise HostError(
            f"{VALUE_NAMES[setting]} was {'removed' if wanted is None else f'set to {wanted}'}, but afterwards "
            f"{'there is none' if found is None else f'it is {found}'}",
            "Something on the host may have changed it back: look for a Group Policy (gpresult /h), device management "
            "or a security product that owns this setting.",
        )
