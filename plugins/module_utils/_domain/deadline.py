# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The time that a task may take. smbprotocol waits without end for a server that has gone silent.

libldap does so in a TLS handshake, and takes a signal for no reason to stop: who is still there then is ended.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import types
import typing as t

from .._group_policy.errors import DeadlineExceeded

#: Seconds to undo a change and to log off, once the time is over.
_GRACE: t.Final = 10


@contextlib.contextmanager
def deadline(seconds: int, end: t.Callable[[DeadlineExceeded], None]) -> t.Iterator[None]:
    """Interrupt what runs inside, in the main thread, after ``seconds``; and what then undoes it after ten more.

    ``end`` is called in a thread of its own if neither has an effect, and has to end the process.
    """
    exceeded = DeadlineExceeded(
        f"The domain controller did not answer in time: the task may take {seconds} seconds",
        "Check the network and the load of the domain controller, or raise timeout. Then run the task again: it "
        "finishes what was begun.",
    )

    def over(_signal: int, _frame: types.FrameType | None) -> None:
        signal.alarm(_GRACE)
        raise exceeded

    last = threading.Timer(seconds + _GRACE + 1, end, [exceeded])
    last.daemon = True
    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    last.start()
    try:
        yield
    finally:
        last.cancel()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
