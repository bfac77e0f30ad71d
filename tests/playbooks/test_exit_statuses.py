# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exit statuses of the playbooks, as the guide on fleets has them in a table. A job scheduler sees nothing else."""

from __future__ import annotations

import typing as t

import pytest

from ..support.expectations import ONE
from ..support.fleet import registry

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory

AUDIT, ENFORCE = "winsec.lsa.audit", "winsec.lsa.enforce"
HOSTS: dict[str, t.Any] = {
    "good": {"registry": registry(ONE)},
    "unset": {},
    "xp": {"release": "xp"},
    "silent": {"misbehave": {"close_connection": True}},
}
STRICT = ("-e", "use_machine_id_audit_strict=true")


@pytest.mark.canary
def test_what_a_run_ends_with(fleet: FleetFactory) -> None:
    subject = fleet(HOSTS)
    (subject.folder / "broken.yml").write_text("a: [")
    (subject.folder / "vaulted.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    for playbook, options, status in (
        (AUDIT, ["--limit=good,unset"], 0),
        (AUDIT, ["--limit=good,unset", *STRICT], 2),
        (AUDIT, ["--limit=good", *STRICT], 0),
        (AUDIT, ["--limit=silent"], 2),
        (AUDIT, ["--limit=silent", "-e", '{"use_machine_id_audit_fail_on": ["failed"]}'], 0),
        (AUDIT, ["--limit=xp"], 2),
        (AUDIT, ["--limit=xp", "-e", "use_machine_id_unsupported=skip"], 0),
        (AUDIT, ["-e", "use_machine_id_stat=enabled"], 2),
        (AUDIT, ["-e", "use_machine_id_hosts=nobody"], 2),
        (AUDIT, ["-e", "use_machine_id_audit_output=/proc/audit.jsonl"], 2),
        (AUDIT, ["--limit=nobody"], 1),
        ("winsec.lsa.audti", [], 1),
        (AUDIT, ["-e", "@missing.yml"], 1),
        (AUDIT, ["-e", "@vaulted.yml"], 1),
        (AUDIT, ["-e", "@broken.yml"], 4),
        (ENFORCE, ["--check", "--limit=good,unset"], 0),
        (ENFORCE, ["--check", "--limit=good,xp"], 2),
        (ENFORCE, ["--check", "--limit=good,silent"], 4),
    ):
        run = subject.playbook(playbook, *options)
        assert run.exit_status == status, f"{playbook} {options}: {run.output}"
