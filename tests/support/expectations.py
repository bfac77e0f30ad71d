# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expectations that hold for every connection: classes of stored values, states, and the effect of each state.

Told from the description of the interface and nothing else. Which way it is, and who keeps the registry, is up to the
suites that import this.
"""

from __future__ import annotations

import typing as t

LSA = r"SYSTEM\CurrentControlSet\Control\Lsa"
MSV1_0 = rf"{LSA}\MSV1_0"

#: Registry type and data; None where there is no value.
Value: t.TypeAlias = "tuple[str, t.Any] | None"

ONE, ZERO = ("REG_DWORD", 1), ("REG_DWORD", 0)

USE_MACHINE_ID, FALLBACK = "UseMachineId", "AllowNullSessionFallback"

#: Values that a careless reader takes for ours. They are on every host.
DECOYS: dict[str, Value] = {
    "UseMachineIdX": ("REG_DWORD", 0),
    "Sp ace    REG_DWORD    0x1": ("REG_SZ", "decoy"),
    "Decoy": ("REG_SZ", "UseMachineId    REG_DWORD    0x1"),
}
#: A value whose line in the output of reg.exe begins like the line of ours. It is on some.
IMITATION = "UseMachineId    REG_DWORD    0x1"

#: What Windows has beside the fallback.
BESIDE: dict[str, Value] = {"NtlmMinClientSec": ("REG_DWORD", 0x20000000)}


class Stored(t.NamedTuple):
    """The two values before a task, and how the first one's name is spelled."""

    use_machine_id: Value = None
    fallback: Value = None
    name: str = "UseMachineId"


STORED = {
    "absent": Stored(),
    "one": Stored(ONE),
    "zero": Stored(ZERO, ONE),
    "two": Stored(("REG_DWORD", 2)),
    "text": Stored(("REG_SZ", "1")),
    "long": Stored(("REG_QWORD", 1)),
    "capitals": Stored(ZERO, name="USEMACHINEID"),
}

#: What is stored after each state; "as before" where it depends on what was there.
PLAIN_STATES = {"enabled": ONE, "disabled": ZERO, "not_defined": None, "unmanaged": "as before"}
AUTHORITIES = ("cis", "stig", "microsoft")
STATES = (*PLAIN_STATES, "computer_identity", *AUTHORITIES)

#: Each authority asks for 1 on some of these releases. On the others it has no rule, or none that is known.
RELEASES_OF_AUTHORITIES = ("vista", "srv2008", "win10", "srv2022")
_ASKED_FOR = {"cis": ("srv2022", "win10"), "stig": ("srv2022",), "microsoft": ("srv2022",)}

#: Releases on which Local System is anonymous unless a value says otherwise.
FIRST_GENERATION = ("vista", "srv2008")


def wanted(state: str, release: str, before: Value) -> Value:
    """Return the UseMachineId that has to be stored after the task."""
    if state in PLAIN_STATES:
        return _plainly(PLAIN_STATES[state], before)
    if state == "computer_identity":
        uses_it = before == ONE or (before is None and release not in FIRST_GENERATION)
        return before if uses_it else ONE
    return ONE if release in _ASKED_FOR[state] else before


FALLBACK_STORED: dict[str, Value] = {
    "absent": None,
    "one": ONE,
    "zero": ZERO,
    "text": ("REG_SZ", "0"),
    "two": ("REG_DWORD", 2),
}
FALLBACK_STATES = {
    "unmanaged": "as before",
    "enabled": ONE,
    "disabled": ZERO,
    "not_defined": None,
    # On Server 2022.
    "cis": ZERO,
    "stig": ZERO,
    "microsoft": ZERO,
}


def wanted_fallback(state: str, before: Value) -> Value:
    """Return the AllowNullSessionFallback that has to be stored after the task."""
    return _plainly(FALLBACK_STATES[state], before)


def _plainly(after: t.Any, before: Value) -> Value:
    return before if after == "as before" else t.cast("Value", after)


class ThreeRuns(t.NamedTuple):
    """The results of one task on one host: in check mode with a diff, for real, and once more."""

    predicted: dict[str, t.Any]
    done: dict[str, t.Any]
    again: dict[str, t.Any]

    def check(self, where: str, *, differs: bool) -> None:
        """Check mode foretells the change, a second run changes nothing, and all three tell the same end."""
        changed = tuple(result["changed"] for result in self)
        assert changed == (differs, differs, False), (where, changed)
        for result in self[1:]:
            assert result["use_machine_id"] == self.predicted["use_machine_id"], (where, result)
        assert self.done["ansible_facts"]["use_machine_id"] == self.done["use_machine_id"], where
        assert "ansible_facts" not in self.predicted, where
        assert ("diff" in self.predicted) == differs, where
