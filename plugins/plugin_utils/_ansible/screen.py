# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The screen of the user, as the settings of Ansible have it."""

from __future__ import annotations

import contextlib
import re
import sys
import typing as t

from ansible import constants
from ansible.errors import AnsibleError
from ansible.utils.display import Display

from .._fleet.progress import Progress

#: Stdout callbacks whose output programs read, or nobody.
_FOR_PROGRAMS: t.Final = re.compile(r"(^|[._])(json|jsonl|null)$")

#: The option of callbacks with which a user wants to see less.
_OPTION: t.Final = "display_ok_hosts"

#: Looked at before Ansible forks: from 2.19 on, the processes of tasks have no terminal.
_ON_A_TERMINAL: t.Final = sys.stderr.isatty()


def progress_of(total: int) -> Progress:
    """The progress of a run over so many hosts, shown where and as the user wants to see something."""
    return Progress(total, _show if _is_wanted() else _hide, terminal=_ON_A_TERMINAL)


def _is_wanted() -> bool:
    callback = str(t.cast(t.Any, constants).DEFAULT_STDOUT_CALLBACK)
    if _FOR_PROGRAMS.search(callback):
        return False
    for name in (callback, callback.rpartition(".")[2]):  # one of core is known without its collection
        with contextlib.suppress(AnsibleError, KeyError):
            return bool(constants.config.get_config_value(_OPTION, plugin_type="callback", plugin_name=name))
    return True  # a callback without such an option


def _show(text: str) -> None:
    """By Display, which leads to the process that has the terminal, and into the log."""
    Display().display(text.rstrip("\n"), stderr=True, newline=text.endswith("\n"), screen_only=not text.endswith("\n"))


def _hide(_text: str) -> None:
    pass
