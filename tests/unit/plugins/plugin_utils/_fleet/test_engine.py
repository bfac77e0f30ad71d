# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many hosts at once, some of which take their time or refuse the login."""

from __future__ import annotations

import threading
import typing as t

from ansible_collections.winsec.lsa.plugins.plugin_utils._fleet.accounts import Accounts, Login
from ansible_collections.winsec.lsa.plugins.plugin_utils._fleet.engine import Engine, Job

#: Seconds that a busy machine may take for what needs none. Nothing waits for them to pass.
_AMPLE = 60.0


class Hosts:
    """Hosts that answer at once, hang until they are released, or refuse the login."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.asked: list[str] = []
        self.most = 0
        self._at_once = 0
        self._lock = threading.Lock()

    def job(self, host: str, account: str | None = None, login: Login = None, *, hangs: bool = False) -> Job[str]:
        def work(logged_in: t.Callable[[], None]) -> tuple[str, Login]:
            with self._lock:
                self.asked.append(host)
                self._at_once += 1
                self.most = max(self.most, self._at_once)
            if login is None:
                logged_in()
            if hangs:
                self.released.wait(_AMPLE)
            with self._lock:
                self._at_once -= 1
            return f"of {host}", login

        return Job(host, account, work)


def run(jobs: t.Iterable[Job[str]], workers: int = 4, timeout: float = _AMPLE, most: int = 3) -> dict[str, str]:
    engine: Engine[str] = Engine(workers, timeout, Accounts(most))
    return {finished.job.host: finished.result or finished.state for finished in engine.run(iter(jobs)) if finished}


def test_every_host_is_asked_once_and_not_too_many_at_a_time() -> None:
    hosts = Hosts()
    found = run([hosts.job(str(number), "svc") for number in range(50)], workers=4)
    assert found == {str(number): f"of {number}" for number in range(50)}
    assert sorted(hosts.asked, key=int) == [str(number) for number in range(50)]
    assert hosts.most <= 4


def test_hosts_are_resolved_when_there_is_a_thread_for_them() -> None:
    hosts, resolved = Hosts(), []

    def jobs() -> t.Iterator[Job[str]]:
        for number in range(20):
            resolved.append(number)
            yield hosts.job(str(number), hangs=True)

    engine: Engine[str] = Engine(3, _AMPLE, Accounts(3))
    found = engine.run(jobs())
    assert next(found) is None, "nothing is done yet"
    assert resolved == [0, 1, 2]
    hosts.released.set()
    assert len([finished for finished in found if finished]) == 20


def test_a_host_that_hangs_is_given_up_and_delays_no_other() -> None:
    hosts = Hosts()
    hanging = [hosts.job(f"hanging{number}", hangs=True) for number in range(3)]
    others = [hosts.job(str(number)) for number in range(20)]
    found = run([*hanging, *others], workers=4, timeout=1)
    assert {name for name, result in found.items() if result == "overdue"} == {"hanging0", "hanging1", "hanging2"}
    assert all(found[str(number)] == f"of {number}" for number in range(20))
    hosts.released.set()


def test_more_hosts_may_hang_than_there_are_threads() -> None:
    hosts = Hosts()
    found = run([hosts.job(str(number), hangs=number < 6) for number in range(8)], workers=2, timeout=0.2)
    assert [found[str(number)] for number in range(6)] == ["overdue"] * 6
    assert found["7"] == "of 7"
    hosts.released.set()


def test_a_refused_account_is_stopped_and_the_others_go_on() -> None:
    hosts = Hosts()
    wrong = [hosts.job(f"wrong{number}", "svc", "refused") for number in range(100)]
    right = [hosts.job(f"right{number}", "other") for number in range(10)]
    found = run([*wrong, *right], workers=64, most=3)
    assert len([host for host in hosts.asked if host.startswith("wrong")]) == 3
    assert sum(result == "not tried" for result in found.values()) == 97
    assert all(found[f"right{number}"] == f"of right{number}" for number in range(10))


def test_an_account_is_proven_by_a_host_that_is_not_done_yet() -> None:
    hosts = Hosts()
    slow = hosts.job("slow", "svc", hangs=True)

    def last(logged_in: t.Callable[[], None]) -> tuple[str, Login]:
        logged_in()
        hosts.released.set()
        return "of last", None

    assert run([slow, Job("last", "svc", last)], most=1) == {"slow": "of slow", "last": "of last"}


def test_slow_hosts_are_set_aside() -> None:
    """Nothing but the last host releases them, and it gets its turn though all threads are taken."""
    hosts = Hosts()

    def last(_logged_in: t.Callable[[], None]) -> tuple[str, Login]:
        hosts.released.set()
        return "of last", None

    jobs = [*(hosts.job(str(number), hangs=True) for number in range(6)), Job("last", None, last)]
    engine: Engine[str] = Engine(2, _AMPLE, Accounts(3), most=7, slow=0.01)
    found = {finished.job.host: finished.state for finished in engine.run(iter(jobs)) if finished}
    assert found == dict.fromkeys([*map(str, range(6)), "last"], "done")
