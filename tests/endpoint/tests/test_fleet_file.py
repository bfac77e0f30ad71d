# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet.yml: patterns, defaults, overrides, and mistakes that are refused in words."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from winsec_endpoint.fleet.hosts import Host, load
from winsec_endpoint.fleet.options import OptionError
from winsec_endpoint.fleet.releases import ProductType

from .support import COMMAND, LSA

DWORD = {"type": "REG_DWORD", "data": 1}


def read(directory: Path, form: Any, **options: Any) -> dict[str, Host]:
    path = directory / "fleet.yml"
    path.write_text(form if isinstance(form, str) else yaml.safe_dump(form))
    return {host.name: host for host in load(path, **options)}


def test_many_hosts_in_two_lines(tmp_path: Path) -> None:
    hosts = read(tmp_path, "hosts:\n  web[001:120]: {release: 2016}\n  db: {count: 12}\n  one:\n")
    names = list(hosts)
    assert (len(names), names[0], names[119], names[120], names[-1]) == (133, "web001", "web120", "db01", "one")
    assert hosts["web007"].release.build == "14393"


def test_keys_in_quotes_and_merged_keys_are_texts(tmp_path: Path) -> None:
    hosts = read(tmp_path, 'defaults: &all {release: 2016}\nhosts:\n  "on": {<<: *all}\n  "01":\n')
    assert list(hosts) == ["on", "01"]
    assert hosts["on"].release.build == "14393"


def test_defaults_are_merged(tmp_path: Path) -> None:
    form = {
        "defaults": {
            "release": "8.1",
            "registry": {LSA: {"A": DWORD, "B": DWORD}},
            "answers": {"unset": "missing", "codes": "negative"},
            "misbehave": {"lose_writes": True},
        },
        "hosts": {
            "a": {"registry": {LSA: {"B": None, "C": DWORD}}, "answers": {"unset": "empty"}, "misbehave": []},
            "b": {"release": "vista"},
        },
    }
    hosts = read(tmp_path, form)
    key = hosts["a"].initial_registry().key(rf"HKEY_LOCAL_MACHINE\{LSA}")
    assert key
    assert [name in key.values for name in "ABC"] == [True, False, True]
    assert (hosts["a"].answers.unset, hosts["a"].answers.codes, hosts["a"].misbehave) == ("empty", "negative", ())
    assert [hosts[name].release.numbers for name in "ab"] == [(6, 3), (6, 0)]
    assert len(hosts["b"].misbehave) == 1


def test_command_line_overrides_the_connection(tmp_path: Path) -> None:
    form = {"defaults": {"connection": "winrm"}, "hosts": {"a": {}, "b": {"connection": "winrm"}}}
    assert {host.connection for host in read(tmp_path, form, connection="psrp").values()} == {"psrp"}


def test_domain_controller(tmp_path: Path) -> None:
    hosts = read(tmp_path, {"hosts": {"dc": {"domain_controller": True}, "ws": {"product_type": "workstation"}}})
    assert hosts["dc"].release.product_type is ProductType.DOMAIN_CONTROLLER
    assert hosts["ws"].release.product_type is ProductType.WORKSTATION


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"hosts": {"a": {"relaese": "2022"}}}, "hosts.a: unknown key relaese"),
        ({"hosts": {}, "host": {}}, "fleet: unknown key host"),
        ({"defaults": {"count": 3}, "hosts": {}}, "defaults: unknown key count"),
        ({"hosts": {"a": {"release": "95"}}}, "hosts.a.release: expected one of xp"),
        ({"hosts": {"a": {"version": "10"}}}, "three numbers"),
        ({"hosts": {"a": {"answers": {"unset": "perhaps"}}}}, r"hosts.a.answers.unset: expected one of nil"),
        ({"hosts": {"a": {"answers": {"nil_entries": 1}}}}, "expected bool"),
        ({"hosts": {"a": {"answers": ["x"]}}}, "hosts.a.answers: expected a mapping"),
        ({"hosts": {"a": {"answers": {"namespaces": ["root/x"]}}}}, "expected one of root/cimv2"),
        ({"hosts": {"a": {"misbehave": {"fault": "bad"}}}}, "misbehave.fault: expected one of access_denied"),
        ({"hosts": {"a": {"misbehave": {"only": ["SetDwordValue"]}}}}, "misbehave.only: expected one of reads"),
        ({"hosts": {"a": {"misbehave": {"only": "reads"}}}}, "misbehave.only: expected a list"),
        ({"hosts": {"a": {"misbehave": {"after": 0}}}}, "start at 1"),
        ({"hosts": {"a": {"misbehave": {"deny_reads": 1}}}}, "deny_reads"),
        ({"hosts": {"a": {"authentication": []}}}, "at least one"),
        ({"hosts": {"a": {"authentication": ["digest"]}}}, "authentication: expected one of basic, ntlm"),
        ({"hosts": {"a": {"authentication": ["certificate"]}}}, "certificate needs scheme https"),
        ({"hosts": {"a": {"authentication": ["ntlm"], "password": "a:b"}}}, "no colon"),
        ({"hosts": {"a": {"tls": {"certificate": "old"}}}}, "tls.certificate: expected one of valid, expired"),
        ({"hosts": {"a": {"registry": {LSA: {"x": 1}}}}}, "expected a mapping"),
        ({"hosts": {"a": {"registry": {LSA: {"x": {"type": "REG_DWORD"}}}}}}, "expected {type"),
        ({"hosts": {"a": {"registry": {LSA: {"x": {"type": "REG_DWORD", "data": 2**32}}}}}}, "32 bits"),
        ({"hosts": {"a": {"registry": {LSA: {"x": {"type": "REG_SZ", "data": 1}}}}}}, "expected a text"),
        ({"hosts": {"a": {"registry": {LSA: {"x": {"type": "REG_BINARY", "data": [256]}}}}}}, "list of bytes"),
        ({"hosts": {"a": {"registry": {LSA: {"x": {"type": "REG_MULTI_SZ", "data": "a"}}}}}}, "list of texts"),
        ({"hosts": {"../a": {}}}, "is not a host name"),
        ({"hosts": {"web[01:02]": {}, "WEB01": {}}}, "described twice"),
        ({"hosts": None}, "hosts: expected a mapping"),
        ("hosts: [", "fleet.yml"),
        ("hosts:\n  a:\n  on: {release: 2016}\n", "line 3: YAML does not take the key on for text"),
        ("hosts:\n  01:\n", "line 2: .* key 01 "),
        ("hosts:\n  a:\n    registry:\n      SYSTEM: {no: {type: REG_DWORD, data: 1}}\n", "line 4: .* key no "),
        ("hosts:\n  [a, b]: {}\n", "line 2: .* a list"),
    ],
)
def test_mistakes(tmp_path: Path, form: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        read(tmp_path, form)


def test_mistakes_end_the_command_with_status_2_and_no_traceback(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.yml"
    fleet.write_text("hosts: {a: {colour: blue}}")
    command = [*COMMAND, "--fleet", str(fleet), "--inventory", str(tmp_path / "inventory.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("winsec-endpoint: hosts.a: unknown key colour (known: release,")
    assert not (tmp_path / "inventory.yml").exists()
