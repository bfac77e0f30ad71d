# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The one interface to a host, whatever reaches it, and what can go wrong there. Knows no policy."""

from __future__ import annotations

import typing as t

from .applied_policy import PolicyLog
from .registry import RegistryValue, ValueName
from .releases import WindowsVersion


class Observation(t.NamedTuple):
    """The version of a host and the values asked for; a value is None where none is stored."""

    version: WindowsVersion
    values: tuple[RegistryValue | None, ...]


class WindowsHost(t.Protocol):
    """A Windows host whose registry values below HKEY_LOCAL_MACHINE can be read and written.

    Every method raises HostError. None creates or deletes a key.
    """

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        """Read the version and the named values, in as few round trips as the transport allows."""

    def read(self, name: ValueName) -> RegistryValue | None:
        """Read one value; None where none is stored."""

    def policy_log(self) -> PolicyLog | None:
        """Where the host has logged which policy it applied; None where this way to it can't ask for that."""

    def write(self, name: ValueName, data: int) -> None:
        """Store a REG_DWORD, whatever was stored before. Only a later read proves that it is there."""

    def delete(self, name: ValueName) -> None:
        """Remove a value; one that is absent already is not an error."""


class HostError(Exception):
    """Something that a user has to know about a host: what happened, and what to do next.

    The text is complete and holds no secret: it may be shown as it is.
    """

    def __init__(self, problem: str, next_step: str) -> None:
        super().__init__(f"{problem.rstrip('.')}. {next_step}")
        self.problem = problem.rstrip(".")

    def add(self, sentence: str) -> None:
        """Say one thing more, that only the caller knows."""
        self.args = (f"{self} {sentence}",)


class Unreachable(HostError):
    """The host could not be reached or refused the login, or the connection plugin calls it unreachable."""


class GivenUp(Unreachable):
    """No request may follow, in whatever way."""


class OutOfTime(GivenUp):
    """The time that the host had for everything is over."""


class LoginRefused(GivenUp):
    """The host refused the login: no request with the same credentials may follow."""


class NotTheHost(GivenUp):
    """Something answered that did not prove to be the host. Whatever it said is not believed."""


class AccessDenied(HostError):
    """The registry of the host answered that this user may not do this."""


class NotServed(HostError):
    """The host can be reached, but not its registry in this way; in another way it may be.

    What the way needs is missing there, is denied to this user as a whole, or answers what can't be understood.
    """


class NotUnderstood(HostError):
    """The host answered something else than an answer to the question. What is stored there stays unknown."""


class Refused(HostError):
    """The host understood and did not do it: a quota, a time-out, an error of its own."""
