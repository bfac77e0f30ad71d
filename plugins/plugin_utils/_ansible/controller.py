# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Who runs Ansible, on which controller, in which run, and what time it is there."""

from __future__ import annotations

import datetime
import getpass
import multiprocessing
import os
import platform
import secrets

from .._schema.json_schema import TIME
from .._windows.host import HostError

#: A strategy looks at an action before it forks for the hosts (``action_loader.get(..., class_only=True)`` in the
#: linear and the free one, ansible-core 2.16 to 2.21). So this is made once for a run, and each fork has it.
_RUN = f"{datetime.datetime.now(datetime.timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
_MADE_BY = os.getpid()


def run() -> str:
    """The id of this run of Ansible, the same for all its hosts, plays and tasks. It begins with the time.

    Raises:
        HostError: a strategy plugin of somebody else has forked first, so that each host would have its own.
    """
    if multiprocessing.parent_process() and os.getpid() == _MADE_BY:
        raise HostError(
            "With this strategy plugin, the hosts of a run can't be told from those of another one in a journal",
            "Use the strategy ansible.builtin.linear or ansible.builtin.free, and name the action without a template.",
        )
    return _RUN


def now() -> str:
    """The time as documents have it."""
    return datetime.datetime.now(datetime.timezone.utc).strftime(TIME)


def user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may have no name for its user
        return None


def name() -> str | None:
    return platform.node() or None
