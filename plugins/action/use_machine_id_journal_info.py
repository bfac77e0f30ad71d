# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..plugin_utils._ansible.action import Action, Result
from ..plugin_utils._journal.file import Journal
from ..plugin_utils._journal.runs import Run, chosen, last_change, runs_of


class ActionModule(Action):
    """Read a journal. Asks no host."""

    _requires_connection = False

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "path": {"type": "path", "required": True},
        "run": {"type": "str"},
    }

    def work(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any], result: Result) -> None:
        del task_vars  # the journal says it all
        journal = Journal(arguments["path"])
        runs = runs_of(journal.entries())
        run = last_change(runs) if arguments["run"] is None else chosen(runs, arguments["run"])
        result.update(
            path=str(journal.path),
            run=run.id if run else None,
            hosts=run.hosts() if run else [],
            runs=[_described(run) for run in runs],
        )


def _described(run: Run) -> Result:
    first = run.changes[0].begin
    return {
        "run": run.id,
        "started": first.time,
        "reverts": run.reverts,
        "user": first.user,
        "controller": first.controller,
        "hosts": len(run.hosts()),
        "interrupted": len(run.interrupted()),
    }
