# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The readers of foreign data that are fuzzed, with what they can read, what is damaged, and what once was a defect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.tests.fuzz.readers import FOUND, READERS

EACH = pytest.mark.parametrize("name", READERS)


@EACH
def test_what_it_begins_with_can_be_read_or_is_a_fault(name: str) -> None:
    reader = READERS[name]
    read = 0
    for seed in reader.seeds:
        try:
            reader.read(seed)
        except reader.refusals:
            continue
        read += 1
    assert read or name == "fault"


@EACH
def test_what_once_was_a_defect_is_none(name: str) -> None:
    for file in sorted((FOUND / name).glob("*")):
        READERS[name].try_to_read(file.read_bytes())


@EACH
@given(data=st.data())
def test_what_is_damaged_is_read_or_refused(name: str, data: st.DataObject) -> None:
    reader = READERS[name]
    seed = data.draw(st.sampled_from(reader.seeds))
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, min(start + 40, len(seed))))
    reader.try_to_read(seed[:start] + data.draw(st.binary(max_size=20)) + seed[end:])
