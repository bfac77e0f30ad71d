# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The progress of a run as a user sees it: how far it is, what it found, how fast, and how long it will take. Pure."""

from __future__ import annotations

import time
import typing as t
from collections import Counter

#: Seconds between two lines: on a terminal, where each replaces the one before, and in a log.
_ON_A_TERMINAL: t.Final = 1.0
_IN_A_LOG: t.Final = 30.0

#: Speed is that of the last so many seconds, as far as there were so many.
_SPAN: t.Final = 20.0


class Progress:
    """Counts hosts, and shows a line now and then."""

    def __init__(
        self,
        total: int,
        show: t.Callable[[str], None],
        *,
        terminal: bool,
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        """``show`` writes a text as it is: for a terminal it begins with a carriage return, else it ends in a line."""
        self._total = total
        self._show = show
        self._terminal = terminal
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._shown_at = clock()
        self._marks = [(clock(), 0)]
        self._width = 0

    def count(self, verdict: str) -> None:
        self._counts[verdict] += 1

    def turn(self) -> None:
        """Show a line if it is time for one."""
        now = self._clock()
        if now - self._shown_at < (_ON_A_TERMINAL if self._terminal else _IN_A_LOG):
            return
        self._shown_at = now
        self._marks.append((now, self._counts.total()))
        while len(self._marks) > 2 and now - self._marks[1][0] > _SPAN:
            del self._marks[0]
        line = self.line()
        if self._terminal:
            self._show(f"\r{line.ljust(self._width)}")
            self._width = len(line)
        else:
            self._show(f"{line}\n")

    def end(self) -> None:
        """Leave nothing of the line on a terminal."""
        if self._width:
            self._show(f"\r{' ' * self._width}\r")

    def line(self) -> str:
        """How far the run is."""
        done = self._counts.total()
        found = ", ".join(f"{count:,} {verdict}" for verdict, count in self._counts.most_common())
        parts = [f"{done:,} of {self._total:,} hosts", *([found] if found else []), *self._speed(done)]
        return "; ".join(parts)

    def _speed(self, done: int) -> t.Iterator[str]:
        (since, then), (now, _count) = self._marks[0], self._marks[-1]
        if now <= since or done <= then:
            return
        rate = (done - then) / (now - since)
        yield f"{rate:.0f} a second" if rate >= 10 else f"{rate:.1f} a second"
        yield f"{_duration((self._total - done) / rate)} left"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
