# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that writes a report: what it writes and what it leaves, without a playbook around it."""

from __future__ import annotations

import json
import stat
import types
import typing as t
from pathlib import Path

import yaml

from ansible_collections.winsec.lsa.plugins.action.use_machine_id_report import ActionModule
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import dword
from ansible_collections.winsec.lsa.tests.support import documents as hosts

ROOT = Path(__file__).parents[4]
RETURN = yaml.safe_load((ROOT / "plugins" / "modules" / "use_machine_id_report.yml").read_text())["RETURN"]

GOOD = hosts.record("srv", hosts.SERVER_2022, dword(1), dword(0))


def report(folder: Path, check_mode: bool = False, **options: t.Any) -> dict[str, t.Any]:
    arguments = {"path": str(folder), **options}
    task = types.SimpleNamespace(check_mode=check_mode, async_val=0, args=arguments, action="use_machine_id_report")
    connection = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="not used"))
    action = t.cast(t.Any, ActionModule)(task, connection, None, None, None, None)
    return t.cast(
        "dict[str, t.Any]", action.run(task_vars={"ansible_inventory_sources": ["/home/me/inventory.yml", "a,b,"]})
    )


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_is_returned_is_documented(tmp_path: Path) -> None:
    result = report(tmp_path / "out", records=[*hosts.FLEET])
    assert result.keys() - {"warnings"} == RETURN.keys()
    assert result["summary"].keys() == RETURN["summary"]["contains"].keys()
    assert (result["changed"], result["path"], result["changes"]) == (True, str(tmp_path / "out"), [])
    meta = json.loads((tmp_path / "out" / "report.json").read_text())["meta"]
    assert meta["inventories"] == ["command line", "inventory.yml"]
    assert meta["collection"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").rglob("*.*")} == {0o600}


def test_check_mode_writes_nothing_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    assert report(tmp_path / "out", check_mode=True, records=[GOOD])["changed"]
    assert not (tmp_path / "out").exists()
    assert report(tmp_path / "out", records=[GOOD])["changed"]
    assert not report(tmp_path / "out", records=[GOOD])["changed"]


def test_a_host_that_is_lost_does_not_keep_its_old_pass(tmp_path: Path) -> None:
    report(tmp_path, records=[GOOD, hosts.record("other")])
    (tmp_path / "xccdf" / "mine.xml").write_text("of somebody else")
    assert {"xccdf/srv.xml", "checklist/srv.cklb"} < files(tmp_path)
    assert report(tmp_path, records=[hosts.lost("srv"), hosts.record("other")])["changed"]
    assert files(tmp_path) == {
        *("report.json", "report.csv", "report.html"),
        *("xccdf/other.xml", "xccdf/mine.xml", "checklist/other.cklb"),
    }


def test_hostile_names_stay_in_the_folder(tmp_path: Path) -> None:
    names = ["../../escaped", "/etc/escaped", "a/b", "..", "x\ny"]
    report(tmp_path / "deep" / "out", records=[hosts.record(name) for name in names])
    assert {path.parts[0] for path in map(Path, files(tmp_path))} == {"deep"}
    assert {len(Path(name).parts) for name in files(tmp_path / "deep" / "out")} == {1, 2}


def test_an_earlier_report_in_the_folder_that_is_none_is_replaced(tmp_path: Path) -> None:
    for text in ("x", "[]", '{"format": "winsec.lsa.report", "version": 1}', "\udcff"):
        (tmp_path / "report.json").write_text(text, errors="surrogateescape")
        assert report(tmp_path, records=[GOOD])["changed"]


def test_errors_are_results(tmp_path: Path) -> None:
    assert "There is no host" in report(tmp_path)["msg"]
    (tmp_path / "latin").write_bytes(b"\xff\xfe\x00")
    for options in ({"sources": [str(tmp_path / "latin")]}, {"records": [GOOD], "previous": str(tmp_path / "latin")}):
        result = report(tmp_path / "out", **options)
        assert result["failed"]
        assert "is not a report" in result["msg"]
    assert report(tmp_path / "out", unknown=1)["failed"]
