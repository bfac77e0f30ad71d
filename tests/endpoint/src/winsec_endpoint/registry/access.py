# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One StdRegProv call on a host that may refuse it or only pretend to carry it out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..fleet.misbehavior import Misbehavior
from ..wsman.faults import PROVIDER_ACCESS_DENIED, Fault
from . import stdregprov
from .interface import ACCESS_DENIED, CREATE_SUB_KEY, DELETE, WRITE_RIGHTS, Key, Registry, Win32Error
from .stdregprov import Code, Inputs, Outcome


def invoke(registry: Registry, name: str, inputs: Inputs, misbehavior: Misbehavior, absent_value: int) -> Outcome:
    guarded = GuardedRegistry(registry, misbehavior)
    if (misbehavior.lose_writes and name.startswith("Set")) or (misbehavior.lose_deletes and name == "DeleteValue"):
        return Outcome(Code.SUCCESS)
    return stdregprov.invoke(guarded, name, inputs, absent_value)


class GuardedRegistry:
    """A registry that also refuses what the fleet says."""

    def __init__(self, registry: Registry, misbehavior: Misbehavior) -> None:
        self._registry = registry
        self._misbehavior = misbehavior

    @contextmanager
    def open(self, path: str, rights: int) -> Iterator[Key]:
        """An absent key is reported as absent before any right is checked, as Samba does."""
        with self._registry.open(path, rights) as key:
            self._check(rights)
            yield key

    def create_key(self, path: str) -> None:
        self._check(CREATE_SUB_KEY)
        self._registry.create_key(path)

    def delete_key(self, path: str) -> None:
        self._check(DELETE)
        self._registry.delete_key(path)

    def _check(self, rights: int) -> None:
        writes, reads = rights & WRITE_RIGHTS, rights & ~WRITE_RIGHTS
        denial = (writes and self._misbehavior.deny_writes) or (reads and self._misbehavior.deny_reads)
        if denial == "fault":
            raise Fault(PROVIDER_ACCESS_DENIED)
        if denial:
            raise Win32Error(ACCESS_DENIED)
