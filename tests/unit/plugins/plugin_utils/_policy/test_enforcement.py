# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes on a host: what is believed of them, and what is known when one fails."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.enforcement import Enforcement, observe
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.settings import VALUE_NAMES, Configured, Setting
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import (
    AccessDenied,
    HostError,
    LoginRefused,
    Observation,
    Unreachable,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion

IDENTITY, FALLBACK = VALUE_NAMES["use_machine_id"], VALUE_NAMES["null_session_fallback"]
BOTH: dict[Setting, Configured] = {"use_machine_id": "enabled", "null_session_fallback": "not_defined"}
Fails: t.TypeAlias = "dict[int, type[HostError]]"


class Registry:
    """A host with the fallback allowed. ``fails`` says which calls fail, ``done`` that they are still made."""

    def __init__(
        self, fails: Fails | None = None, *, done: bool = False, reverts: bool = False, reverts_at: int = 0
    ) -> None:
        self.stored: dict[ValueName, RegistryValue] = {FALLBACK: dword(1)}
        self.calls: list[str] = []
        self._fails = fails or {}
        self._done = done
        self._reverts = reverts
        #: The call at which something on the host takes the identity away.
        self._reverts_at = reverts_at

    def _call(self, what: str, effect: t.Callable[[], object] = lambda: None) -> None:
        self.calls.append(what)
        if len(self.calls) == self._reverts_at:
            self.stored.pop(IDENTITY)
        error = self._fails.get(len(self.calls))
        if not self._reverts and (error is None or self._done):
            effect()
        if error:
            raise error(error.__name__, "Look.")

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        return Observation(WindowsVersion(10, 0, 20348, "server"), tuple(self.stored.get(name) for name in names))

    def read(self, name: ValueName) -> RegistryValue | None:
        self._call(f"read {name.name}")
        return self.stored.get(name)

    def policy_log(self) -> None:
        return None

    def write(self, name: ValueName, data: int) -> None:
        self._call(f"write {name.name}", lambda: self.stored.update({name: dword(data)}))

    def delete(self, name: ValueName) -> None:
        self._call(f"delete {name.name}", lambda: self.stored.pop(name))


def test_a_host_has_to_tell_each_value_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry()
    monkeypatch.setattr(
        registry, "observe", lambda _names: Observation(WindowsVersion(10, 0, 20348, "server"), (None,))
    )
    with pytest.raises(ValueError, match="zip"):
        observe(registry)


def failed(registry: Registry) -> tuple[Enforcement, str]:
    enforcement = Enforcement(registry, observe(registry))
    with pytest.raises(HostError) as caught:
        enforcement.make(BOTH)
    return enforcement, str(caught.value)


def test_each_change_is_read_back_before_the_next_and_the_first_once_more_at_the_end() -> None:
    registry = Registry()
    enforcement = Enforcement(registry, observe(registry))
    host = enforcement.make(BOTH)
    assert host == observe(registry) == enforcement.state
    assert enforcement.changed
    first, second = IDENTITY.name, FALLBACK.name
    assert registry.calls == [f"write {first}", f"read {first}", f"delete {second}", f"read {second}", f"read {first}"]


def test_a_single_change_is_read_back_once() -> None:
    registry = Registry()
    Enforcement(registry, observe(registry)).make({"use_machine_id": "enabled"})
    assert registry.calls == [f"write {IDENTITY.name}", f"read {IDENTITY.name}"]


@pytest.mark.parametrize("at", [3, 4, 5])
def test_a_first_value_that_reverts_while_the_second_is_written_did_not_stick(at: int) -> None:
    registry = Registry(reverts_at=at)
    enforcement, message = failed(registry)
    assert f"{IDENTITY} was set to REG_DWORD 1, but afterwards there is none" in message
    assert (enforcement.changed, enforcement.state) == (True, observe(registry)), "the second is as it was asked for"


def test_a_failed_second_write_looks_what_became_of_the_first_too() -> None:
    registry = Registry({3: AccessDenied}, reverts_at=3)
    enforcement, message = failed(registry)
    assert message == "AccessDenied. Look."
    assert (enforcement.changed, enforcement.state) == (False, observe(registry))


def test_a_first_value_that_cannot_be_read_once_more_is_as_it_was_read_before() -> None:
    registry = Registry({5: Unreachable})
    enforcement, _message = failed(registry)
    assert (enforcement.changed, enforcement.state) == (True, observe(registry))


def test_without_changes_the_host_is_not_asked() -> None:
    registry = Registry()
    enforcement = Enforcement(registry, observe(registry))
    assert enforcement.make({}) == enforcement.state == observe(registry)
    assert (enforcement.changed, registry.calls) == (False, [])


def test_a_write_that_does_not_stick_fails_and_is_not_a_change() -> None:
    registry = Registry(reverts=True)
    enforcement, message = failed(registry)
    assert "was set to REG_DWORD 1, but afterwards there is none" in message
    assert (enforcement.changed, enforcement.state) == (False, observe(registry))
    assert len(registry.calls) == 2, "the second change is not made"


@pytest.mark.parametrize("done", [False, True])
def test_after_a_failed_write_it_looks_what_is_there(done: bool) -> None:
    registry = Registry({1: AccessDenied}, done=done)
    enforcement, message = failed(registry)
    assert (enforcement.changed, enforcement.state) == (done, observe(registry))
    assert "not known" not in message


def test_a_write_whose_answer_is_lost_is_a_change_if_the_value_is_there() -> None:
    """And what comes after it is done as well."""
    registry = Registry({1: Unreachable, 3: Unreachable}, done=True)
    enforcement = Enforcement(registry, observe(registry))
    assert enforcement.make(BOTH) == observe(registry) == enforcement.state
    assert enforcement.changed
    assert [call for call in registry.calls if "read" not in call] == [
        f"write {IDENTITY.name}",
        f"delete {FALLBACK.name}",
    ], "nothing is written twice"


def test_one_that_was_not_made_is_told_with_what_is_there() -> None:
    registry = Registry({1: Unreachable})
    enforcement, message = failed(registry)
    assert message == f"Unreachable. Look. Read again: {IDENTITY} is absent."
    assert (enforcement.changed, enforcement.state) == (False, observe(registry))
    assert registry.calls == [f"write {IDENTITY.name}", f"read {IDENTITY.name}"]
    registry = Registry({3: Unreachable})
    registry.stored[FALLBACK] = dword(2)
    _enforcement, message = failed(registry)
    assert message == f"Unreachable. Look. Read again: {FALLBACK} is REG_DWORD 2."


@pytest.mark.parametrize(
    ("fails", "calls", "changed", "words"),
    [
        pytest.param(
            {1: LoginRefused}, 1, False, f"Whether {IDENTITY} was written is not known", id="refused: not asked again"
        ),
        pytest.param({1: Unreachable, 2: Unreachable}, 2, False, "was written is not known", id="and not found again"),
        pytest.param({1: AccessDenied, 2: AccessDenied}, 2, False, "was written is not known", id="nor can it be read"),
        pytest.param({2: Unreachable}, 2, True, "Unreachable", id="accepted, and lost before it was read back"),
        pytest.param({2: AccessDenied}, 2, True, "AccessDenied", id="accepted, and can't be read back"),
        pytest.param(
            {3: LoginRefused}, 3, True, f"Whether {FALLBACK} was written is not known", id="refused at the second"
        ),
    ],
)
def test_what_is_not_known_is_not_told(fails: Fails, calls: int, changed: bool, words: str) -> None:
    registry = Registry(fails)
    enforcement, message = failed(registry)
    assert enforcement.state is None
    assert (len(registry.calls), enforcement.changed) == (calls, changed)
    assert words in message
