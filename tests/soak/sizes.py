# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of everything: a minute of it in the suite, and what the guide on safety says by hand."""

from __future__ import annotations

import typing as t


class Sizes(t.NamedTuple):
    #: Hosts of a smaller and of a larger fleet, and how many are worked on at once.
    fleets: tuple[int, int]
    forks: int
    #: Hosts that are worked on again and again: in how many runs, and how often by one process.
    hosts: int
    runs: int
    visits: int
    #: Times that two controllers meet at their hosts.
    meetings: int


SHORT = Sizes(fleets=(10, 40), forks=5, hosts=4, runs=3, visits=12, meetings=1)
LONG = Sizes(fleets=(200, 1000), forks=50, hosts=20, runs=100, visits=100, meetings=10)
