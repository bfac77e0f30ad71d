# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""How many files a run may open, and how many it needs. Knows no Windows."""

from __future__ import annotations

import resource

#: For one host: ssh has the most, three pipes or a terminal, that of a password, and a selector.
_FOR_A_HOST = 8

#: Open whatever the hosts are: those of Ansible, libraries that are loaded, the queue.
_FOR_THE_PROCESS = 64


def allow_files(workers: int) -> int | None:
    """Raise the soft limit of this process as far as that many hosts at once need it.

    Return None if that can be had, else the limit that would be needed.
    """
    needed = _FOR_THE_PROCESS + workers * _FOR_A_HOST
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return None
    if hard != resource.RLIM_INFINITY and hard < needed:
        return needed
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return None
