# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After a change a lost host is read over one more connection, and in no other case."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import (
    AccessDenied,
    HostError,
    LoginRefused,
    NotTheHost,
    Observation,
    OutOfTime,
    Unreachable,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reconnecting import ReconnectingHost
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, ValueName, dword

NAME = ValueName("KEY", "Name")


class Host:
    """It fails with the errors listed, one for each call, and answers with its number."""

    def __init__(self, number: int, *errors: type[HostError] | None) -> None:
        self.calls: list[str] = []
        self._number = number
        self._errors = list(errors)

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if self._errors and (error := self._errors.pop(0)):
            raise error("Lost", "Look.")

    def observe(self, _names: t.Sequence[ValueName]) -> Observation:
        raise NotImplementedError

    def read(self, _name: ValueName) -> RegistryValue:
        self._call("read")
        return dword(self._number)

    def policy_log(self) -> None:
        return None

    def write(self, _name: ValueName, _data: int) -> None:
        self._call("write")

    def delete(self, _name: ValueName) -> None:
        self._call("delete")


def connected(*hosts: Host) -> ReconnectingHost:
    others = iter(hosts[1:])
    return ReconnectingHost(hosts[0], lambda: next(others))


def test_the_answer_to_a_change_that_is_lost_is_read_over_another_connection() -> None:
    lost, found = Host(1, Unreachable), Host(2)
    host = connected(lost, found)
    with pytest.raises(Unreachable):
        host.delete(NAME)
    assert host.read(NAME) == dword(2)
    host.write(NAME, 1)
    assert (lost.calls, found.calls) == (["delete"], ["read", "write"])


def test_and_so_is_the_proof_of_a_change_that_was_accepted() -> None:
    lost, found = Host(1, None, Unreachable), Host(2)
    host = connected(lost, found)
    host.write(NAME, 1)
    assert host.read(NAME) == dword(2)


def test_once() -> None:
    host = connected(Host(1, Unreachable), Host(2, Unreachable), Host(3))
    with pytest.raises(Unreachable):
        host.write(NAME, 1)
    for _time in range(2):
        with pytest.raises(Unreachable):
            host.read(NAME)


def test_a_host_that_is_lost_before_any_change_is_not_asked_again() -> None:
    host = connected(Host(1, Unreachable), Host(2))
    with pytest.raises(Unreachable):
        host.read(NAME)


@pytest.mark.parametrize("error", [LoginRefused, NotTheHost, OutOfTime])
def test_nor_one_that_is_given_up(error: type[HostError]) -> None:
    for errors in ((error,), (None, error)):
        first, second = Host(1, *errors), Host(2)
        host = connected(first, second)
        with contextlib.suppress(error):
            host.write(NAME, 1)
        for _time in range(2):
            with pytest.raises(error):
                host.read(NAME)
        assert second.calls == []


def test_what_the_host_refuses_has_not_lost_it() -> None:
    first, second = Host(1, AccessDenied), Host(2)
    host = connected(first, second)
    with pytest.raises(AccessDenied):
        host.write(NAME, 1)
    assert host.read(NAME) == dword(1)
    assert second.calls == []
