# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""How many files a run may open, and how many it needs. Knows no Windows."""

from __future__ import annotations

import resource

#: For one host: ssh has the most, three pipes or a terminal, that of a password, and a selector.
_FOR_A_HOST = 8

#: For each host that is worked on, how many may be set aside meanwhile because they are slow.
SET_ASIDE = 3

#: Open whatever the hosts are: those of Ansible, libraries that are loaded, the queue.
_FOR_THE_PROCESS = 64


def allow_files(workers: int) -> int:
    """Raise the soft limit of this process as far as that many hosts need it, and those that are set aside.

    Return how many hosts there can be at once.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files_for(workers * (1 + SET_ASIDE))
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return workers * (1 + SET_ASIDE)
    return min(workers * (1 + SET_ASIDE), (soft - files_for(0)) // _FOR_A_HOST)


def files_for(hosts: int) -> int:
    """How many files so many hosts at once need."""
    return _FOR_THE_PROCESS + hosts * _FOR_A_HOST
