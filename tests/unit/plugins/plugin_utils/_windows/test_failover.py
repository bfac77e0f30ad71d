# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two ways to a host: what leads from the first to the second, and what does not."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.failover import FailoverHost
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import (
    AccessDenied,
    HostError,
    LoginRefused,
    NotServed,
    NotTheHost,
    NotUnderstood,
    Observation,
    Refused,
    Unreachable,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion

NAME = ValueName("KEY", "NAME")
NOT_SERVED = NotServed("WMI is closed", "Open it.")


class Way:
    """One way to a host: it does what it is asked for, or fails as it is told to. ``asked`` is kept."""

    def __init__(self, *, fails: dict[str, HostError] | None = None) -> None:
        self._fails = fails or {}
        self.asked: list[str] = []

    def _answer(self, method: str) -> None:
        self.asked.append(method)
        if method in self._fails:
            raise self._fails[method]

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        self._answer("observe")
        return Observation(WindowsVersion(10, 0, 20348, "server"), tuple(None for _name in names))

    def read(self, name: ValueName) -> RegistryValue | None:
        self._answer(f"read {name.name}")
        return dword(1)

    def policy_log(self) -> None:
        return None

    def write(self, name: ValueName, data: int) -> None:
        self._answer(f"write {name.name} {data}")

    def delete(self, name: ValueName) -> None:
        self._answer(f"delete {name.name}")


def everything(windows: FailoverHost) -> list[t.Any]:
    answers = [windows.observe([NAME]), windows.read(NAME)]
    windows.write(NAME, 1)
    windows.delete(NAME)
    return answers


ALL = ["observe", "read NAME", "write NAME 1", "delete NAME"]


def pair(preferred: Way, other: Way) -> tuple[FailoverHost, list[str]]:
    warnings: list[str] = []
    return FailoverHost(preferred, lambda: other, warnings.append), warnings


def test_the_preferred_way_is_the_only_one_while_it_serves() -> None:
    preferred, other = Way(), Way()
    windows, warnings = pair(preferred, other)
    everything(windows)
    assert (preferred.asked, other.asked, warnings) == (ALL, [], [])


@pytest.mark.parametrize("number", [0, 2, 3])
def test_from_the_first_refusal_on_the_other_way_is_taken_with_one_warning(number: int) -> None:
    preferred, other = Way(fails={ALL[number]: NOT_SERVED}), Way()
    windows, warnings = pair(preferred, other)
    assert everything(windows) == everything(FailoverHost(Way(), Way, warnings.append))
    assert (preferred.asked, other.asked) == (ALL[: number + 1], ALL[number:])
    (warning,) = warnings
    assert "reg.exe" in warning
    assert str(NOT_SERVED) in warning


@pytest.mark.parametrize("error", [AccessDenied, NotUnderstood, Refused, Unreachable])
def test_an_answer_is_not_got_around(error: type[HostError]) -> None:
    preferred, other = Way(fails={"observe": error("This is so", "Live with it.")}), Way()
    windows, warnings = pair(preferred, other)
    with pytest.raises(error):
        windows.observe([NAME])
    assert (other.asked, warnings) == ([], [])


def test_a_value_is_read_back_as_it_was_written() -> None:
    preferred, other = Way(fails={"read NAME": NOT_SERVED}), Way()
    windows, warnings = pair(preferred, other)
    windows.write(NAME, 1)
    with pytest.raises(NotServed):
        windows.read(NAME)
    assert (other.asked, warnings) == ([], [])


@pytest.mark.parametrize("error", [NotUnderstood, NotServed, Unreachable])
def test_where_both_ways_fail_both_are_told_and_the_host_is_not_called_lost(error: type[HostError]) -> None:
    first = NotServed("WMI is closed", "Open it.")
    windows, warnings = pair(
        Way(fails={"observe": first}), Way(fails={"observe": error("No shell opens", "Look for one.")})
    )
    with pytest.raises(NotServed) as raised:
        windows.observe([NAME])
    assert "WMI is closed. Open it." in str(raised.value)
    assert "No shell opens. Look for one." in str(raised.value)
    assert warnings == []


@pytest.mark.parametrize("error", [LoginRefused, NotTheHost])
def test_a_login_that_is_refused_and_another_host_on_the_other_way_are_final(error: type[HostError]) -> None:
    windows, warnings = pair(
        Way(fails={"observe": NOT_SERVED}), Way(fails={"observe": error("This is so", "Live with it.")})
    )
    with pytest.raises(error, match="This is so"):
        windows.observe([NAME])
    assert len(warnings) == 1


def test_a_key_that_denies_the_other_way_is_told_as_it_is() -> None:
    windows, warnings = pair(
        Way(fails={"observe": NOT_SERVED}), Way(fails={"observe": AccessDenied("The key is closed", "Ask.")})
    )
    with pytest.raises(AccessDenied, match="The key is closed"):
        windows.observe([NAME])
    assert len(warnings) == 1


def test_there_is_no_third_way() -> None:
    other = Way(fails={"read NAME": NotServed("Nor this", "Give up.")})
    windows, warnings = pair(Way(fails={"observe": NOT_SERVED}), other)
    windows.observe([NAME])
    with pytest.raises(NotServed, match="Nor this"):
        windows.read(NAME)
    assert len(warnings) == 1


def test_a_shell_that_does_not_open_is_told_beside_the_cause() -> None:
    def other() -> t.NoReturn:
        raise Unreachable("The connection plugin winrm failed: no shell", "See there.")

    windows = FailoverHost(
        Way(fails={"observe": NotServed("WMI is closed", "Open it.")}), other, lambda _warning: pytest.fail("warned")
    )
    with pytest.raises(NotServed, match=r"WMI is closed.*no shell"):
        windows.observe([NAME])


class Closed(Way):
    """WMI that serves everything but writes."""

    def __init__(self) -> None:
        super().__init__(fails={"write NAME 1": NotServed("WMI is closed", "Open it.")})


@pytest.mark.parametrize("error", [NotUnderstood, NotServed, HostError])
@pytest.mark.parametrize("opens", [True, False])
def test_a_fallback_that_failed_gives_the_preferred_way_back(error: type[HostError], opens: bool) -> None:
    """It can still say what is stored, which the fallback can't."""
    failure = error("No shell opens", "Look for one.")

    def other() -> Way:
        if not opens:
            raise failure
        return fallback

    preferred, fallback = Closed(), Way(fails={"write NAME 1": failure})
    windows = FailoverHost(preferred, other, lambda _warning: pytest.fail("warned"))
    with pytest.raises(NotServed, match=r"WMI is closed.*No shell opens"):
        windows.write(NAME, 1)
    assert windows.read(NAME) == dword(1)
    assert (preferred.asked, fallback.asked) == (["write NAME 1", "read NAME"], ["write NAME 1"] if opens else [])


def test_a_host_that_the_fallback_lost_is_not_asked_again() -> None:
    """It may have refused the login there: each further request could be one login more."""
    preferred, other = Closed(), Way(fails={"write NAME 1": Unreachable("The login was refused", "Check it.")})
    windows, warnings = pair(preferred, other)
    with pytest.raises(NotServed, match=r"WMI is closed.*The login was refused"):
        windows.write(NAME, 1)
    with pytest.raises(Unreachable):
        windows.read(NAME)
    assert (preferred.asked, other.asked, warnings) == (["write NAME 1"], ["write NAME 1"], [])


@pytest.mark.parametrize("error", [AccessDenied, Refused])
def test_what_the_fallback_was_answered_is_read_over_it(error: type[HostError]) -> None:
    preferred, other = Closed(), Way(fails={"write NAME 1": error("The key is closed", "Ask.")})
    windows, warnings = pair(preferred, other)
    with pytest.raises(error):
        windows.write(NAME, 1)
    windows.read(NAME)
    assert (preferred.asked, other.asked) == (["write NAME 1"], ["write NAME 1", "read NAME"])
    assert len(warnings) == 1
