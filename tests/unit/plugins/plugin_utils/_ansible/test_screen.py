# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Progress is shown to people, unless they want to see less."""

from __future__ import annotations

import pytest
from ansible import constants
from ansible.plugins.loader import callback_loader

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible import screen


@pytest.mark.parametrize(
    ("callback", "quiet", "shown"),
    [
        ("default", None, True),
        ("ansible.builtin.default", None, True),
        ("default", "false", False),
        ("ansible.builtin.default", "false", False),
        ("json", None, False),
        ("ansible.posix.json", None, False),
        ("ansible.posix.jsonl", None, False),
        ("community.general.null", None, False),
        ("awx_display", None, True),
        ("minimal", None, True),
    ],
)
def test_progress_is_for_people(monkeypatch: pytest.MonkeyPatch, callback: str, quiet: str | None, shown: bool) -> None:
    callback_loader.get("default", class_only=True)  # as it is in any run
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", callback)
    if quiet:
        monkeypatch.setenv("ANSIBLE_DISPLAY_OK_HOSTS", quiet)
    lines: list[str] = []
    monkeypatch.setattr(screen, "_show", lines.append)
    progress = screen.progress_of(10)
    progress._shown_at -= 3600
    progress.turn()
    assert bool(lines) == shown
