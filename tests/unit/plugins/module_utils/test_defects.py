# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bug in the collection is reported with its place, and without the data that was worked on."""

from __future__ import annotations

import pytest

from ansible_collections.winsec.lsa.plugins.module_utils._defects import defect


def innermost(secret: str) -> None:
    raise KeyError(secret)


def outer(secret: str) -> None:
    innermost(secret)


def endless(depth: int) -> int:
    return endless(depth + 1)


def test_a_bug_is_told_by_its_frames_without_any_text() -> None:
    with pytest.raises(KeyError) as caught:
        outer("a secret")
    text = defect(caught.value)
    calls = [frame.rpartition(" ")[2] for frame in text.partition(". Please")[0].split(" < ")]
    assert calls[:2] == ["innermost()", "outer()"]
    line = innermost.__code__.co_firstlineno + 1
    assert text.startswith(f"Bug in winsec.lsa: KeyError in module_utils/test_defects.py:{line} innermost() < ")
    assert "secret" not in text


def test_of_a_recursion_without_end_the_last_calls_are_told() -> None:
    with pytest.raises(RecursionError) as caught:
        endless(0)
    assert defect(caught.value).count("endless()") == 12
