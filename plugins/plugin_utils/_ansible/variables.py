# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The variables of role and playbooks as Ansible has them: what there is, and what the hosts of a play say."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from .._audit.verdicts import VERDICTS
from .._policy.variables import BOOLEAN, COUNT, FILE, FILE_IF_ANY, PREFIX, TEXT, UNRENDERED, Choices, SeveralOf
from .inventory import Inventory

if t.TYPE_CHECKING:
    from ansible.parsing.dataloader import DataLoader

_ROLE: t.Final = Path(__file__).parents[3] / "roles" / "use_machine_id"

#: A default that is the value of another variable.
_OTHER: t.Final = re.compile(r"\{\{ (\w+) \}\}")

#: What the playbooks take, and what the role registers. A play before this one may have set the latter.
_OTHERS: t.Final[Choices] = {
    "use_machine_id_hosts": None,
    "use_machine_id_audit_strict": BOOLEAN,
    "use_machine_id_audit_report": FILE,
    "use_machine_id_audit_previous": FILE,
    "use_machine_id_run": TEXT,
    "use_machine_id_audit_output": FILE,
    "use_machine_id_audit_resume": BOOLEAN,
    "use_machine_id_audit_workers": COUNT,
    "use_machine_id_audit_timeout": COUNT,
    "use_machine_id_audit_max_failed_logins": COUNT,
    "use_machine_id_result": None,
    "use_machine_id_facts_result": None,
}

#: Variables of connections that may hold a secret: passwords, passphrases, and proxies with a login in their address.
_SECRET: t.Final = re.compile(r"ansible_\w*(pass|proxy)")

#: By the type of an option of the role.
_KINDS: t.Final = {"bool": BOOLEAN, "path": FILE_IF_ANY}


def choices_of_variables(loader: DataLoader) -> Choices:
    """Every variable of role and playbooks, with its choices as the role's argument specs have them."""
    specs = loader.load_from_file(str(_ROLE / "meta" / "argument_specs.yml"))["argument_specs"]
    options = {name: option for spec in specs.values() for name, option in spec.get("options", {}).items()}
    verdicts = {"use_machine_id_audit_fail_on": SeveralOf(VERDICTS)}
    return {
        **_OTHERS,
        **verdicts,
        **{name: option.get("choices") or _KINDS.get(option["type"]) for name, option in options.items()},
    }


def defaults_of_role(loader: DataLoader) -> dict[str, t.Any]:
    """The default of every variable of the role."""
    return dict(loader.load_from_file(str(_ROLE / "defaults" / "main.yml")))


def with_defaults(variables: t.Mapping[str, t.Any], defaults: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The variables of a host as the role sees them. Nothing is rendered."""

    def value(name: str) -> t.Any:
        if name in variables:
            return variables[name]
        other = _OTHER.fullmatch(str(defaults[name]))
        return value(other[1]) if other else defaults[name]

    return {**{name: value(name) for name in defaults}, **variables}


def ours(variables: dict[str, t.Any], inventory: Inventory) -> dict[str, object]:
    """The rendered values of the variables that begin as ours do; UNRENDERED where one can't be rendered."""
    return {name: _rendered(variables, name, inventory) for name in variables if name.startswith(PREFIX)}


def broken_secret(variables: dict[str, t.Any], inventory: Inventory) -> str | None:
    """The name of a variable that may hold a secret and can't be rendered; None if all can.

    A password with ``{%`` in it is one. What ansible-core says of it may quote it.
    """
    found = (name for name in variables if _SECRET.match(name))
    return next((name for name in found if _rendered(variables, name, inventory) is UNRENDERED), None)


def _rendered(variables: dict[str, t.Any], name: str, inventory: Inventory) -> object:
    value = variables[name]
    if isinstance(value, bool) or (isinstance(value, str) and "{" not in value):
        return value
    try:
        return inventory.render(value, variables)
    except Exception:  # each ansible-core release has other ones for what can't be rendered
        return UNRENDERED
