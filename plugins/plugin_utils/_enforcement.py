# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Reading both settings from a host, and changing them."""

from __future__ import annotations

import contextlib
import typing as t

from ._policy import HostState, value_for
from ._settings import SETTINGS, VALUE_NAMES, Configured, Setting
from ._windows import HostError, Unreachable, Windows


def observe(windows: Windows) -> HostState:
    """Read the version of a host and both settings."""
    version, values = windows.observe([VALUE_NAMES[setting] for setting in SETTINGS])
    return HostState(version, *values)


class Enforcement:
    """Changes on one host, one after the other. Also when one fails, it holds what was done until then."""

    def __init__(self, windows: Windows, before: HostState) -> None:
        self._windows = windows
        self._before = before
        #: As last read; None where it is not known what a write came to.
        self.host: HostState | None = before
        #: A write that was accepted counts as a change until it is read back.
        self.changed = False

    def make(self, changes: dict[Setting, Configured]) -> HostState:
        """Make ``changes`` and return the host as it then is. A write is believed only after it was read back.

        Raises:
            HostError: one could not be made, or did not stick. Those after it are not made.
        """
        host = self._before
        for setting, target in changes.items():
            try:
                self._write(setting, target)
            except HostError as exc:
                self._read_after_failure(host, setting, exc)
                raise
            self.changed, self.host = True, None
            host = self._read_back(host, setting)
            _require(host, setting, target)
        return host

    def _write(self, setting: Setting, target: Configured) -> None:
        wanted = value_for(target)
        if wanted is None:
            self._windows.delete(VALUE_NAMES[setting])
        else:
            self._windows.write(VALUE_NAMES[setting], t.cast(int, wanted.data))

    def _read_back(self, host: HostState, setting: Setting) -> HostState:
        self.host = found = host.replaced(setting, self._windows.read(VALUE_NAMES[setting]))
        self.changed = found != self._before
        return found

    def _read_after_failure(self, host: HostState, setting: Setting, exc: HostError) -> None:
        """A write may have been made though its answer was lost. A host that is lost is not asked again.

        That could be one login more, and lock an account.
        """
        if not isinstance(exc, Unreachable):
            with contextlib.suppress(HostError):
                self._read_back(host, setting)
                return
        self.host = None
        exc.add(f"Whether {VALUE_NAMES[setting]} was written is not known: run the task again.")


def _require(host: HostState, setting: Setting, target: Configured) -> None:
    """Fail where a write did not stick: ``host``, read after it, has another value than ``target`` asks for."""
    wanted, found = value_for(target), host.value(setting)
    if found != wanted:
        raise HostError(
            f"{VALUE_NAMES[setting]} was {'removed' if wanted is None else f'set to {wanted}'}, but afterwards "
            f"{'there is none' if found is None else f'it is {found}'}",
            "Something on the host may have changed it back: look for a Group Policy (gpresult /h), device management "
            "or a security product that owns this setting.",
        )
