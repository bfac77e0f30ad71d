# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The base of all action plugins: arguments in, one result out, whatever happens."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ...module_utils._defects import defect
from .._audit.records import ReportError
from .._journal.entries import JournalError
from .._windows.host import HostError, Unreachable
from .arguments import arguments_of

Result: t.TypeAlias = "dict[str, t.Any]"


class Action(ActionBase):
    """An action that checks its arguments, and returns a result for every error.

    Nothing is raised out of ``run``: each ansible-core release prints an exception with a cause in another way, with
    the cause's text or a traceback. A result says the same on all of them.
    """

    _supports_check_mode = True
    _supports_async = False

    #: In the form that AnsibleModule takes. A test compares it with the documentation.
    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {}

    def work(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any], result: Result) -> None:
        """Do the work and fill ``result``; what is in it when an error is raised is shown to the user as well."""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        del tmp  # has no effect any more
        result: Result = {"changed": False}
        try:
            super().run(task_vars=task_vars)
            self.work(arguments_of(self, self.ARGUMENT_SPEC), task_vars or {}, result)
        except Unreachable as exc:
            result.update(unreachable=True, msg=str(exc))
        except (HostError, JournalError, ReportError) as exc:
            result.update(failed=True, msg=str(exc))
        except AnsibleError as exc:
            result.update(failed=True, msg=exc.message)
        except Exception as exc:
            result.update(failed=True, msg=defect(exc))
        return result
