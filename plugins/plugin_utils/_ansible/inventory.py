# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The hosts of the inventory as one task has them: their variables, and a connection to each with all its options.

Ansible resolves both for the host of a task only. So its own code is called here for the others, what of it is the same
in ansible-core 2.16 to 2.21: ``VariableManager.get_vars``, and two methods of TaskExecutor that make a connection and
set its options. All of this belongs on the main thread: templates, plugin loaders and the configuration are not
thread-safe (ansible/ansible issues 13822, 49207, 59642).
"""

from __future__ import annotations

import multiprocessing
import typing as t

from ansible.errors import AnsibleError
from ansible.executor.task_executor import TaskExecutor
from ansible.template import Templar

if t.TYPE_CHECKING:
    from ansible.playbook.play import Play
    from ansible.playbook.task import Task
    from ansible.plugins.action import ActionBase
    from ansible.plugins.connection import ConnectionBase

#: Keywords of a task or play that decide on its connection. They may be templates, which each host renders for itself.
_KEYWORDS: t.Final = ("connection", "port", "remote_user", "become", "become_method", "become_user", "become_flags")

#: The variables that name hosts of the play. Ansible makes lists of all of them anew for each host, which for
#: thousands of hosts takes longer than all else: here they share one.
_LISTS: t.Final = ("ansible_play_hosts_all", "ansible_play_hosts", "ansible_play_batch", "play_hosts")


class Inventory:
    """The inventory as the process of one task knows it."""

    def __init__(self, action: ActionBase, task_vars: t.Mapping[str, t.Any]) -> None:
        # The process has what its TaskExecutor was given: the play context as it is before the variables of the
        # task's own host, which may have passwords, are written into it.
        process: t.Any = multiprocessing.current_process()
        try:
            self._manager = process._variable_manager
            self._play_context = process._play_context
            self._inventory = self._manager._inventory
        except AttributeError as exc:
            raise AnsibleError(
                "This release of ansible-core is not built as expected, so other hosts can't be resolved. "
                "Use a release that the collection supports."
            ) from exc
        self._loader: t.Any = action._loader
        self._shared: t.Any = action._shared_loader_obj
        self._task = _for_any_host(action._task)
        self._play: Play = action._task.get_play()
        self._lists = {name: task_vars[name] for name in _LISTS if name in task_vars}

    def names(self, patterns: t.Sequence[str]) -> list[str]:
        """The hosts that match, after ``--limit``."""
        found = self._inventory.get_hosts(pattern=list(patterns), ignore_restrictions=True)
        return [str(host.name) for host in found]

    def of_play(self, name: str, default: t.Any) -> t.Any:
        """A variable as the keywords of the play see it: without those of any host."""
        variables = self._manager.get_vars(play=self._play, include_hostvars=False)
        return self._templar(variables).template(variables.get(name, default))

    def variables(self, name: str) -> dict[str, t.Any]:
        """The variables of a host in this task. They are not rendered."""
        host = self._inventory.get_host(name)
        variables: dict[str, t.Any] = self._manager.get_vars(
            play=self._play, host=host, task=self._task, _hosts=[name], _hosts_all=[name]
        )
        variables.update(self._lists)
        return variables

    def render(self, value: t.Any, variables: dict[str, t.Any]) -> t.Any:
        """A value with the templates in it rendered. Raises what ansible-core raises, which differs by release."""
        return self._templar(variables).template(value)

    def connection(self, name: str, variables: dict[str, t.Any]) -> ConnectionBase:
        """A connection to a host as TaskExecutor makes it. Raises AnsibleError."""
        return _Executor(self, self._inventory.get_host(name)).connection(variables, self._templar(variables))

    def _templar(self, variables: dict[str, t.Any]) -> t.Any:
        templar: t.Any = Templar(loader=self._loader, variables=variables)
        return getattr(templar, "_engine", templar)  # from 2.19 on, TaskExecutor has what is below it


def _for_any_host(task: Task) -> Task:
    """A copy of the task as it was before it was delegated and its keywords were rendered for its own host."""
    copy: t.Any = task.copy()
    written = task.get_ds() or {}
    copy.delegate_to = None
    for keyword in _KEYWORDS:
        setattr(copy, keyword, written.get(keyword, getattr(task._parent, keyword)))
    return t.cast("Task", copy)


class _Executor(TaskExecutor):
    """Do what TaskExecutor does before it runs an action, for a host that is not its own."""

    _task: t.Any = None  # a property in 2.21
    _new_stdin = None  # up to 2.18

    def __init__(self, inventory: Inventory, host: t.Any) -> None:
        self._host = host
        self._task = inventory._task
        self._context = inventory._play_context
        self._loader = inventory._loader
        self._shared_loader_obj = inventory._shared
        self._connection: t.Any = None

    def connection(self, variables: dict[str, t.Any], templar: t.Any) -> ConnectionBase:
        """The beginning of TaskExecutor._execute, in the same order."""
        self._play_context = self._context.set_task_and_variable_override(self._task, variables, templar)
        self._play_context.post_validate(templar=templar)
        if not self._play_context.remote_addr:
            self._play_context.remote_addr = self._host.address
        named = variables.get("ansible_connection")
        plugin = self._task.connection if named is None else templar.template(named)
        executor: t.Any = self
        self._connection = executor._get_connection(variables, templar, plugin)
        executor._set_connection_options(variables, templar)
        return t.cast("ConnectionBase", self._connection)
