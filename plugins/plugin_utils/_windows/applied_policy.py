# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A host's log of the policy that it applied: value types, and the interface to ask for them. Pure."""

from __future__ import annotations

import datetime
import typing as t

from .registry import RegistryValue, ValueName

#: Which kind of policy sets a value. Each has its own extension on the host, which applies it and logs it.
Source: t.TypeAlias = t.Literal["security_option", "administrative_template"]


class PolicyEntry(t.NamedTuple):
    """The entry of one Group Policy object for one value.

    ``value`` is None where it removes the value; its data is None where what it stores can't be read. ``precedence``
    is 1 for the one that wins over the others of the same source. ``gpo`` is the id as logged: a distinguished name,
    or ``LocalGPO``. ``status`` is 1 where the value was applied, and ``error`` a Windows error code.
    """

    name: ValueName
    value: RegistryValue | None
    source: Source
    precedence: int | None
    gpo: str
    logged: datetime.datetime | None
    status: int | None = None
    error: int | None = None


class PolicyEntries(t.NamedTuple):
    """The entries for the values asked for, and when any security option at all was last logged; None: none is."""

    entries: tuple[PolicyEntry, ...]
    security_logged: datetime.datetime | None


class Gpo(t.NamedTuple):
    """A Group Policy object that the host knows: its id, as in an entry but perhaps in other case, and its name."""

    id: str
    name: str


class Extension(t.NamedTuple):
    """The last run of a client-side extension. ``logging`` is 1 where it logged all, ``error`` 0 where it worked."""

    id: str
    ended: datetime.datetime | None
    logging: int | None
    error: int | None


class PolicyLog(t.Protocol):
    """The log of a host. Every method is one request and raises HostError."""

    def entries(self, names: t.Sequence[ValueName]) -> PolicyEntries:
        """Read what each Group Policy object said of these values when policy was last applied."""

    def gpos(self) -> tuple[Gpo, ...]:
        """Read the names of the Group Policy objects."""

    def extensions(self) -> tuple[Extension, ...]:
        """Read when each extension ran last."""

    def value_names(self, key: str) -> frozenset[str]:
        """Read the names of the values below a key, in lower case; none where there is no such key."""
