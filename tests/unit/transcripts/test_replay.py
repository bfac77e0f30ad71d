# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answers of real hosts lead to the results that are recorded beside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.winsec.lsa.tests.transcripts.calls import perform
from ansible_collections.winsec.lsa.tests.transcripts.replay import host_of
from ansible_collections.winsec.lsa.tests.transcripts.transcript import load

HERE = Path(__file__).parents[2] / "transcripts"
#: Tests of the recorder have what it wrote replayed from another folder.
FOLDERS = [Path(os.environ["TRANSCRIPTS"])] if "TRANSCRIPTS" in os.environ else [HERE / "public", HERE / "recorded"]
FILES = sorted(file for folder in FOLDERS for file in folder.glob("*.yml"))


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_transcript_is_read_as_it_was_found(file: Path) -> None:
    transcript = load(file)
    assert {"source", "windows", "language", "cut"} <= set(transcript.about)
    assert transcript.findings
    host = host_of(transcript.exchanges)
    for call, result in transcript.findings:
        assert perform(call, host) == result, call


def test_there_are_transcripts_of_both_ways_to_a_host() -> None:
    public = (HERE / "public").glob("*.yml")
    requests = [next(iter(exchange.request)) for file in public for exchange in load(file).exchanges]
    assert {"invoke", "query", "pull", "run"} <= set(requests)
