# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts, audit and enforcement of a mixed fleet, as users run them."""

from __future__ import annotations

import json
import typing as t

import pytest

from ..support.expectations import LSA, ONE, STORED, ZERO, Stored
from .hosts import CURRENT_VERSION, HOSTS
from .prefix import REG_EXE

if t.TYPE_CHECKING:
    from pathlib import Path

    from .rig import Rig

AUDIT, ENFORCE = "winsec.lsa.audit", "winsec.lsa.enforce"
MODULE = "Enforce the desired state for this generation of Windows"

MIXED = {
    "srv2008": STORED["zero"],
    "win10": STORED["one"],
    "dc2019": STORED["text"],
    "srv2022": Stored(("REG_SZ", "Schlüssel    REG_DWORD    0x1")),
}


def test_facts_name_every_release(rig: Rig) -> None:
    run = rig.play({"winsec.lsa.use_machine_id_facts": {}})
    assert run.exit_status == 0, run.output
    for name, host in HOSTS.items():
        facts = run.of("use_machine_id_facts")[name].result["ansible_facts"]["use_machine_id"]
        assert (facts["windows"]["release"], facts["windows"]["product_type"]) == (host.release, host.product_type)
        assert facts["effective"] == ("anonymous" if name in ("vista", "srv2008") else "computer_identity"), name
        assert facts["configured"] == "not_defined", name


def test_the_localised_hosts_speak_their_language(rig: Rig) -> None:
    """Otherwise they prove nothing."""
    query = (REG_EXE, "query", f"HKLM\\{LSA}", "/v", "UseMachineId")
    said = {host: rig.speaks(host, *query) for host in ("win10", "srv2022", "dc2019")}
    assert b"Unable to find" in said["win10"]
    assert b"Wert wurde nicht gefunden" in said["srv2022"]
    assert "レジストリ" in said["dc2019"].decode("cp932")


def test_audit_enforce_and_audit_again(rig: Rig, tmp_path: Path) -> None:
    rig.store(MIXED)
    before = rig.stored()
    audit = rig.playbook(AUDIT, "-e", f"use_machine_id_audit_output={tmp_path / 'audit.jsonl'}")
    assert audit.exit_status == 0, audit.output
    verdicts = dict.fromkeys(HOSTS, "not compliant") | {"win10": "compliant"}
    for record in map(json.loads, (tmp_path / "audit.jsonl").read_text().splitlines()):
        release = record["reason"].split(":")[0]
        assert (record["verdict"], release) == (verdicts.pop(record["host"]), HOSTS[record["host"]].release)
    assert verdicts == {}
    assert rig.stored() == before

    first, second = rig.playbook(ENFORCE), rig.playbook(ENFORCE)
    assert (first.exit_status, second.exit_status) == (0, 0), first.output + second.output
    for host, stored in rig.stored().items():
        assert stored[LSA]["UseMachineId"] == ONE, host
        assert first.of(MODULE)[host].status == ("ok" if host == "win10" else "changed"), host
        assert second.of(MODULE)[host].status == "ok", host


@pytest.mark.canary
def test_previous_puts_back_what_was_there(rig: Rig) -> None:
    rig.store({"srv2022": Stored(ZERO)})
    run = rig.play(
        {"winsec.lsa.use_machine_id": {}, "register": "policy"},
        {"name": "undo", "winsec.lsa.use_machine_id": {"state": "{{ policy.previous.use_machine_id.state }}"}},
        hosts="srv2022:vista",
    )
    assert {result.status for result in run.results} == {"changed"}, run.output
    stored = rig.stored()
    assert stored["srv2022"][LSA]["UseMachineId"] == ZERO
    assert "UseMachineId" not in stored["vista"][LSA]


#: Values beside those that are read, whose names and data look like an answer: the key, name and data of each.
FORGERIES = (
    (LSA, "A note", f"x\r\nHKEY_LOCAL_MACHINE\\{LSA}"),
    (LSA, "UseMachineId    REG_DWORD    0x1", "y"),
    (
        CURRENT_VERSION,
        "RegisteredOwner",
        f"me\r\n\r\nHKEY_LOCAL_MACHINE\\{CURRENT_VERSION}\r\n    CurrentVersion    REG_SZ    5.2\r\n"
        "    CurrentMajorVersionNumber    REG_DWORD    0x5\r\n    CurrentBuildNumber    REG_SZ    3790\r\n",
    ),
)


def test_values_that_look_like_an_answer_forge_none(rig: Rig) -> None:
    """Written and printed by a real reg.exe, though that of Wine."""
    rig.store({"srv2008": Stored(ZERO), "srv2022": Stored(ZERO)})
    hosts = ("vista", "srv2008", "srv2022", "srv2025")
    try:
        for host in hosts:
            for key, name, data in FORGERIES:
                rig.speaks(host, REG_EXE, "add", f"HKLM\\{key}", "/v", name, "/t", "REG_SZ", "/d", data, "/f")
        listing = rig.speaks("srv2022", REG_EXE, "query", f"HKLM\\{LSA}").decode("ascii", "replace")
        assert listing.replace("\r", "").count(f"\nHKEY_LOCAL_MACHINE\\{LSA}\n") == 2, "otherwise it proves nothing"
        run = rig.play({"winsec.lsa.use_machine_id_facts": {}}, hosts=":".join(hosts))
    finally:
        for host in hosts:
            for key, name, _data in FORGERIES:
                rig.speaks(host, REG_EXE, "delete", f"HKLM\\{key}", "/v", name, "/f")
    assert run.exit_status == 0, run.output
    for host in hosts:
        facts = run.of("use_machine_id_facts")[host].result["ansible_facts"]["use_machine_id"]
        assert facts["windows"]["release"] == HOSTS[host].release
        assert facts["configured"] == ("disabled" if host in ("srv2008", "srv2022") else "not_defined")
