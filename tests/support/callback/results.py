# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback that writes every task result as a line of JSON, for tests to read instead of console output."""

from __future__ import annotations

import json
import os
import time
import typing as t
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: notification
short_description: Write every task result as a line of JSON
description: Writes to the file that the environment variable E(RESULTS_FILE) names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results"

    def __init__(self) -> None:
        super().__init__()
        self._started: dict[tuple[str, str], float] = {}

    def v2_runner_on_start(self, host: t.Any, task: t.Any) -> None:
        self._started[host.get_name(), task._uuid] = time.monotonic()

    def _write(self, status: str, result: t.Any) -> None:
        host, task = result._host.get_name(), result._task
        line = {
            "status": status,
            "host": host,
            "task": task.get_name(),
            "result": result._result,
            "seconds": time.monotonic() - self._started[host, task._uuid],
        }
        with Path(os.environ["RESULTS_FILE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._write("changed" if result._result.get("changed") else "ok", result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        del ignore_errors
        self._write("failed", result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._write("unreachable", result)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._write("skipped", result)
