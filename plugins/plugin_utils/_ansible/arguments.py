# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The arguments of a task, checked before anything is done."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError

from ...module_utils._texts import shown

if t.TYPE_CHECKING:
    from ansible.plugins.action import ActionBase

#: Options that Ansible makes a text of, whatever they are: a list would become the name of a file.
_TEXTS: t.Final = ("path", "str")

#: How Ansible names an action of a collection whose arguments are wrong.
_MODULE_PATH: t.Final = "ansible_collections.winsec.lsa.plugins.action."

#: Characters of what Ansible says of an argument. It lists all options where one is not known.
_MAX_WORDS: t.Final = 1000


def arguments_of(action: ActionBase, spec: dict[str, t.Any]) -> dict[str, t.Any]:
    """The arguments as ``spec`` has them, in the form that AnsibleModule takes. Raises AnsibleError."""
    given = t.cast(t.Any, action)._task.args
    try:
        arguments = t.cast(t.Any, action).validate_argument_spec(argument_spec=spec)[1]
    except AnsibleError as exc:
        raise _told(exc.message.replace(_MODULE_PATH, "winsec.lsa.")) from None  # or 2.19 says both
    for name, option in spec.items():
        value = given.get(name)
        if option["type"] in _TEXTS and value is not None and not isinstance(value, str):
            kind = "list" if isinstance(value, list) else "mapping" if isinstance(value, dict) else type(value).__name__
            raise _told(f"{name} must be a text, but is a {kind}.")
    return t.cast("dict[str, t.Any]", arguments)


def _told(text: str) -> AnsibleError:
    """Ansible quotes the value that is wrong, whatever is in it."""
    return AnsibleError(shown(text, _MAX_WORDS))
