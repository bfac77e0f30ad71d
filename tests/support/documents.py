# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents of any size to make reports from, with every verdict and reason in them, as the collection builds them."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.document import Document, Source, Writer, build
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.records import Record, record_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.verdicts import details, judge
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import HostState, plan, with_changes
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.report import describe, previous
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion

WRITER = Writer("1.0.0", "2.19.0", "alice", "ctl01", ("inventory.yml",))

VISTA = WindowsVersion(6, 0, 6002, "workstation")
SERVER_2003 = WindowsVersion(5, 2, 3790, "server")
SERVER_2008 = WindowsVersion(6, 0, 6002, "server")
SERVER_2008_R2 = WindowsVersion(6, 1, 7601, "domain_controller")
SERVER_2012_R2 = WindowsVersion(6, 3, 9600, "server")
WINDOWS_10 = WindowsVersion(10, 0, 19045, "workstation")
SERVER_2016 = WindowsVersion(10, 0, 14393, "server")
SERVER_2019 = WindowsVersion(10, 0, 17763, "domain_controller")
SERVER_2022 = WindowsVersion(10, 0, 20348, "server")
WINDOWS_11 = WindowsVersion(10, 0, 26100, "workstation")
SERVER_2025 = WindowsVersion(10, 0, 26100, "server")

LOST = "The host did not answer in time. Check its name and address, and that WinRM listens there."


def record(
    host: str,
    version: WindowsVersion = SERVER_2022,
    identity: RegistryValue | None = None,
    fallback: RegistryValue | None = None,
    **more: t.Any,
) -> Record:
    """Return the record of an audit of a host with these values; ``state`` and others override the role's defaults."""
    state = HostState(version, {"use_machine_id": identity, "null_session_fallback": fallback})
    desired = {"use_machine_id": more.pop("state", "enabled"), "null_session_fallback": "unmanaged"}
    facts = {"changed": False, "ansible_facts": {"use_machine_id": describe(state)}}
    module: dict[str, t.Any] = {"skipped": True}
    if state.generation != "unsupported":
        todo = plan(state, t.cast("t.Any", desired))
        then = with_changes(state, todo.changes)
        module = {"changed": then != state, "previous": previous(state), "undecided": list(todo.undecided)}
        module["use_machine_id"] = describe(then)
    verdict, reason = judge(facts, module, "")
    found = {"verdict": verdict, "reason": reason, **details(facts, module, ""), **_circumstances()}
    return record_of({"host": host, **found, **more}, host)


def lost(host: str, verdict: str = "unreachable", message: str = LOST, **more: t.Any) -> Record:
    """A host that could not be looked at."""
    found = {"host": host, "verdict": verdict, "reason": message, "message": message}
    return record_of({**found, **_circumstances(), **more}, host)


def _circumstances() -> dict[str, t.Any]:
    return {
        "started": "2026-11-28T20:54:00Z",
        "finished": "2026-11-28T20:54:02Z",
        "connection": "winrm",
        "variables": {"use_machine_id_state": "enabled", "use_machine_id_null_session_fallback": "unmanaged"},
    }


#: One host of every kind.
FLEET: t.Final = (
    record("srv2022", SERVER_2022, dword(1)),
    record("dc2019", SERVER_2019, dword(0), dword(1)),
    record("srv2008", SERVER_2008),
    record("srv2008r2", SERVER_2008_R2, dword(0)),
    record("srv2012r2", SERVER_2012_R2, RegistryValue("REG_SZ", "1"), connection="psrp"),
    record("srv2016", SERVER_2016, RegistryValue("REG_QWORD", 1), state="unmanaged"),
    record("srv2025", SERVER_2025, connection="ssh"),
    record("win10", WINDOWS_10, None, dword(0)),
    record("win11", WINDOWS_11, dword(1), dword(0), connection="psrp"),
    record("srv2003", SERVER_2003, connection="psrp"),
    lost("gone"),
    lost("denied", "failed", "The registry of the host denied access to this user. Use a member of Administrators."),
    lost("spared", "not tried", "The logins of this account were refused on 3 hosts. Check its password."),
)


def fleet(size: int, attention: float = 0.12) -> list[Record]:
    """Many hosts, that share of which needs attention: every eighth unless said otherwise."""
    good = [record for record in FLEET if record["attention"] is None]
    bad = [record for record in FLEET if record["attention"] is not None]
    goods, bads = itertools.cycle(good), itertools.cycle(bad)
    needy = round(size * attention)
    chosen = [next(bads) if number < needy else next(goods) for number in range(size)]
    return [t.cast(Record, {**one, "host": f"host{number:05}.example.com"}) for number, one in enumerate(chosen)]


def document(*records: Record) -> Document:
    """A document of these hosts, or of the fleet above."""
    return build([Source("records", list(records or FLEET))], WRITER)
