# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions that change a host, killed at each of their steps: what they leave tells what happened."""

from __future__ import annotations

import contextlib
import importlib
import json
import multiprocessing
import os
import signal
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.file import Journal
from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.restoration import restoration
from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.runs import Run, runs_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.enforcement import observe
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import HostState, plan, with_changes
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError, Observation, Unreachable
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion

VERSION = WindowsVersion(10, 0, 20348, "server")
WANTED: dict[str, t.Any] = {"state": "enabled", "null_session_fallback": "disabled"}


class Step:
    """Counts the steps of a process and kills it at one of them; 0 lets it live."""

    def __init__(self, last: int) -> None:
        self._left = last

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Registry:
    """A host (see plugin_utils/_windows/host.py) whose values are in a file: they outlive who changed them."""

    def __init__(self, file: Path, step: t.Callable[[], None] = lambda: None) -> None:
        self._file = file
        self._step = step

    def _values(self) -> dict[str, int]:
        return t.cast("dict[str, int]", json.loads(self._file.read_text())) if self._file.exists() else {}

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        return Observation(VERSION, tuple(self.read(name) for name in names))

    def read(self, name: ValueName) -> RegistryValue | None:
        self._step()
        data = self._values().get(name.name)
        return None if data is None else dword(data)

    def policy_log(self) -> None:
        return None

    def write(self, name: ValueName, data: int) -> None:
        self._set({**self._values(), name.name: data})

    def delete(self, name: ValueName) -> None:
        values = self._values()
        values.pop(name.name, None)
        self._set(values)

    def _set(self, values: dict[str, int]) -> None:
        self._step()
        self._file.write_text(json.dumps(values))
        self._step()


def act(action: str, host: t.Any, folder: Path, *, check_mode: bool = False, **options: t.Any) -> dict[str, t.Any]:
    """Run an action on a host that is called srv01, and return its result."""
    module = importlib.import_module(f"ansible_collections.winsec.lsa.plugins.action.{action}").ActionModule
    arguments = {name: option.get("default") for name, option in module.ARGUMENT_SPEC.items()}
    arguments |= {"journal": str(folder / "journal.jsonl"), **options}
    task = types.SimpleNamespace(check_mode=check_mode, diff=False)
    plugin = module(task, types.SimpleNamespace(become=None), None, None, None, None)
    plugin.host_name = "srv01"
    plugin.prepare(arguments)
    result: dict[str, t.Any] = {}
    try:
        plugin.act(host, arguments, result)
    except HostError as exc:
        result["msg"] = str(exc)
    return result


def killed_at(number: int, action: str, folder: Path, options: dict[str, t.Any]) -> bool:
    """Run an action that is killed at a step; False if it has ended before."""
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_run_until, args=(number, action, folder, options))
    process.start()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def _run_until(number: int, action: str, folder: Path, options: dict[str, t.Any]) -> None:
    """In a process of its own, whose steps are those on the disk and those of the host, before and after each."""
    step = Step(number)
    for name in ("open", "write", "fsync", "close"):
        setattr(os, name, _stepped(getattr(os, name), step))
    act(action, Registry(folder / "registry", step), folder, **options)


def _stepped(call: t.Callable[..., t.Any], step: Step) -> t.Callable[..., t.Any]:
    def stepped(*arguments: t.Any) -> t.Any:
        step()
        if call.__name__ == "write":
            for part in (arguments[1][:50], arguments[1][50:]):  # a line of which only a part gets there
                call(arguments[0], part)
                step()
            return len(arguments[1])
        return call(*arguments)

    return stepped


def state(folder: Path) -> HostState:
    return observe(Registry(folder / "registry"))


def runs(folder: Path) -> list[Run]:
    with contextlib.suppress(FileNotFoundError):
        if (folder / "journal.jsonl").stat().st_size:
            return runs_of(Journal(str(folder / "journal.jsonl")).entries())
    return []


