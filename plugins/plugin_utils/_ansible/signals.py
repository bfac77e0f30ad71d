# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The end of a run before its time, by Ctrl-C or kill: there is a moment to say what was not done."""

from __future__ import annotations

import contextlib
import os
import signal
import types
import typing as t

_SIGNALS: t.Final = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """The run is to end. Not an error, so that nothing on the way takes it for one."""

    def __init__(self, number: int, before: t.Mapping[signal.Signals, t.Any]) -> None:
        super().__init__(number)
        self._number = number
        self._before = before

    def resend(self) -> t.NoReturn:
        """Restore the handlers and send the signal again, which ends the process as it would have."""
        _set(self._before)
        os.kill(os.getpid(), self._number)
        raise self


@contextlib.contextmanager
def interruptible() -> t.Iterator[t.Callable[[], None]]:
    """Raise Interrupted in this context where a signal comes, in place of what else the process does then.

    From then on, signals are ignored until ``resend`` is called: Ansible sends several. Up to ansible-core 2.18, it
    passes none on to the processes of its tasks. And Python drops what is raised while it collects garbage. So there is
    a function to call now and then: it raises Interrupted if a signal has come or Ansible is gone.
    """
    parent = os.getppid()
    received: list[int] = []

    def interrupt(number: int, _frame: types.FrameType | None) -> None:
        received.append(number)
        _set(dict.fromkeys(_SIGNALS, signal.SIG_IGN))
        raise Interrupted(number, before)

    def check() -> None:
        if received or os.getppid() != parent:
            interrupt(next(iter(received), signal.SIGTERM), None)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    _set(dict.fromkeys(_SIGNALS, interrupt))
    try:
        yield check
    except Interrupted:
        raise
    except BaseException:
        _set(before)
        raise
    _set(before)


def _set(handlers: t.Mapping[signal.Signals, t.Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
