# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a module when it fails, and what it returns to undo it."""

from __future__ import annotations

import contextlib
import io
import json
import types
import typing as t
from unittest import mock

import pytest

from ansible_collections.winsec.lsa.plugins.module_utils._domain import task
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.errors import GroupPolicyError
from ansible_collections.winsec.lsa.plugins.modules import use_machine_id_gpo
from ansible_collections.winsec.lsa.plugins.modules.use_machine_id_gpo import _OPTIONS, _previous


class Failed(Exception):
    """A module has failed, with a result."""


class Module:
    """A module of Ansible as its work sees it: arguments in, a result out."""

    def __init__(self, **arguments: t.Any) -> None:
        self.params = {**dict.fromkeys(_OPTIONS), "gpo": "Hardening", "state": "enabled", **arguments}
        self.check_mode = self._diff = False
        self.result: dict[str, t.Any] = {}

    def fail_json(self, **returned: t.Any) -> t.NoReturn:
        self.result = returned
        raise Failed


def failure(error: Exception, monkeypatch: pytest.MonkeyPatch, *, after: bool = False) -> dict[str, t.Any]:
    """Return the result of a module whose change ends with an error after a backup, or whose session does after all."""
    module = Module(backup="backups")
    decided = types.SimpleNamespace(changed=True)

    def change(_halves: object, _gpo: object, _decide: object, keep: t.Callable[[object], None]) -> object:
        keep(None)
        assert known_if_ended() == {"changed": True, "backup_path": "backups/1"}
        if not after:
            raise error
        return decided

    def known_if_ended() -> dict[str, t.Any]:
        """Return what is told where a library does not return, and the process is ended."""
        told = io.StringIO()
        with monkeypatch.context() as context:
            context.setattr("sys.stdout", told)
            context.setattr("os._exit", mock.Mock())
            ends[0](GroupPolicyError("No answer"))
        said = json.loads(told.getvalue())
        assert said.pop("failed")
        assert said.pop("msg") == "No answer."
        return t.cast("dict[str, t.Any]", said)

    @contextlib.contextmanager
    def connected(_options: object) -> t.Iterator[t.Any]:
        yield mock.Mock()
        raise error

    @contextlib.contextmanager
    def deadline(_seconds: int, end: t.Callable[[GroupPolicyError], None]) -> t.Iterator[None]:
        ends.append(end)
        yield

    ends: list[t.Callable[[GroupPolicyError], None]] = []
    monkeypatch.setattr(task, "read_options", lambda _parameters: types.SimpleNamespace(timeout=60))
    monkeypatch.setattr(task, "_require_libraries", lambda _module, _options: None)
    monkeypatch.setattr(task, "connected", connected)
    monkeypatch.setattr(task, "deadline", deadline)
    for name, value in {
        "AnsibleModule": lambda **_options: module,
        "guid_or_name": str,
        "_require_permitted": mock.Mock(),
        "plan": lambda *_found, **_options: decided,
        "observe": mock.Mock(),
        "back_up": lambda folder, _found: f"{folder}/1",
        "change": change,
        "_result": mock.Mock(return_value={}),
    }.items():
        monkeypatch.setattr(use_machine_id_gpo, name, value)
    with pytest.raises(Failed):
        use_machine_id_gpo.main()
    return module.result


@pytest.mark.parametrize("changed", [False, True])
def test_a_failure_says_what_was_changed_and_where_the_copy_is(changed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    result = failure(GroupPolicyError("It broke", "Look.", changed=changed), monkeypatch)
    assert result == {"msg": "It broke. Look.", "changed": changed, "backup_path": "backups/1"}


def test_an_error_that_nobody_expects_is_a_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    result = failure(KeyError("attrib\x1bute"), monkeypatch)
    assert result["msg"].startswith("The module met an error that it does not expect: KeyError: 'attrib")
    assert "\x1b" not in result["msg"]
    assert "exception" not in result
    assert "use_machine_id_gpo.py:" in result["msg"]
    assert (result["changed"], result["backup_path"]) == (False, "backups/1")  # change() has undone what it had done


@pytest.mark.parametrize("error", [GroupPolicyError("No time left"), KeyError("x")])
def test_an_error_after_a_change_does_not_deny_it(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failure(error, monkeypatch, after=True)["changed"] is True


def test_what_was_said_before_is_a_choice_that_brings_it_back() -> None:
    assert _previous("disabled") == {"configured": "disabled", "state": "disabled"}
    assert _previous("not_defined") == {"configured": "not_defined", "state": "not_defined"}
    assert _previous("invalid") == {"configured": "invalid", "state": "unmanaged"}
