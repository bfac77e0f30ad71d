# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A Windows host reached one way until that turns out not to work, and another way from then on."""

from __future__ import annotations

import typing as t

from .applied_policy import PolicyLog
from .host import (
    AccessDenied,
    GivenUp,
    HostError,
    NotServed,
    Observation,
    Refused,
    Unreachable,
    WindowsHost,
)
from .registry import RegistryValue, ValueName

T = t.TypeVar("T")


class FailoverHost:
    """WindowsHost through a preferred way, with another one to fall back on.

    Only NotServed leads to the other way. A lost host, a refused login, a denied key and a value that did not stick
    are final: another way must not be used to get around them. Where the other way does not serve either, the preferred
    one is taken again, which can still say what is stored.
    """

    def __init__(
        self, preferred: WindowsHost, other: t.Callable[[], WindowsHost], warn: t.Callable[[str], None]
    ) -> None:
        self._host = preferred
        self._other: t.Callable[[], WindowsHost] | None = other
        self._lost: Unreachable | None = None
        self._warn = warn

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        return self._served(lambda host: host.observe(names))

    def read(self, name: ValueName) -> RegistryValue | None:
        """Read back the same way as it was written: the proof must not come from another path."""
        if isinstance(self._lost, Unreachable):
            raise self._lost
        return self._host.read(name)

    def policy_log(self) -> PolicyLog | None:
        """Of the way that has worked: no other one can tell more."""
        return self._host.policy_log()

    def write(self, name: ValueName, data: int) -> None:
        self._served(lambda host: host.write(name, data))

    def delete(self, name: ValueName) -> None:
        self._served(lambda host: host.delete(name))

    def _served(self, request: t.Callable[[WindowsHost], T]) -> T:
        try:
            return request(self._host)
        except NotServed as refusal:
            if self._other is None:
                raise
            return self._served_otherwise(request, refusal)

    def _served_otherwise(self, request: t.Callable[[WindowsHost], T], refusal: NotServed) -> T:
        """The host has just answered the preferred way: it is not called lost because the other one fails.

        But if that one lost it, no way is tried any more. A login that was refused there, and something else that
        answered, are final.
        """
        preferred, other, self._other = self._host, t.cast("t.Callable[[], WindowsHost]", self._other), None
        try:
            self._host = other()
            result = request(self._host)
        except (AccessDenied, Refused, GivenUp) as exc:
            self._lost = exc if isinstance(exc, Unreachable) else None
            self._warn(_warning(refusal))
            raise
        except HostError as exc:
            self._host = preferred
            self._lost = exc if isinstance(exc, Unreachable) else None
            refusal.add(f"The fallback, reg.exe in a shell of the connection, failed too: {exc}")
            raise refusal from exc
        self._warn(_warning(refusal))
        return result


def _warning(refusal: NotServed) -> str:
    return f"Fell back to reg.exe in a shell of the connection, because WMI could not be used. {refusal}"
