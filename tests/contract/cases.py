# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cases of the contract: what is stored on a host, what a task asks for, and what its user may not do there.

What has to come of it follows from the description of the interface and nothing else; see ``support/expectations.py``.
"""

from __future__ import annotations

import itertools
import typing as t

from ..support.expectations import (
    AUTHORITIES,
    BESIDE,
    DECOYS,
    FALLBACK,
    FALLBACK_STATES,
    FALLBACK_STORED,
    FIRST_GENERATION,
    IMITATION,
    LSA,
    MSV1_0,
    ONE,
    PLAIN_STATES,
    RELEASES_OF_AUTHORITIES,
    STORED,
    ZERO,
    Stored,
    Value,
    wanted,
    wanted_fallback,
)


class Windows(t.NamedTuple):
    """The facts that are expected of a host."""

    release: str
    product_type: str = "workstation"


WINDOWS = {
    "vista": Windows("Windows Vista"),
    "srv2008": Windows("Windows Server 2008", "server"),
    "win7": Windows("Windows 7"),
    "srv2012r2": Windows("Windows Server 2012 R2", "server"),
    "win10": Windows("Windows 10"),
    "win11": Windows("Windows 11"),
    "dc2019": Windows("Windows Server 2019", "domain_controller"),
    "srv2022": Windows("Windows Server 2022", "server"),
    "srv2025": Windows("Windows Server 2025", "server"),
}
ANY = tuple(WINDOWS)
SECOND_GENERATION = tuple(name for name in WINDOWS if name not in FIRST_GENERATION)
#: Where every authority asks for a fallback of 0.
HARDENED = ("win10", "win11", "dc2019", "srv2022")


class Denial(t.NamedTuple):
    """The rights that a user keeps on a key, and the word for what fails."""

    access: t.Literal["read", "none"]
    key: str
    word: str


class Case(t.NamedTuple):
    """One case. ``releases`` are those of which any will do."""

    name: str
    releases: tuple[str, ...]
    state: str
    stored: Stored
    fallback: str = "unmanaged"
    imitated: bool = False
    denial: Denial | None = None

    def __str__(self) -> str:
        return self.name

    def before(self) -> dict[str, dict[str, Value]]:
        """The stored values, by key below HKEY_LOCAL_MACHINE and by name."""
        lsa = {**DECOYS, self.stored.name: self.stored.use_machine_id, IMITATION: ("REG_SZ", "trap")}
        if not self.imitated:
            lsa[IMITATION] = None
        return {
            LSA: {name: value for name, value in lsa.items() if value is not None},
            MSV1_0: BESIDE if self.stored.fallback is None else {**BESIDE, FALLBACK: self.stored.fallback},
        }

    def asked_for(self, release: str) -> tuple[Value, Value]:
        """The two values that the states ask for, from what is stored."""
        identity = wanted(self.state, release, self.stored.use_machine_id)
        return identity, wanted_fallback(self.fallback, self.stored.fallback)

    def differs(self, release: str) -> bool:
        return self.asked_for(release) != self.stored[:2]

    def fails(self, release: str) -> tuple[str, ...]:
        """The tasks that cannot succeed."""
        if self.denial is None:
            return ()
        if self.denial.access == "none":
            return ("facts", "predict", "enforce", "enforce again")
        return ("enforce", "enforce again") if self.differs(release) else ()


#: Beside a value whose line begins like that of ours.
IMITATED = {
    "absent, imitated": Stored(),
    "zero, imitated": Stored(ZERO),
    "text, imitated": Stored(("REG_SZ", "1")),
}


def _plain() -> t.Iterator[Case]:
    """Each state from each stored value, and some beside an imitation."""
    for state, (name, stored) in itertools.product(PLAIN_STATES, STORED.items()):
        yield Case(f"{state} from {name}", ANY, state, stored)
    for state, (name, stored) in itertools.product(("enabled", "not_defined"), IMITATED.items()):
        yield Case(f"{state} from {name}", ANY, state, stored, imitated=True)


def _of_generation(name: str, releases: tuple[str, ...]) -> t.Iterator[Case]:
    for before, stored in STORED.items():
        yield Case(f"computer_identity from {before} on {name}", releases, "computer_identity", stored)


def _with_fallbacks(cases: t.Iterable[Case]) -> t.Iterator[Case]:
    """Add each state of the fallback from each stored one, by turns: the two values are independent."""
    fallbacks = itertools.product(FALLBACK_STATES, FALLBACK_STORED.items())
    for case, (fallback, (name, stored)) in zip(cases, itertools.cycle(fallbacks), strict=False):
        yield case._replace(
            name=f"{case.name}, fallback {fallback} from {name}",
            releases=tuple(release for release in case.releases if fallback not in AUTHORITIES or release in HARDENED),
            stored=case.stored._replace(fallback=stored),
            fallback=fallback,
        )


def _by_authority() -> t.Iterator[Case]:
    for authority, release in itertools.product(AUTHORITIES, RELEASES_OF_AUTHORITIES):
        yield Case(f"{authority} from zero on {release}", (release,), authority, STORED["zero"])


def _denied() -> t.Iterator[Case]:
    one = Stored(ONE, ONE)
    unreadable, unwritable = Denial("none", LSA, "reading"), Denial("read", LSA, "writing")
    for state in ("enabled", "not_defined"):
        yield Case(f"{state}, Lsa unreadable", ANY, state, one, denial=unreadable)
    yield Case("enabled, MSV1_0 unreadable", ANY, "enabled", one, denial=Denial("none", MSV1_0, "reading"))
    yield Case("enabled from absent, unwritable", ANY, "enabled", Stored(), denial=unwritable)
    yield Case("not_defined from one, unwritable", ANY, "not_defined", one, denial=Denial("read", LSA, "removing"))
    yield Case("enabled from one, unwritable", ANY, "enabled", one, denial=unwritable)
    fallback = Denial("read", MSV1_0, "writing")
    yield Case("fallback disabled from one, unwritable", ANY, "unmanaged", one, "disabled", denial=fallback)


CASES = (
    *_with_fallbacks([*_plain(), *_of_generation("7 and later", SECOND_GENERATION)]),
    *_of_generation("Vista and 2008", FIRST_GENERATION),
    *_by_authority(),
    *_denied(),
)
_ONE_OF_EACH = {case.state: case for case in reversed(CASES) if case.differs(case.releases[0])}
#: Where time forbids all: one state from every stored value, every other state once, and every denial.
BRIEF = tuple(case for case in CASES if case.state == "enabled" or case.denial or case in _ONE_OF_EACH.values())
