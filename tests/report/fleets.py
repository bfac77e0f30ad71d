# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets to make reports of: one of every kind, one that means harm, and one that is large."""

from __future__ import annotations

import typing as t

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.compare import compare
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.document import Document
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.folder import write
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.report import files_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, dword
from ansible_collections.winsec.lsa.tests.support import documents as hosts

if t.TYPE_CHECKING:
    from pathlib import Path

#: Names and values that break out of pages, files, formulas, lines, or the direction of writing.
HOSTILE = (
    "<script>document.title='run'</script>",
    "</script><script>document.title='run'</script>",
    "<img src=x onerror=document.title='run'>",
    "\"><svg onload=document.title='run'>",
    "=cmd|' /C calc'!A0",
    "../../../../etc/passwd",
    "srv\u202egnp.exe",
    "a" * 240,
    "שרת.example.com",
    "nul\x00\ud800",
    "{{ lookup('pipe', 'id') }}",
)


def everything() -> Document:
    """One host of every kind, compared with an earlier report."""
    earlier = [host for host in hosts.FLEET if host["host"] not in ("gone", "dc2019")]
    more = (hosts.record("gone"), hosts.record("dc2019", hosts.SERVER_2019, dword(1)), hosts.record("retired"))
    document = hosts.document()
    document["comparison"] = compare(hosts.document(*earlier, *more), document)
    return document


def hostile() -> Document:
    """Hosts whose names, values and messages mean harm, wherever they come up."""
    bad = [hosts.record(text, hosts.SERVER_2022, RegistryValue("REG_SZ", text)) for text in HOSTILE]
    gone = [hosts.lost(f"lost {number}", message=text, connection=text) for number, text in enumerate(HOSTILE)]
    named = hosts.record("named", variables=dict(zip(HOSTILE, HOSTILE, strict=True)))
    document = hosts.document(*bad, *gone, named)
    document["comparison"] = compare(hosts.document(*bad[:5], hosts.record(HOSTILE[1] + "x")), document)
    return document


FLEETS: dict[str, t.Callable[[], Document]] = {
    "everything": everything,
    "hostile": hostile,
    "large": lambda: hosts.document(*hosts.fleet(10_000)),
    "all_bad": lambda: hosts.document(*hosts.fleet(10_000, 1.0)),
}


def write_reports(folder: Path) -> Path:
    for name, make in FLEETS.items():
        write(folder / name, files_of(make()), [])
    return folder


def lost_halfway(folder: Path) -> Path:
    """A host that would pass, had it not been lost after its values were read."""
    read = hosts.record("halfway", hosts.SERVER_2022, dword(1), dword(0))["use_machine_id"]
    write(folder, files_of(hosts.document(hosts.lost("halfway", use_machine_id=read))), [])
    return folder
