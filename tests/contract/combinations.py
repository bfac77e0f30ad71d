# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The combinations that the contract is checked on: a registry, a connection plugin, and a login or a shell.

Combinations that share what takes long to start are one rig. Another combination is a line in a rig that is there, or
another rig.
"""

from __future__ import annotations

import abc
import typing as t

from .cases import CASES, Case

if t.TYPE_CHECKING:
    from pathlib import Path

    from ..kerberos.kdc import Kdc
    from ..wine.rig import Rig as WineHosts
    from .loops import Loop
    from .outcome import Outcome


class Combination(t.NamedTuple):
    """One way to one registry."""

    registry: str
    connection: str
    way: str

    def __str__(self) -> str:
        return f"{self.registry}, {self.connection}, {self.way}"


class Programs(t.Protocol):
    """The servers of a whole test session. Each starts when it is first asked for."""

    @property
    def folder(self) -> Path: ...

    @property
    def kdc(self) -> Kdc: ...

    @property
    def wine(self) -> WineHosts: ...


#: By combination and case.
Outcomes: t.TypeAlias = "dict[tuple[Combination, Case], Outcome]"


class Rig(abc.ABC):
    """Hosts of some combinations."""

    def __init__(self, name: str, combinations: t.Iterable[Combination], needs: t.Iterable[str] = ()) -> None:
        self.name = name
        self.combinations = tuple(combinations)
        #: Whose programs it needs, as ``programs.PACKAGES`` calls them.
        self.needs = tuple(needs)

    @abc.abstractmethod
    def run(self, programs: Programs) -> Outcomes:
        """Take all cases on all combinations to their ends."""

    @abc.abstractmethod
    def loop(self, combination: Combination, programs: Programs) -> Loop:
        """Loop over two hosts of a combination."""

    def lacks(self, combination: Combination, case: Case) -> str:
        """Why the case can't be had on this combination; empty where it can. A key of LIMITS."""
        del combination, case
        return ""

    def check_messages(self, outcome: Outcome) -> None:  # noqa: B027 - most rigs have nothing to check here
        """Check the ways that messages took, where something records them."""

    def wants(self, combination: Combination) -> tuple[Case, ...]:
        """The cases that are to be checked on this combination."""
        del combination
        return CASES

    def cases(self, combination: Combination) -> tuple[Case, ...]:
        return tuple(case for case in self.wants(combination) if not self.lacks(combination, case))
