# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option of the modules for GPOs refuses what it can't use, before a domain controller is looked for."""

from __future__ import annotations

import importlib
import json
import typing as t

import pytest
from ansible.module_utils import basic

from ansible_collections.winsec.lsa.plugins.module_utils._domain import task
from ansible_collections.winsec.lsa.plugins.module_utils._domain.options import ARGUMENTS

MODULES = ("use_machine_id_gpo", "use_machine_id_gpo_info")
HUGE, UNICODE = "x" * 1_000_000, "enabled\u202e\x9b31m"

#: Nothing that an option of a type could take. Ansible makes a text of what is none, whatever it is.
WRONG: dict[str, list[t.Any]] = {
    "choices": ["", "other", UNICODE, HUGE, 5, True, ["enabled"], {"a": 1}, "{{ not_rendered }}"],
    "bool": ["", "maybe", UNICODE, HUGE, ["true"], {"a": 1}, "{{ not_rendered }}"],
    "int": ["", "many", UNICODE, HUGE, 0, -1, 1.5, ["1"], {"a": 1}, "{{ not_rendered }}"],
    "path": ["", "a\0b", UNICODE, HUGE],
    "str": ["", "a\0b", UNICODE, HUGE],
}
GIVEN = {"server": "dc1.example.com", "username": "editor", "password": "S3cret"}


class Connected(Exception):
    """A domain controller would be contacted."""


def options() -> t.Iterator[t.Any]:
    for module in MODULES:
        for name, option in {**ARGUMENTS, **module_of(module)._OPTIONS}.items():
            kind = "choices" if "choices" in option else option["type"]
            if name != "password":  # which may be anything
                yield pytest.param(module, name, kind, id=f"{module}-{name}")


def module_of(name: str) -> t.Any:
    return importlib.import_module(f"ansible_collections.winsec.lsa.plugins.modules.{name}")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> t.Callable[..., dict[str, t.Any]]:
    """Run a module as Ansible does, up to where it would connect."""

    def connect(_options: object) -> t.NoReturn:
        raise Connected

    monkeypatch.setattr(task, "connected", connect)
    monkeypatch.setattr(task, "_require_libraries", lambda _module, _options: None)

    def run(module: str, **arguments: t.Any) -> dict[str, t.Any]:
        gpo = {"gpo": "Hardening"} if module == "use_machine_id_gpo" else {}
        settings = {"_ansible_no_log": True}  # as no_target_syslog sets it: Python's syslog takes no NUL
        given = json.dumps({"ANSIBLE_MODULE_ARGS": {**GIVEN, **gpo, **arguments, **settings}}).encode()
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", given)
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)  # of ansible-core 2.19 and later
        with pytest.raises(SystemExit):
            module_of(module).main()
        return t.cast("dict[str, t.Any]", json.loads(capsys.readouterr().out))

    return run


@pytest.mark.parametrize(("module", "name", "kind"), [*options()])
def test_no_option_of_a_module_takes_anything_else(
    module: str, name: str, kind: str, run: t.Callable[..., dict[str, t.Any]]
) -> None:
    for value in WRONG[kind]:
        result = run(module, **{name: value})
        assert result["failed"], value
        assert name in result["msg"], (str(value)[:50], result["msg"][:500])
        assert "Connected" not in result["msg"], str(value)[:50]
        assert "exception" not in result, str(value)[:50]
        assert kind in ("choices", "bool", "int") or len(result["msg"]) < 1000


@pytest.mark.parametrize("module", MODULES)
def test_what_is_right_leads_to_a_domain_controller(module: str, run: t.Callable[..., dict[str, t.Any]]) -> None:
    assert "Connected" in run(module)["msg"]


@pytest.mark.parametrize("module", MODULES)
def test_no_module_takes_an_option_that_it_does_not_have(module: str, run: t.Callable[..., dict[str, t.Any]]) -> None:
    assert "sate" in run(module, sate="enabled")["msg"]
