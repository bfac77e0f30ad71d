# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the work of a reader grows with what it reads."""

from __future__ import annotations

import sys
import time
import typing as t

#: 16 times as much is as long as an answer may be.
_SIZE: t.Final = 280


def assert_linear(read: t.Callable[[int], None], size: int = _SIZE) -> None:
    """``read(n)`` reads an input of size n: twice as much may take at most 2.5 times the steps, and little time.

    Steps are lines that Python runs; what it does within one is measured by the time for an input that is much larger.
    """
    once, twice = _steps(lambda: read(size)), _steps(lambda: read(2 * size))
    assert twice <= 2.5 * once, (once, twice)
    started = time.process_time()
    read(16 * size)
    assert time.process_time() - started < 3


def _steps(work: t.Callable[[], None]) -> int:
    count = 0

    def trace(_frame: t.Any, _event: str, _argument: t.Any) -> t.Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
