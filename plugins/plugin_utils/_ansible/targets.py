# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""From hosts of the inventory to jobs for threads: what Ansible has to resolve first, and the record of each host."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._defects import defect
from ...module_utils._texts import shown
from .._audit.examination import Examination, examine
from .._audit.records import Record, record_of
from .._fleet.accounts import Login, is_refusal
from .._fleet.engine import Job
from .._policy.variables import PREFIX, problems
from .._windows.host import LoginRefused
from . import controller
from .connect import connect
from .errors import Login as ConnectionLogin
from .inventory import Inventory
from .secrets import option
from .sessions import end
from .tickets import SharedTicket, Ticket, ticket_of
from .variables import broken_secret, choices_of_variables, defaults_of_role, ours, with_defaults
from .visit import Deadline

if t.TYPE_CHECKING:
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.connection import ConnectionBase

#: Whether a host is asked who owns its values.
_GPO: t.Final = "use_machine_id_gpo"

#: What gives a host more time: the option, and the variable of the playbook.
RAISED_BY: t.Final = "timeout (use_machine_id_audit_timeout for the playbook)"

#: The variables that decide nothing about what is to be done on a host.
_OTHERS: t.Final = (_GPO, "use_machine_id_journal")


class Target(t.NamedTuple):
    """A host with all that is needed to ask it, in plain values and a connection of its own."""

    host: str
    connection: ConnectionBase
    #: Those of the role that decide what is to be done.
    variables: dict[str, str]
    gpo: bool
    ticket: Ticket


class Targets:
    """Resolves hosts, on the main thread."""

    def __init__(self, inventory: Inventory, loader: DataLoader, gpo: bool | None) -> None:
        """``gpo`` counts for all hosts; None leaves it to the variables of each."""
        self._inventory = inventory
        self._defaults = defaults_of_role(loader)
        self._choices = choices_of_variables(loader)
        self._gpo = gpo

    def target(self, host: str) -> Target | Record:
        """Return what is needed to ask a host, or its record if that can't be had."""
        variables: dict[str, t.Any] = {}
        try:
            variables, known = self._variables(host)
            if found := problems({host: known}, self._choices):
                return failed(host, f"{'. '.join(found)}.")
            connection = self._inventory.connection(host, variables)
            gpo = boolean(known[_GPO]) if self._gpo is None else self._gpo
            return Target(host, connection, _deciding(known), gpo, ticket_of(connection))
        except Exception as exc:
            return failed(host, self._problem(variables, exc))

    def _problem(self, variables: dict[str, t.Any], exc: Exception) -> str:
        """Why a host can't be asked, without a secret. Up to 2.18, ansible-core quotes what it can't render."""
        if name := broken_secret(variables, self._inventory):
            return (
                f"{name} can't be rendered: look for an undefined variable in its value, and mark the value with "
                "!unsafe if it holds {{, {% or {#. It is not shown here, because it may hold a secret."
            )
        return shown(str(getattr(exc, "message", exc))) if isinstance(exc, (AnsibleError, TypeError)) else defect(exc)

    def still_counts(self, record: Record) -> bool:
        """Whether the host of a record of an earlier run has the variables with which it was judged.

        A host that was given up was judged with none.
        """
        if not record["variables"] and record["verdict"] == "unreachable":
            return True
        try:
            _variables, known = self._variables(record["host"])
        except Exception:
            return False  # the reason is told when the host is asked
        return _deciding(known) == record["variables"]

    def _variables(self, host: str) -> tuple[dict[str, t.Any], dict[str, object]]:
        """All variables of a host, not rendered, and those of the role, rendered."""
        variables = with_defaults(self._inventory.variables(host), self._defaults)
        rendered = ours(variables, self._inventory)
        return variables, {name: rendered[name] for name in self._defaults}


def _deciding(known: t.Mapping[str, object]) -> dict[str, str]:
    """Of the variables of the role, those that decide what is to be done."""
    return {name: f"{value}" for name, value in sorted(known.items()) if name not in _OTHERS}


def failed(host: str, message: str) -> Record:
    """The record of a host that nobody has asked, because of something about it on the controller."""
    now = controller.now()
    given = {"host": host, "started": now, "finished": now, **Examination(failure=message).record()}
    return record_of(given, host)


def unreachable(host: str, message: str) -> Record:
    """The record of a host that did not answer, or not in time."""
    lost = Examination()
    lost.lose(message)
    return record_of({"host": host, "finished": controller.now(), **lost.record()}, host)


def not_tried(host: str, reason: str) -> Record:
    """The record of a host that was left out on purpose."""
    return record_of({"host": host, "verdict": "not tried", "reason": reason}, host)


def job_of(target: Target, ticket: SharedTicket, timeout: float) -> Job[Record]:
    """The work on a host, for a thread. It takes ``timeout`` seconds at most."""
    account = _account_of(target.connection)
    return Job(target.host, account, lambda logged_in: _ask(target, ticket, timeout, logged_in))


def _account_of(connection: ConnectionBase) -> str | None:
    """The user whose account a refused login counts for; None where there is no password that could be wrong."""
    login = ConnectionLogin.of(connection)
    password = option(connection, "remote_password") or option(connection, "password")
    user = option(connection, "remote_user")
    return str(user) if user and password and not login.by_certificate else None


def _ask(target: Target, ticket: SharedTicket, timeout: float, logged_in: t.Callable[[], None]) -> tuple[Record, Login]:
    started, connection, deadline = controller.now(), target.connection, Deadline(timeout, RAISED_BY)
    arguments = {name.removeprefix(PREFIX): value for name, value in target.variables.items()}
    try:
        ticket.share(connection)
        found, error = examine(
            lambda: connect(connection, arguments["via"], lambda _warning: None, deadline),
            arguments,
            target.gpo,
            logged_in,
        )
    except Exception as exc:
        found, error = Examination(failure=defect(exc)), None
    finally:
        end(connection)
    refused = isinstance(error, LoginRefused) or is_refusal(error)
    given = {
        "host": target.host,
        "started": started,
        "finished": controller.now(),
        "connection": connection.transport,
        "variables": target.variables,
        **found.record(),
    }
    return record_of(given, target.host), "refused" if refused else None
