# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of files that no name of a host can lead elsewhere, and files that are whole or not there."""

from __future__ import annotations

import os
import re
import stat
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.folder import content_of, differs, file_names, write
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.records import ReportError

HOSTILE = [
    *(
        "../../etc/passwd",
        "..",
        ".",
        "/",
        "a/b",
        "a\\b",
        "",
        " ",
        "a\0b",
        ".hidden",
        "-rf",
        "a.",
        "\u202egnp",
        "\ud800",
    ),
    *("ab", "Ab", "AB"),
    *("CON", "nul.example.com", "COM1", "x" * 300, "日本", "a:b", "a\nb", "A", "a"),
]


def test_plain_names_stay() -> None:
    names = ["srv01", "SRV02.example.com", "10.0.0.1", "a_b-c", "console"]
    assert file_names(names) == {name: name for name in names}


def test_hostile_names_do_not() -> None:
    found = file_names(HOSTILE)
    assert len({name.casefold() for name in found.values()}) == len(HOSTILE)
    for name in found.values():
        assert name.startswith("host-"), name
        assert name.isascii()


def test_a_name_that_is_made_has_sixty_characters_of_the_host_and_twelve_of_its_hash() -> None:
    (name,) = file_names(["x" * 300]).values()
    assert re.fullmatch(r"host-x{60}-[0-9a-f]{12}", name)


def test_no_host_is_called_as_the_files_of_another() -> None:
    """Its files would replace those of the other host."""
    first = file_names(["srv 1"])["srv 1"]
    assert first.startswith("host-srv-1-")
    for other in (first, first.upper()):
        found = file_names(["srv 1", other])
        assert len({name.casefold() for name in found.values()}) == 2
        assert found["srv 1"] == first


@given(st.lists(st.text(), unique=True))
def test_any_names(hosts: list[str]) -> None:
    found = file_names(hosts)
    assert len({name.casefold() for name in found.values()}) == len(hosts)
    for name in found.values():
        assert Path("x", f"{name}.xml").parts == ("x", f"{name}.xml")
        assert name not in (".", "..")
        assert len(name) <= 100


def test_files_are_for_their_owner(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "report"
    os.umask(os.umask(0o022))
    write(folder, {"report.json": b"1", "xccdf/a.xml": b"2"}, [])
    found = {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert found == {"report.json": 0o600, "xccdf": 0o700, "xccdf/a.xml": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("old")
    (tmp_path / "report.json").chmod(0o644)
    write(tmp_path, {"report.json": b"new"}, [])
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o600


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "report.csv").symlink_to(tmp_path / "elsewhere")
    write(tmp_path, {"report.csv": b"new"}, [])
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert (tmp_path / "report.csv").read_text() == "new"


@pytest.mark.parametrize("inner", ["xccdf", "checklist"])
@pytest.mark.parametrize("obsolete", [True, False])
def test_a_folder_that_leads_elsewhere_is_not_followed(tmp_path: Path, inner: str, obsolete: bool) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "report"
    elsewhere.mkdir()
    folder.mkdir()
    (elsewhere / "a").write_text("mine")
    (folder / inner).symlink_to(elsewhere)
    files = {"report.json": b"1", "aside/a": b"2"} | ({} if obsolete else {f"{inner}/a": b"new"})
    with pytest.raises(ReportError, match=f"{inner} is a link, no folder, or belongs to another user"):
        write(folder, files, [f"{inner}/a"] if obsolete else [])
    assert (elsewhere / "a").read_text() == "mine"
    assert [path.name for path in folder.iterdir()] == [inner]


@pytest.mark.parametrize("other", [1, -1])
def test_a_folder_of_another_user_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: int
) -> None:
    (tmp_path / "xccdf").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + other)
    with pytest.raises(ReportError, match="belongs to another user"):
        write(tmp_path, {"xccdf/a": b"new"}, [])


@pytest.mark.parametrize("files", [{"report.json": b"1", "xccdf/a": b"2"}, {"xccdf/a": b"2"}])
def test_the_folder_itself_may_be_a_link(tmp_path: Path, files: dict[str, bytes]) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "report").symlink_to(tmp_path / "elsewhere")
    write(tmp_path / "report", files, [])
    assert {name: (tmp_path / "elsewhere" / name).read_bytes() for name in files} == files


def test_only_what_is_obsolete_goes(tmp_path: Path) -> None:
    (tmp_path / "xccdf").mkdir()
    for name in ("old.xml", "mine.xml"):
        (tmp_path / "xccdf" / name).write_text("x")
    write(tmp_path, {"xccdf/new.xml": b"1"}, ["xccdf/old.xml", "xccdf/gone.xml"])
    assert sorted(path.name for path in (tmp_path / "xccdf").iterdir()) == ["mine.xml", "new.xml"]


def test_nothing_is_replaced_before_everything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a": b"old", "b": b"old"}, [])
    real = os.open

    def full(path: t.Any, *arguments: t.Any, **keywords: t.Any) -> int:
        if str(path).endswith("/b"):
            raise OSError(28, "No space left on device")
        return real(path, *arguments, **keywords)

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(ReportError, match="No space left on device"):
        write(tmp_path, {"a": b"new", "b": b"new"}, ["a"])
    assert sorted((path.name, path.read_text()) for path in tmp_path.iterdir()) == [("a", "old"), ("b", "old")]


def test_whether_anything_would_change(tmp_path: Path) -> None:
    files = {"a": b"1", "x/b": b"2"}
    assert differs(tmp_path, files)
    write(tmp_path, files, [])
    assert not differs(tmp_path, files)
    assert differs(tmp_path, {**files, "a": b"2"})


def test_a_pipe_in_the_place_of_a_file_is_replaced_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report.json")
    assert content_of(tmp_path / "report.json") is None
    assert differs(tmp_path, {"report.json": b"{}"})
    write(tmp_path, {"report.json": b"{}"}, [])
    assert content_of(tmp_path / "report.json") == b"{}"
