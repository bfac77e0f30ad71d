# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Work on many hosts at once, each in a thread of its own, until it is done or its time is up. Knows no Windows.

Threads that overrun their time are left behind. They are daemon threads, so the process ends without them, and what
they return is not looked at any more.

The libraries below wait with poll or epoll (urllib3 ``util/wait.py``, ``selectors`` in ssh.py and subprocess), so that
numbers of files above 1,024 are no limit. That of the process is: see files.py.
"""

from __future__ import annotations

import collections
import itertools
import queue
import threading
import time
import typing as t

from .accounts import Accounts, Login

T = t.TypeVar("T")

#: Seconds after which the caller gets a turn although no host was done.
_TURN: t.Final = 0.5

#: Seconds after which a host counts as slow: it is set aside, and another one begins.
_SLOW: t.Final = 5.0

#: Hosts whose account has to prove itself first, for each host that is worked on. The rest is not looked at yet.
_WAITING: t.Final = 4

State: t.TypeAlias = t.Literal["done", "overdue", "not tried"]


class Job(t.NamedTuple, t.Generic[T]):
    """The work on one host.

    ``account`` is the name of the user who logs in; None where no account could be locked. ``work`` gets a function to
    call once the login was accepted, and returns a result, and what became of the login. It raises nothing.
    """

    host: str
    account: str | None
    work: t.Callable[[t.Callable[[], None]], tuple[T, Login]]


class Finished(t.NamedTuple, t.Generic[T]):
    """The outcome of a job: ``result`` is None unless its state is done."""

    job: Job[T]
    state: State
    result: T | None = None


class _Task(t.Generic[T]):
    """A job with its thread."""

    def __init__(self, job: Job[T], timeout: float, events: queue.SimpleQueue[t.Any]) -> None:
        self.job = job
        self.begun = time.monotonic()
        self.deadline = self.begun + timeout
        self._events = events
        threading.Thread(target=self._run, name=f"winsec.lsa {job.host}", daemon=True).start()

    def _run(self) -> None:
        self._events.put((self, *self.job.work(lambda: self._events.put((self, None, None)))))


class Engine(t.Generic[T]):
    """Works on up to ``workers`` hosts at once, beside those that are slow. All its methods belong to one thread."""

    def __init__(
        self, workers: int, timeout: float, accounts: Accounts, *, most: int | None = None, slow: float = _SLOW
    ) -> None:
        """``timeout`` is the number of seconds for one host, and ``slow`` that after which another one may begin.

        ``most`` limits the number of hosts at once, the slow ones included.
        """
        self._workers = workers
        self._most = most or workers
        self._slow = slow
        self._timeout = timeout
        self._accounts = accounts
        self._running: dict[_Task[T], None] = {}  # in the order in which their time is up
        self._waiting: collections.deque[Job[T]] = collections.deque()
        self._events: queue.SimpleQueue[t.Any] = queue.SimpleQueue()

    def run(self, jobs: t.Iterator[Job[T]]) -> t.Iterator[Finished[T] | None]:
        """Yield what came of each job as it ends, and None now and then while nothing does.

        ``jobs`` is asked for the next one when there is a thread for it, and not earlier.
        """
        while True:
            job, exhausted = self._next(jobs)
            if job and self._accounts.permission(job.account) == "stop":
                yield Finished(job, "not tried")
            elif job:
                self._accounts.begin(job.account)
                self._running[_Task(job, self._timeout, self._events)] = None
            elif exhausted and not self._running and not self._waiting:
                return
            yield from self._ended(wait=job is None)

    def _next(self, jobs: t.Iterator[Job[T]]) -> tuple[Job[T] | None, bool]:
        """Return the next job that may begin, or need not, and whether there are no others to come."""
        if len(self._running) >= self._most or len(self._running) - self._set_aside() >= self._workers:
            return None, False
        for number, job in enumerate(self._waiting):
            if self._accounts.permission(job.account) != "wait":
                del self._waiting[number]
                return job, False
        while len(self._waiting) < self._workers * _WAITING:
            if (new := next(jobs, None)) is None:
                return None, True
            if self._accounts.permission(new.account) != "wait":
                return new, False
            self._waiting.append(new)
        return None, False

    def _set_aside(self) -> int:
        """How many hosts are slow. They are the first ones."""
        since = time.monotonic() - self._slow
        return sum(1 for _task in itertools.takewhile(lambda task: task.begun <= since, self._running))

    def _ended(self, *, wait: bool) -> t.Iterator[Finished[T] | None]:
        """Return what has happened until now; with ``wait``, once something has."""
        try:
            event = self._events.get(timeout=self._patience() if wait else 0)
        except queue.Empty:
            event = None
            if wait:
                yield None
        while event:
            yield from self._happened(*event)
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                event = None
        yield from self._overdue()

    def _patience(self) -> float:
        deadline = next((task.deadline for task in self._running), None)
        return _TURN if deadline is None else max(0, min(_TURN, deadline - time.monotonic()))

    def _happened(self, task: _Task[T], result: T | None, login: Login) -> t.Iterator[Finished[T]]:
        if task not in self._running:  # it was given up
            return
        if result is None:
            self._accounts.accept(task.job.account)
            return
        del self._running[task]
        self._accounts.end(task.job.account, task.job.host, login)
        yield Finished(task.job, "done", result)

    def _overdue(self) -> t.Iterator[Finished[T]]:
        now = time.monotonic()
        while (task := next(iter(self._running), None)) and task.deadline <= now:
            del self._running[task]
            self._accounts.end(task.job.account, task.job.host, None)
            yield Finished(task.job, "overdue")