def test_wherever_a_change_is_killed_the_journal_and_the_host_tell_what_happened(tmp_path: Path) -> None:
    numbers = iter(range(1, 1000))
    interrupted = 0
    for number in numbers:
        folder = tmp_path / str(number)
        folder.mkdir()
        is_killed = killed_at(number, "use_machine_id", folder, WANTED)
        present, found = state(folder), runs(folder)
        if not found:
            assert present.values == {"use_machine_id": None, "null_session_fallback": None}, number
        else:
            (run,) = found
            (change,) = run.of("srv01")
            interrupted += change.after is None
            for setting, value in present.values.items():
                assert value in [values[setting] for values in change.left], number
            again = restoration(present, [change])
            assert with_changes(present, plan(present, again.desired).changes).values == change.begin.before
        if not is_killed:
            break
    assert number > 20
    assert 0 < interrupted < number


def test_wherever_putting_back_is_killed_it_can_be_done_again(tmp_path: Path) -> None:
    for number in range(1, 1000):
        folder = tmp_path / str(number)
        folder.mkdir()
        Registry(folder / "registry").write(ValueName("", "UseMachineId"), 0)
        before = state(folder)
        run = act("use_machine_id", Registry(folder / "registry"), folder, **WANTED)["run"]
        is_killed = killed_at(number, "use_machine_id_revert", folder, {"run": run})
        act("use_machine_id_revert", Registry(folder / "registry"), folder, run=run)
        assert state(folder) == before, number
        result = act("use_machine_id_revert", Registry(folder / "registry"), folder, run=run)
        assert result["changed"] is False
        if not is_killed:
            break
    assert number > 20


def test_check_mode_and_a_host_that_needs_no_change_leave_no_line(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry")
    assert "run" not in act("use_machine_id", registry, tmp_path, check_mode=True, **WANTED)
    assert not (tmp_path / "journal.jsonl").exists()
    run = act("use_machine_id", registry, tmp_path, **WANTED)["run"]
    written = (tmp_path / "journal.jsonl").read_bytes()
    assert act("use_machine_id", registry, tmp_path, **WANTED)["changed"] is False
    assert act("use_machine_id_revert", registry, tmp_path, check_mode=True, run=run)["changed"] is True
    assert (tmp_path / "journal.jsonl").read_bytes() == written


class Lost(Registry):
    """A host that is lost after it has been written to, and is not found again."""

    is_lost = False

    def read(self, name: ValueName) -> RegistryValue | None:
        if self.is_lost:
            raise Unreachable("It is gone", "Look.")
        return super().read(name)

    def write(self, name: ValueName, data: int) -> None:
        super().write(name, data)
        self.is_lost = True
        raise Unreachable("It is gone", "Look.")


def test_what_became_of_a_lost_host_is_not_claimed(tmp_path: Path) -> None:
    result = act("use_machine_id", Lost(tmp_path / "registry"), tmp_path, state="enabled")
    assert "Whether HKLM" in result["msg"]
    (run,) = runs(tmp_path)
    assert run.interrupted() == ["srv01"]
    reverted = act("use_machine_id_revert", Registry(tmp_path / "registry"), tmp_path, run=run.id)
    assert reverted["changed"] is True
    assert state(tmp_path).values["use_machine_id"] is None


def test_nothing_is_written_to_a_host_that_is_not_on_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_journal: Journal, _entry: t.Any) -> None:
        raise HostError("The disk is full", "Look.")

    monkeypatch.setattr(Journal, "append", fails)
    result = act("use_machine_id", Registry(tmp_path / "registry"), tmp_path, **WANTED)
    assert result["msg"].startswith("The disk is full")
    assert not (tmp_path / "registry").exists()


def test_a_change_whose_end_is_not_on_record_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Filling(Registry):
        def write(self, name: ValueName, data: int) -> None:
            super().write(name, data)
            monkeypatch.setattr(os, "write", lambda _descriptor, _line: 0)

    result = act("use_machine_id", Filling(tmp_path / "registry"), tmp_path, state="enabled")
    assert result["changed"] is True
    (warning,) = result["warnings"]
    assert warning.startswith("The change is in the journal, but not that it has ended. The journal /")
    assert [run.interrupted() for run in runs(tmp_path)] == [["srv01"]]
