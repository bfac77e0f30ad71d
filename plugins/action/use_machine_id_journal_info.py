# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ..plugin_utils._ansible.arguments import arguments_of
from ..plugin_utils._ansible.host_action import Result, defect
from ..plugin_utils._journal.entries import JournalError
from ..plugin_utils._journal.file import Journal
from ..plugin_utils._journal.runs import Run, chosen, runs_of


class ActionModule(ActionBase):
    """Read a journal. Asks no host."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "path": {"type": "path", "required": True},
        "run": {"type": "str"},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        del tmp  # has no effect any more
        result: Result = {"changed": False}
        try:
            super().run(task_vars=task_vars)
            arguments = arguments_of(self, self.ARGUMENT_SPEC)
            journal = Journal(arguments["path"])
            runs = runs_of(journal.entries())
            run = chosen(runs, arguments["run"])
            result.update(path=str(journal.path), run=run.id, hosts=run.hosts(), runs=[_described(run) for run in runs])
        except JournalError as exc:
            result.update(failed=True, msg=str(exc))
        except AnsibleError as exc:
            result.update(failed=True, msg=exc.message)
        except Exception as exc:
            result.update(failed=True, msg=defect(exc))
        return result


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
