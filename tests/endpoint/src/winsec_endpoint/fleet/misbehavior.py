# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`misbehave:` in fleet.yml: what goes wrong on a host, for which requests and from which one on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from ..http.bodies import BODIES
from ..registry.stdregprov import METHODS
from ..wsman.faults import NAMED_FAULTS
from .options import OptionError, chosen_from

QUERIES = ("Get", "Enumerate", "Pull", "Release")
SHELLS = ("Create", "Command", "Send", "Receive", "Signal", "Delete")
OPERATIONS = ("Identify", *QUERIES, *SHELLS)
READS = tuple(name for name, method in METHODS.items() if not method.writes)
WRITES = tuple(name for name, method in METHODS.items() if method.writes)
GROUPS = {"reads": READS, "writes": WRITES, "wmi": (*READS, *WRITES, *QUERIES), "shells": SHELLS}


@dataclass(frozen=True)
class Misbehavior:
    """One rule. What it does comes first, when it does it last."""

    # True: ReturnValue 5. "fault": the fault of WMI's provider (0x80338105). MS-WSMV names both ways.
    deny_reads: Literal[False, True, "fault"] = False
    deny_writes: Literal[False, True, "fault"] = False
    # Answers 0 and stores nothing: what a filter driver or a policy engine that reverts at once looks like.
    lose_writes: bool = False
    lose_deletes: bool = False
    delay: float = 0
    fault: str | None = chosen_from(tuple(NAMED_FAULTS))
    # truncated: carried out, and half of the answer sent as if it were all. cut: carried out, half of it sent, and the
    # connection closed. broken_tls: carried out, half of it sent, and then octets that are nothing that TLS could read.
    # lost: carried out, and the connection closed without an answer.
    body: str | None = chosen_from((*BODIES, "truncated", "cut", "broken_tls", "lost"))
    close_connection: bool = False
    # Seconds for which nothing listens after the answer, while the host restarts. All connections are closed.
    restart: float = 0
    # 401 in place of an answer: the login that came with the request, or on its connection, holds no longer.
    refuse_login: bool = False
    # 307 to this address in place of an answer, which a host never sends.
    redirect: str | None = None
    # Of answers to encrypted messages. dropped: they come in the clear. claimed: in the clear, under headers of an
    # encrypted one. damaged: encrypted, with another octet at the end.
    encryption: Literal["kept", "dropped", "claimed", "damaged"] = "kept"
    relates_to: Literal["right", "wrong", "nil", "missing"] = "right"
    # Somebody else stores this number in UseMachineId before the request is carried out.
    meddle: int | None = None
    return_value: Literal["sent", "missing"] = "sent"
    # Of the answer to Create, without which nobody can name the shell.
    shell_id: Literal["sent", "missing"] = "sent"
    only: tuple[str, ...] = chosen_from((*GROUPS, *METHODS, *OPERATIONS), ())
    after: int = 1
    times: int | None = None

    def __post_init__(self) -> None:
        if self.after < 1 or (self.times is not None and self.times < 1) or min(self.delay, self.restart) < 0:
            raise OptionError("misbehave: after and times start at 1, delay and restart at 0")

    def fits(self, operation: str) -> bool:
        return not self.only or any(operation == name or operation in GROUPS.get(name, ()) for name in self.only)


GOOD = Misbehavior()
_CONDITIONS = {"only", "after", "times"}
_EFFECTS = tuple(item.name for item in fields(Misbehavior) if item.name not in _CONDITIONS)


@dataclass
class MisbehaviorRules:
    """The rules of one host with how often each was met so far."""

    rules: Sequence[Misbehavior]
    _met: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._met = [0] * len(self.rules)

    def on(self, operation: str) -> Misbehavior:
        """The effects of every rule that applies to this request; of two that clash the first wins."""
        effects: dict[str, Any] = {}
        for rule in [rule for index, rule in enumerate(self.rules) if self._applies(index, rule, operation)]:
            for name in _EFFECTS:
                if getattr(rule, name) != getattr(GOOD, name):
                    effects.setdefault(name, getattr(rule, name))
        return Misbehavior(**effects) if effects else GOOD

    def _applies(self, index: int, rule: Misbehavior, operation: str) -> bool:
        if not rule.fits(operation):
            return False
        self._met[index] += 1
        return rule.after <= self._met[index] and (rule.times is None or self._met[index] < rule.after + rule.times)
