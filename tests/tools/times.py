# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print what took how long, the longest first. Usage: times.py REPORT, as nox writes it with --report."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def table(report: str) -> str:
    """Return a line for each session that ran."""
    sessions = [session for session in json.loads(report)["sessions"] if session["result"] != "skipped"]
    sessions.sort(key=lambda session: session["duration"], reverse=True)
    lines = [f"{s['duration']:6.0f} s  {s['signatures'][0]}: {s['result']}" for s in sessions]
    return "\n".join(["Sessions by time, two at once:", *lines])


if __name__ == "__main__":
    print(table(Path(sys.argv[1]).read_text(encoding="utf-8")))
