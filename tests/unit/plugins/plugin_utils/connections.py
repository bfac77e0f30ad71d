# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection plugin that has nothing but options."""

from __future__ import annotations

import typing as t


class Connection:
    def __init__(self, transport: str, options: dict[str, t.Any]) -> None:
        self.transport = transport
        self._options = options

    def get_option(self, name: str) -> t.Any:
        """The value; as of Ansible's plugins, KeyError for an option that it does not have."""
        return self._options[name]
