# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which room may import from which: no circle, no arrow back, and Ansible in few rooms only.

Rooms are in plugin_utils, except those that an ordinary module needs: Ansible packs nothing but module_utils into one.
All of them may use the texts and the names of module_utils, which import nothing of the collection.
"""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[4] / "plugins"

#: The rooms below each room. A room that is added has to be given its place here.
MAY_IMPORT: dict[str, set[str]] = {
    "_group_policy": set(),
    "_domain": {"_group_policy"},
    "_wsman": set(),
    "_windows": {"_wsman"},
    "_policy": {"_windows"},
    "_schema": set(),
    "_audit": {"_policy", "_schema", "_windows"},
    "_journal": {"_policy", "_schema", "_windows"},
    "_fleet": set(),
    "_ansible": {"_audit", "_fleet", "_journal", "_policy", "_schema", "_windows", "_wsman"},
}

#: What the policy takes from a host: the interface, and what is read through it. No way to a host.
VALUE_TYPES = {"applied_policy", "host", "registry", "releases"}

#: The rooms that meet Ansible: that of the action plugins, and what every module does around its work.
KNOWS_ANSIBLE = {"_ansible", "_domain"}

#: The rooms in module_utils.
MODULE_UTILS = {"_group_policy", "_domain"}

FILES = sorted([*PLUGINS.glob("plugin_utils/*/*.py"), *PLUGINS.glob("module_utils/*/*.py")])

#: What every room may import: how a module of module_utils is named from plugin_utils and from beside it.
SHARED_FILES = ("_defects", "_names", "_texts")
SHARED = {parts for name in SHARED_FILES for parts in (("module_utils", name), (name,))}


def imports_of(file: Path) -> t.Iterator[tuple[str, ...]]:
    """The parts of each imported module, beginning with the room for one of plugin_utils."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = {0: (), 1: (file.parent.name,), 2: (), 3: ()}[node.level]
            yield (*above, *(node.module or "").split("."))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_room_imports_from_the_rooms_below_it(file: Path) -> None:
    room = file.parent.name
    for parts in imports_of(file):
        if parts in SHARED:
            continue
        if parts[0].startswith("_") and parts[0] != "__future__":
            assert parts[0] == room or parts[0] in MAY_IMPORT[room], parts
        assert parts[0] != "module_utils", parts
        if room == "_policy" and parts[0] == "_windows":
            assert parts[1] in VALUE_TYPES, parts
        if room not in KNOWS_ANSIBLE:
            assert parts[0] != "ansible", parts


@pytest.mark.parametrize("name", SHARED_FILES)
def test_what_all_rooms_share_imports_nothing_of_the_collection(name: str) -> None:
    imported = set(imports_of(PLUGINS / f"module_utils/{name}.py"))
    assert all(parts[0] in {"__future__", "re", "traceback", "typing"} for parts in imported), imported


def test_there_is_no_circle() -> None:
    placed: set[str] = set()
    while waiting := MAY_IMPORT.keys() - placed:
        free = {room for room in waiting if MAY_IMPORT[room] <= placed}
        assert free, waiting
        placed |= free
    assert placed == {file.parent.name for file in FILES}


def test_a_module_finds_all_that_it_imports() -> None:
    """A room in module_utils imports from no room in plugin_utils."""
    assert {file.parent.name for file in FILES if file.parents[1].name == "module_utils"} == MODULE_UTILS
    assert all(MAY_IMPORT[room] <= MODULE_UTILS for room in MODULE_UTILS)
