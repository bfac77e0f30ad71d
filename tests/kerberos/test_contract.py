# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole contract, over every way to log in: each state from each stored value, by both plugins."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ..integration.contract import STATES, STORED
from ..integration.fleet import over_both, registry
from ..integration.logins import WAYS, Case, Way, change, check_contract
from ..integration.test_states import RELEASES, releases_for
from .kdc import KERBEROS, KINIT, NO_PASSWORD

if t.TYPE_CHECKING:
    from pathlib import Path

    from .conftest import FleetFactory
    from .kdc import Kdc

HTTP = Way(KERBEROS, "kerberos", encrypted=True)
HTTPS = Way({**KERBEROS, "scheme": "https"}, "kerberos", encrypted=False)
#: By name: the way, and what its inventory says otherwise.
ALL_WAYS: dict[str, tuple[Way, dict[str, t.Any]]] = {
    **{name: (way, {}) for name, way in WAYS.items()},
    "negotiate": (WAYS["ntlm"], {"ansible_psrp_auth": "negotiate"}),
    "password": (HTTP, KINIT),
    "password-https": (HTTPS, KINIT),
    "ticket": (HTTP, NO_PASSWORD),
    "ticket-https": (HTTPS, NO_PASSWORD),
}


@pytest.mark.parametrize("name", ALL_WAYS)
def test_each_state_is_reached_from_each_stored_value(
    fleet: FleetFactory, kdc: Kdc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    way, variables = ALL_WAYS[name]
    cases = {
        f"{state}-{release}-{stored}": Case(state, release, STORED[stored].use_machine_id, way)
        for state in STATES
        for release, stored in itertools.product(releases_for(state), STORED)
    }
    forms = {
        host: {**way.form, "release": RELEASES[case.release], "registry": registry(*STORED[host.rpartition("-")[2]])}
        for host, case in cases.items()
    }
    hosts = over_both(forms)
    subject = fleet(hosts)
    change(subject, lambda _host: variables)
    if name.startswith("ticket"):
        kdc.ticket(tmp_path / "tickets")
        monkeypatch.setenv("KRB5CCNAME", str(tmp_path / "tickets"))
    check_contract(subject, {host: cases[host.rpartition("-")[0]] for host in hosts})
