# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module returns when it fails, and what it returns to undo it."""

from __future__ import annotations

import contextlib
import types
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.module_utils._domain import task
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.errors import GroupPolicyError
from ansible_collections.winsec.lsa.plugins.modules.use_machine_id_gpo import _previous


class Failed(Exception):
    """A module has failed, with a result."""


def failure(error: Exception, monkeypatch: pytest.MonkeyPatch) -> dict[str, t.Any]:
    """Return the result of a module whose work ends with an error, after it has made a backup."""
    result: dict[str, t.Any] = {}

    def fail_json(**returned: t.Any) -> t.NoReturn:
        result.update(returned)
        raise Failed

    known: dict[str, t.Any] = {}

    def work(_controller: object) -> dict[str, t.Any]:
        known["backup_path"] = "backups/1"
        raise error

    monkeypatch.setattr(task, "read_options", lambda _parameters: types.SimpleNamespace(timeout=60))
    monkeypatch.setattr(task, "_require_libraries", lambda _module, _options: None)
    monkeypatch.setattr(task, "connected", lambda _options: contextlib.nullcontext())
    module: t.Any = types.SimpleNamespace(params={}, fail_json=fail_json)
    with pytest.raises(Failed):
        task.run(module, work, known)
    return result


@pytest.mark.parametrize("changed", [False, True])
def test_a_failure_says_what_was_changed_and_where_the_copy_is(changed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    result = failure(GroupPolicyError("It broke", "Look.", changed=changed), monkeypatch)
    assert result == {"msg": "It broke. Look.", "changed": changed, "backup_path": "backups/1"}


def test_an_error_that_nobody_expects_is_a_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    result = failure(KeyError("attrib\x1bute"), monkeypatch)
    assert result["msg"].startswith("The module met an error that it does not expect: KeyError: 'attrib")
    assert "\x1b" not in result["msg"]
    assert "Traceback" in result["exception"]
    assert result["backup_path"] == "backups/1"


def test_what_was_said_before_is_a_choice_that_brings_it_back() -> None:
    assert _previous("disabled") == {"configured": "disabled", "state": "disabled"}
    assert _previous("not_defined") == {"configured": "not_defined", "state": "not_defined"}
    assert _previous("invalid") == {"configured": "invalid", "state": "unmanaged"}
