# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits of a host are derived from the time-outs of its connection. tests/faults has hosts that take more."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.visit import MAX_VISIT, Deadline, Times
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError, NotUnderstood, OutOfTime

from ..connections import Connection, visit


@pytest.mark.parametrize(
    ("transport", "options", "times"),
    [
        ("winrm", {}, (60, 300, "ansible_winrm_read_timeout_sec")),
        ("winrm", {"connection_timeout": None}, (60, 300, "ansible_winrm_read_timeout_sec")),
        ("winrm", {"connection_timeout": 50}, (120, 600, "ansible_winrm_connection_timeout")),
        (
            "winrm",
            {"_extras": {"ansible_winrm_read_timeout_sec": "90"}},
            (180, 900, "ansible_winrm_read_timeout_sec"),
        ),
        ("winrm", {"_extras": {"ansible_winrm_read_timeout_sec": "x"}}, (60, 300, "ansible_winrm_read_timeout_sec")),
        ("psrp", {}, (60, 300, "ansible_psrp_read_timeout")),
        ("psrp", {"read_timeout": 45}, (90, 450, "ansible_psrp_read_timeout")),
        ("ssh", {"timeout": 10}, (60, 300, "ansible_ssh_timeout")),
        ("ssh", {"timeout": 70}, (120, 600, "ansible_ssh_timeout")),
        ("community.example", {}, (60, 300, "ansible_ssh_timeout")),
    ],
)
def test_times_are_those_of_the_connection(
    transport: str, options: dict[str, t.Any], times: tuple[float, float, str]
) -> None:
    assert Times.of(t.cast(t.Any, Connection(transport, options))) == times


def test_a_deadline_that_is_over_says_what_raises_it() -> None:
    deadline = Deadline(0, "ansible_psrp_read_timeout")
    assert deadline.left == 0
    with pytest.raises(OutOfTime, match=r"0 seconds are over.*or raise ansible_psrp_read_timeout"):
        deadline.check()
    Deadline(600, "").check()


def test_all_that_a_host_sends_counts() -> None:
    stay = visit(lambda exc: HostError(str(exc), ""))
    stay.receive(MAX_VISIT)
    with pytest.raises(NotUnderstood, match=f"more than {MAX_VISIT} bytes"):
        stay.receive(1)
