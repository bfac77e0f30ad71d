# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress that a user sees on a terminal while the audit of a fleet goes on, and no disturbance of a program."""

from __future__ import annotations

import os
import re
import typing as t

import pytest

from ..support.expectations import ONE
from ..support.fleet import registry
from ..support.terminal import Terminal

if t.TYPE_CHECKING:
    from ..support.fleet import Fleet, FleetFactory

#: Two at a time take several seconds. Each request is delayed.
HOSTS = {"good[1:8]": {"registry": registry(ONE), "misbehave": {"delay": 0.5}}, "unset[1:4]": {}}
AUDIT = ("winsec.lsa.audit", "--inventory=inventory.yml", "-e", "use_machine_id_audit_workers=2")

#: How far, what was found, how fast, how long.
LINE = re.compile(r"\r(\d+) of 12 hosts; [\w ,]+; [\d.]+ a second; (?:\d+ min )?\d+ s left")

#: A stdout callback for programs. Those of ansible.posix are called like this, and ansible-core has none.
JSON = """
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = "name: json\\ntype: stdout\\nshort_description: x\\ndescription: x"

class CallbackModule(CallbackBase):
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "json"
"""

#: Seconds for a run to end, also on a busy machine.
LONG = 600


def on_a_terminal(subject: Fleet, **variables: str) -> Terminal:
    return Terminal(["ansible-playbook", *AUDIT], subject.folder, {**os.environ, "ANSIBLE_NOCOLOR": "1", **variables})


@pytest.mark.canary
def test_a_terminal_has_a_line_at_least_every_two_seconds(fleet: FleetFactory) -> None:
    subject = fleet(HOSTS)
    terminal = on_a_terminal(subject)
    assert terminal.end(LONG) == 0, terminal.shown
    assert [int(count) for count in LINE.findall(terminal.shown)], terminal.shown
    times = terminal.times_of(" of 12 hosts")
    assert len(times) >= (times[-1] - times[0]) / 2
    assert re.search(r"\r {30,}\r", terminal.shown), "the last one is wiped out"
    assert "12 hosts: 8 compliant, 4 not compliant" in terminal.shown


def test_a_program_that_reads_has_none(fleet: FleetFactory) -> None:
    subject = fleet(HOSTS)
    (subject.folder / "callback").mkdir()
    (subject.folder / "callback" / "json.py").write_text(JSON)
    for variables in (
        {"ANSIBLE_STDOUT_CALLBACK": "json", "ANSIBLE_CALLBACK_PLUGINS": str(subject.folder / "callback")},
        {"ANSIBLE_DISPLAY_OK_HOSTS": "false"},
    ):
        terminal = on_a_terminal(subject, **variables)
        assert terminal.end(LONG) == 0, terminal.shown
        assert " of 12 hosts" not in terminal.shown
    assert sum(len(subject.requests(f"good{number}")) for number in range(1, 9)) > 0
