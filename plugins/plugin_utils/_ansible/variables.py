# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The variables of role and playbooks as Ansible has them: what there is, and what the hosts of a play say."""

from __future__ import annotations

import typing as t
from pathlib import Path

from .._policy.variables import PREFIX, UNRENDERED, Choices

if t.TYPE_CHECKING:
    from ansible.parsing.dataloader import DataLoader

_ARGUMENT_SPECS: t.Final = Path(__file__).parents[3] / "roles" / "use_machine_id" / "meta" / "argument_specs.yml"

#: What the playbooks take, and what the role registers. An audit or a play before this one may have set the latter.
_OTHERS: t.Final[Choices] = dict.fromkeys(
    (
        "use_machine_id_hosts",
        "use_machine_id_audit_strict",
        "use_machine_id_audit_report",
        "use_machine_id_audit_previous",
        "use_machine_id_run",
        "use_machine_id_result",
        "use_machine_id_facts_result",
    )
)


def choices_of_variables(loader: DataLoader) -> Choices:
    """Every variable of role and playbooks, with its choices as the role's argument specs have them."""
    specs = loader.load_from_file(str(_ARGUMENT_SPECS))["argument_specs"]
    options = {name: option for spec in specs.values() for name, option in spec.get("options", {}).items()}
    return {**_OTHERS, **{name: option.get("choices") for name, option in options.items()}}


def variables_of(
    hosts: t.Iterable[str], hostvars: t.Mapping[str, t.Mapping[str, t.Any]]
) -> dict[str, dict[str, object]]:
    """By host, the rendered values of the variables that begin as ours do; UNRENDERED where one can't be rendered."""
    return {host: _ours(hostvars[host]) for host in hosts}


def _ours(variables: t.Mapping[str, t.Any]) -> dict[str, object]:
    return {name: _rendered(variables, name) for name in variables if name.startswith(PREFIX)}


def _rendered(variables: t.Mapping[str, t.Any], name: str) -> object:
    try:
        return variables[name]
    except Exception:  # each ansible-core release has other ones for what can't be rendered
        return UNRENDERED
