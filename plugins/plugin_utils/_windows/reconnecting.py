# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A Windows host that is read over a new connection, once, where a change may have been made and its answer is lost."""

from __future__ import annotations

import typing as t

from .applied_policy import PolicyLog
from .host import GivenUp, Observation, Unreachable, WindowsHost
from .registry import RegistryValue, ValueName


class ReconnectingHost:
    """WindowsHost of which, after a lost answer, it can still be said what is stored there.

    Nothing is written twice. The login has been accepted before, so that one more does not lock the account; a refused
    login, something else that answered and a time that is over are final all the same.
    """

    def __init__(self, host: WindowsHost, connect: t.Callable[[], WindowsHost]) -> None:
        """``connect`` opens another connection, once, or raises HostError."""
        self._host = host
        self._connect: t.Callable[[], WindowsHost] | None = connect
        self._has_written = False
        #: Why the connection is of no use any more.
        self._lost: Unreachable | None = None

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        return self._host.observe(names)

    def policy_log(self) -> PolicyLog | None:
        return self._host.policy_log()

    def read(self, name: ValueName) -> RegistryValue | None:
        if self._lost:
            self._reconnect()
        try:
            return self._host.read(name)
        except Unreachable as exc:
            self._note(exc)
            if not self._has_written:
                raise
        return self.read(name)

    def write(self, name: ValueName, data: int) -> None:
        self._change(lambda: self._host.write(name, data))

    def delete(self, name: ValueName) -> None:
        self._change(lambda: self._host.delete(name))

    def _change(self, make: t.Callable[[], None]) -> None:
        self._has_written = True
        try:
            make()
        except Unreachable as exc:
            self._note(exc)
            raise

    def _note(self, exc: Unreachable) -> None:
        self._lost = exc
        if isinstance(exc, GivenUp):
            self._connect = None

    def _reconnect(self) -> None:
        if self._connect is None:
            raise t.cast(Unreachable, self._lost)
        connect, self._connect = self._connect, None
        self._host, self._lost = connect(), None
