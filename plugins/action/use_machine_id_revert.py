# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..plugin_utils._ansible.action import Result
from ..plugin_utils._ansible.change_action import ChangeAction
from ..plugin_utils._journal.entries import Change, JournalError
from ..plugin_utils._journal.file import Journal
from ..plugin_utils._journal.restoration import not_restored, restoration
from ..plugin_utils._journal.runs import chosen, runs_of
from ..plugin_utils._windows.host import WindowsHost


class ActionModule(ChangeAction):
    """Put back on a host what a run has changed, as the journal says."""

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        **ChangeAction.ARGUMENT_SPEC,
        "journal": {"type": "path", "required": True},
        "run": {"type": "str", "required": True},
    }

    #: The changes of the host in the run to put back, and in later ones.
    _changes: tuple[Change, ...] = ()
    _later: tuple[Change, ...] = ()

    def prepare(self, arguments: dict[str, t.Any]) -> None:
        super().prepare(arguments)
        runs = runs_of(t.cast(Journal, self._journal).entries())
        run = chosen(runs, arguments["run"])
        self._reverts, self._changes = run.id, run.of(self.host_name)
        self._later = tuple(change for later in runs[runs.index(run) + 1 :] for change in later.of(self.host_name))
        if not self._changes:
            raise JournalError(
                f"The run {run.id} has not changed a host that is called {self.host_name!a}. Leave it out, or name it "
                "as the inventory of that run did."
            )

    def act(self, host: WindowsHost, arguments: dict[str, t.Any], result: Result) -> None:
        before = self.look(host, result)
        found = restoration(before, self._changes, self._later)
        after = self.bring(host, before, found.desired, arguments["gpo_conflict"], result)
        if found.lost:
            raise not_restored(found.lost, after, t.cast(str, self._reverts))
