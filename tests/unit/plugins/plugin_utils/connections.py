# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection plugin that has nothing but options, and a visit to a host."""

from __future__ import annotations

import typing as t

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.visit import Deadline, Visit
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError

#: For a test to end, also on a busy machine.
_SECONDS = 600


def visit(explain: t.Callable[[Exception], HostError], seconds: float = _SECONDS) -> Visit:
    return Visit(explain, Deadline(seconds, "the_time"))


class Connection:
    def __init__(self, transport: str, options: dict[str, t.Any]) -> None:
        self.transport = transport
        self._options = options

    def get_option(self, name: str) -> t.Any:
        """The value; as of Ansible's plugins, KeyError for an option that it does not have."""
        return self._options[name]
