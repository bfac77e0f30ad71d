# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Following a document stops where a command fails, and misses output that did not come."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .snippets import Snippet
from .walk import Kind, Walk, follow, kind, missing_output


def snippet(line: int, language: str, text: str) -> Snippet:
    return Snippet("a.md", line, "", language, text)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("console", "ls\n", "commands"),
        ("text", "a.md\n", "output"),
        ("ini", "# ansible.cfg\n[defaults]\n", "file"),
        ("yaml", "# group_vars/windows.yml: a remark\nkey: value\n", "file"),
        ("yaml", "- hosts: all\n", "play"),
        ("yaml+jinja", "- name: A task\n  ansible.builtin.ping:\n", "tasks"),
        ("yaml", "key: value\n", None),
        ("ini", "[defaults]\n", None),
    ],
)
def test_kind(language: str, text: str, expected: Kind | None) -> None:
    assert kind(snippet(1, language, text)) == expected


def walk(folder: Path, *snippets: Snippet, typed: str = "") -> Walk:
    return follow(snippets, folder, dict(os.environ), "inventory.yml", typed)


def test_one_shell_for_all(tmp_path: Path) -> None:
    commands = [snippet(1, "console", "export WORD=kept\n"), snippet(2, "yaml", "# a/b.yml\nkey: $WORD\n")]
    commands += [snippet(3, "console", "read -r LINE && echo $WORD $LINE && cat a/b.yml\n")]
    assert walk(tmp_path, *commands, typed="typed\n").outputs["a.md:3"].splitlines() == [
        "kept typed",
        "# a/b.yml",
        "key: $WORD",
    ]


def test_a_failure_ends_it(tmp_path: Path) -> None:
    done = walk(tmp_path, snippet(1, "console", "echo begin\nfalse\n"), snippet(5, "console", "echo never\n"))
    assert (done.exit_status, done.last) == (1, "a.md:1:\nbegin\n")


def test_missing_output(tmp_path: Path) -> None:
    commands = [snippet(1, "console", "echo 'one   line'; echo another\n"), snippet(5, "text", "another\none line\n")]
    assert missing_output(commands, walk(tmp_path, *commands)) == []
    commands[1] = snippet(5, "text", "a third\n")
    assert missing_output(commands, walk(tmp_path, *commands)) == ["a.md:5: a third"]
