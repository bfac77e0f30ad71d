# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy that a host has applied last, asked for with queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from winsec_endpoint.fleet.options import OptionError
from winsec_endpoint.fleet.rsop import read

from .support import ENUMERATION, LSA, WMI, Answer, Fleet, enumerate_body

PATH = rf"{LSA}\UseMachineId"
ONE, ZERO = {"type": "REG_DWORD", "data": 1}, {"type": "REG_DWORD", "data": 0}
GPOS = [
    {"name": "First", "security_options": {PATH: ZERO, rf"{LSA}\Other": {"type": "REG_SZ", "data": "x"}}},
    {"name": "LocalGPO", "security_options": {PATH.upper(): ONE}, "administrative_templates": {PATH: ONE}},
    {"name": "Third", "guid": "6ac1786c-016f-11d2-945f-00c04fb984f9", "administrative_templates": {PATH: None}},
]
HOSTS: Mapping[str, Any] = {
    "h": {"rsop": {"gpos": GPOS}},
    "plain": {},
    "base": {"rsop": {"gpos": GPOS, "properties": "base"}},
    "denied": {"rsop": {"namespace": "denied"}},
    "missing": {"rsop": {"namespace": "missing"}},
}


def query(fleet: Fleet, wql: str, host: str = "h") -> Answer:
    return fleet.client(host).ask(f"{ENUMERATION}/Enumerate", f"{WMI}root/rsop/computer/*", enumerate_body(wql))


def test_a_query_for_the_base_class_finds_what_derives_from_it(fleet: Fleet) -> None:
    answer = query(fleet, "SELECT * FROM RSOP_PolicySetting")
    assert len(answer.elements("RSOP_RegistryValue")) == 3
    assert len(answer.elements("RSOP_RegistryPolicySetting")) == 2
    assert dict(zip(answer.texts("Path"), answer.texts("Data"), strict=True)) == {
        rf"MACHINE\{PATH}": "0",
        rf"MACHINE\{LSA}\Other": '"x"',
        rf"MACHINE\{PATH.upper()}": "1",
    }
    assert answer.texts("value") == ["1", "0", "0", "0", ""]
    assert answer.texts("deleted") == ["false", "true"]


def test_precedence_counts_for_each_path_and_kind(fleet: Fleet) -> None:
    assert query(fleet, "select * from RSOP_RegistryValue").texts("precedence") == ["1", "1", "2"]
    assert query(fleet, "select * from RSOP_RegistryPolicySetting").texts("precedence") == ["1", "2"]


def test_conditions_choose_by_class_and_by_the_end_of_a_name(fleet: Fleet) -> None:
    wql = 'select * from RSOP_PolicySetting where __CLASS = "rsop_registryvalue" or name like "%MACHINEID"'
    assert len(query(fleet, wql).texts("precedence")) == 5
    assert len(query(fleet, "select * from RSOP_PolicySetting where name like '%X'").texts("precedence")) == 0
    assert query(fleet, "select * from RSOP_PolicySetting where name like '%X' and 1").subcode == "CannotProcessFilter"


def test_a_host_may_answer_with_instances_of_the_base_class(fleet: Fleet) -> None:
    answer = query(fleet, 'select * from RSOP_PolicySetting where __CLASS = "RSOP_RegistryValue"', "base")
    assert len(answer.elements("RSOP_PolicySetting")) == 3
    assert answer.elements("Path") == []


def test_ids_differ_in_case_and_form(fleet: Fleet) -> None:
    ids = query(fleet, "select id, name from RSOP_GPO")
    assert ids.texts("name") == ["First", "Local Group Policy", "Third"]
    assert ids.texts("id")[1:] == [
        "LocalGPO",
        "cn={6ac1786c-016f-11d2-945f-00c04fb984f9},cn=policies,cn=system,DC=corp,DC=example",
    ]
    settings = query(fleet, "select GPOID from RSOP_RegistryPolicySetting").texts("GPOID")
    assert settings == [
        "LocalGPO",
        "CN={6AC1786C-016F-11D2-945F-00C04FB984F9},CN=POLICIES,CN=SYSTEM,DC=corp,DC=example",
    ]


def test_an_extension_has_run_where_it_has_settings(fleet: Fleet) -> None:
    wql = "select extensionGuid, endTime, loggingStatus, error from RSOP_ExtensionStatus"
    assert len(query(fleet, wql).texts("extensionGuid")) == 3
    assert query(fleet, wql, "plain").elements("XmlFragment") == []


def test_the_namespace_may_be_denied_or_missing(fleet: Fleet) -> None:
    assert query(fleet, "select * from RSOP_GPO", "plain").status == 200
    assert query(fleet, "select * from RSOP_Nothing", "plain").subcode == "CannotProcessFilter"
    assert query(fleet, "select * from RSOP_GPO", "denied").subcode == "AccessDenied"
    assert query(fleet, "select * from RSOP_GPO", "missing").subcode == "DestinationUnreachable"


@pytest.mark.parametrize(
    "form",
    [
        {"gpos": {"First": {}}},
        {"gpos": [{"name": "x", "guid": "x"}]},
        {"gpos": [{"settings": {}}]},
        {"gpos": [{"security_options": {PATH: 1}}]},
        {"namespace": "gone"},
        {"other": 1},
    ],
)
def test_mistakes_are_refused(form: Mapping[str, Any]) -> None:
    with pytest.raises(OptionError):
        read(form, "rsop")
