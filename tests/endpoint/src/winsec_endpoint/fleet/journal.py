# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request log: one JSON object a line, written as the request is served. No header contents, no bodies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple, TextIO


class Entry(NamedTuple):
    time: str
    host: str
    method: str
    path: str
    scheme: str
    authenticated: bool
    mechanism: str
    login: str
    encrypted: bool
    action: str
    resource: str
    request_header_bytes: int
    request_bytes: int
    status: int
    response_bytes: int


class Journal:
    def __init__(self, path: Path | None) -> None:
        # Line-buffered, so that a reader sees every request that was answered.
        self._stream: TextIO | None = path.open("a", encoding="utf-8", buffering=1) if path else None

    def add(self, entry: Entry) -> None:
        if self._stream:
            self._stream.write(json.dumps(entry._asdict(), ensure_ascii=False) + "\n")
