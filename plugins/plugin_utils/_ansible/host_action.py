# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""What the action plugins have in common: arguments in, a host in between, one result out, whatever happens."""

from __future__ import annotations

import traceback
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from .._windows.host import HostError, Unreachable, WindowsHost
from .connect import VIA_CHOICES, connect

Result: t.TypeAlias = "dict[str, t.Any]"


class HostAction(ActionBase):
    """An action on a Windows host.

    Nothing is raised out of ``run``: each ansible-core release prints an exception with a cause in another way, with
    the cause's text or a traceback. A result says the same on all of them.
    """

    _supports_check_mode = True
    _supports_async = False

    #: In the form that AnsibleModule takes. A test compares it with the documentation.
    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "via": {"type": "str", "choices": list(VIA_CHOICES), "default": "auto"},
    }

    def act(self, host: WindowsHost, arguments: dict[str, t.Any], result: Result) -> None:
        """Do the work and fill ``result``; what is in it when HostError is raised is shown to the user as well."""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        del tmp  # has no effect any more
        result: Result = {"changed": False}
        warnings: list[str] = []
        try:
            super().run(task_vars=task_vars)
            arguments = t.cast(t.Any, self).validate_argument_spec(argument_spec=self.ARGUMENT_SPEC)[1]
            with connect(self._connection, arguments["via"], warnings.append) as host:
                self.act(host, arguments, result)
        except Unreachable as exc:
            result.update(unreachable=True, msg=str(exc))
        except HostError as exc:
            result.update(failed=True, msg=str(exc))
        except AnsibleError as exc:
            result.update(failed=True, msg=exc.message)
        except Exception as exc:
            result.update(failed=True, msg=_defect(exc))
        if warnings:
            result["warnings"] = [*warnings, *result.get("warnings", ())]
        return result


def _defect(exc: Exception) -> str:
    """A bug in this collection. Only its place is shown: the text of an exception can hold anything."""
    frame = traceback.extract_tb(exc.__traceback__)[-1]
    place = f"{frame.filename.rpartition('/')[2]}, line {frame.lineno}"
    return f"Bug in winsec.lsa: {type(exc).__name__} in {place}. Please report it with the task that triggers it."
