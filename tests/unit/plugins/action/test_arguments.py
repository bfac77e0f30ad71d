# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option of every action refuses what it can't use, in words that can be read, before anything is contacted."""

from __future__ import annotations

import importlib
import types
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleError

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible import host_action

ACTIONS = sorted(file.stem for file in (Path(__file__).parents[4] / "plugins" / "action").glob("[!_]*.py"))

HUGE, UNICODE = "x" * 1_000_000, "enabled\u202e\x9b31m"

#: Nothing that an option of a type could take.
WRONG: dict[str, list[t.Any]] = {
    "choices": ["", "other", UNICODE, HUGE, 5, True, ["enabled"], {"a": 1}, "{{ not_rendered }}"],
    "bool": ["", "maybe", UNICODE, HUGE, ["true"], {"a": 1}, "{{ not_rendered }}"],
    "path": ["", "a\0b", HUGE, 5, True, ["file"], {"a": 1}],
    "str": [5, True, ["a"], {"a": 1}],
    "int": ["", "many", UNICODE, HUGE, 1.5, ["1"], {"a": 1}, "{{ not_rendered }}"],
    "list": [{"a": 1}],
}


def options() -> t.Iterator[t.Any]:
    for action in ACTIONS:
        for name, option in spec_of(action).items():
            kind = "choices" if option.get("choices") and option["type"] == "str" else option["type"]
            yield pytest.param(action, name, kind, id=f"{action}-{name}")


def spec_of(action: str) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", getattr(module_of(action), "ARGUMENT_SPEC", {}))


def required(action: str) -> dict[str, str]:
    return {name: "x" for name, option in spec_of(action).items() if option.get("required")}


def module_of(action: str) -> t.Any:
    return importlib.import_module(f"ansible_collections.winsec.lsa.plugins.action.{action}").ActionModule


def result_of(action: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    task = types.SimpleNamespace(
        check_mode=False, async_val=0, args=arguments, action=f"winsec.lsa.{action}", delegate_to=None
    )
    connection = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="not used"))
    plugin = module_of(action)(task, connection, None, None, None, None)
    plugin._load_name = f"ansible_collections.winsec.lsa.plugins.action.{action}"  # as Ansible's loader sets it
    try:
        return t.cast("dict[str, t.Any]", plugin.run(task_vars={"ansible_play_hosts_all": [], "hostvars": {}}))
    except AnsibleError as exc:  # Ansible makes the same of it, with a place
        return {"failed": True, "msg": exc.message}


@pytest.mark.parametrize(("action", "name", "kind"), [*options()])
def test_no_option_of_an_action_takes_anything_else(
    action: str, name: str, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def connect(*_arguments: t.Any) -> None:
        raise AssertionError("the host would be contacted")

    monkeypatch.setattr(host_action, "connect", connect)
    monkeypatch.chdir(tmp_path)
    for value in WRONG[kind]:
        result = result_of(action, {**required(action), name: value})
        assert result.get("failed"), value
        text = result["msg"]
        assert "Bug" not in text, (str(value)[:50], text[:500])
        assert name in text or kind == "path", (str(value)[:50], text[:500])
        assert len(text) < 2000, text[:500]
        assert text.isprintable(), text[:500]
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("action", ACTIONS)
def test_no_action_takes_an_option_that_it_does_not_have(action: str) -> None:
    result = result_of(action, {**required(action), "sate": "enabled"})
    assert result.get("failed")
    assert "sate" in result["msg"]
    assert "ansible_collections" not in result["msg"]
