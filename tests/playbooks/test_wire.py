# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every legal way to answer is understood, and costs what it should."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ..support.expectations import LSA, ONE, ZERO
from ..support.fleet import CONNECTIONS, OMI, over_both, registry, value

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory

TEXT = ("REG_SZ", "1")

#: Every variant that the endpoint knows, by host; each represents a Windows release or an independent implementation.
ANSWERS: dict[str, dict[str, t.Any]] = {
    "plain": {},
    "first": {"return_value": "first"},
    "missing": {"unset": "missing"},
    "empty": {"unset": "empty"},
    "nils": {"nil_entries": True},
    "types": {"xsi_types": True},
    "negative": {"codes": "negative"},
    "absent2": {"absent_value": 2},
    "order": {"array_order": "reversed"},
    "interleaved": {"parameter_order": "interleaved"},
    "reversed": {"parameter_order": "reversed"},
    "omi": OMI,
    "default": {"prefixes": "default"},
    "lower": {"class_namespace": "lower"},
    "header": {"header_order": "reversed", "extra_elements": True},
    "pull": {"enumeration": "empty_first"},
    "pages": {"enumeration": "one_per_page"},
    "emptyitems": {"enumeration": "empty_items"},
    "leftover": {"enumeration": "leftover_context"},
    "noget": {"bare_get": "refused"},
    "rootdefault": {"namespaces": ["root/default"]},
    "rootdefault-number": {"namespaces": ["root/default"], "fault_style": "number"},
    "rootdefault-subcode": {"namespaces": ["root/default"], "fault_style": "subcode"},
    "rootdefault-nested": {"namespaces": ["root/default"], "fault_style": "nested", "language": "de-DE"},
    "rootdefault-omi": {"namespaces": ["root/default"], "fault_style": "omi", "prefixes": "omi"},
    "rootdefault-bare": {"namespaces": ["root/default"], "fault_style": "bare"},
    "rootdefault-400": {"namespaces": ["root/default"], "fault_status": 400},
    "rootdefault-503": {"namespaces": ["root/default"], "fault_status": 503},
    "rootdefault-200": {"namespaces": ["root/default"], "fault_status": 200},
    "rootcimv2": {"namespaces": ["root/cimv2"]},
}
STORED = {"absent": registry(), "one": registry(ONE), "zero": registry(ZERO, ONE), "text": registry(TEXT)}
CONFIGURED = {"absent": "not_defined", "one": "enabled", "zero": "disabled", "text": "invalid"}


def test_every_way_to_answer_means_the_same(fleet: FleetFactory) -> None:
    hosts = over_both(
        {
            f"{stored}-{name}": {"answers": answers, "registry": STORED[stored]}
            for (name, answers), stored in itertools.product(ANSWERS.items(), STORED)
        }
    )
    subject = fleet(hosts)
    run = subject.play(
        {"name": "facts", "winsec.lsa.use_machine_id_facts": {}},
        {"name": "enforce", "winsec.lsa.use_machine_id": {"null_session_fallback": "not_defined"}},
    )
    assert run.exit_status == 0, run.output
    for host in hosts:
        stored = host.partition("-")[0]
        facts = run.of("facts")[host].result["ansible_facts"]["use_machine_id"]
        assert facts["configured"] == CONFIGURED[stored], host
        assert facts["windows"]["release"] == "Windows Server 2022", host
        assert run.of("enforce")[host].status == ("ok" if stored == "one" else "changed"), host
        assert value(subject.stored(host), LSA, "UseMachineId") == ONE, host


@pytest.mark.canary
def test_a_compliant_host_costs_three_small_requests_and_no_shell(
    fleet: FleetFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = fleet(over_both({"enabled": {"registry": registry(ONE)}, "fresh": {}}))
    for name, options, posts, size in (
        ("use_machine_id", {"state": "computer_identity"}, 3, 6 * 1024),
        ("use_machine_id_facts", {"gpo": False}, 3, 6 * 1024),
        # Who owns the values: see test_group_policy.
        ("use_machine_id_facts", {}, 5, 11 * 1024),
    ):
        subject.forget_requests()
        run = subject.play({f"winsec.lsa.{name}": options})
        assert {result.status for result in run.results} == {"ok"}, run.output
        for host in run.of(name):
            requests = subject.requests(host)
            sent = sum(request["request_bytes"] + request["request_header_bytes"] for request in requests)
            with capsys.disabled():
                print(f"\n{name} on {host}: {len(requests)} POSTs, {sent} bytes sent with headers", end="")
            assert {request["method"] for request in requests} == {"POST"}
            assert len(requests) <= posts
            assert sent <= size
            assert set(subject.actions(host)) == {"Enumerate", "GetDWORDValue"}


def test_a_change_costs_a_write_and_the_proof(fleet: FleetFactory) -> None:
    subject = fleet(over_both({"host": {}}))
    subject.play({"winsec.lsa.use_machine_id": {}})
    for connection in CONNECTIONS:
        # One query for the version, two for who owns the value.
        assert subject.actions(f"host-{connection}") == {"Enumerate": 3, "GetDWORDValue": 3, "SetDWORDValue": 1}


def test_check_mode_writes_nothing(fleet: FleetFactory) -> None:
    subject = fleet({"host": {}})
    subject.play({"winsec.lsa.use_machine_id": {"null_session_fallback": "disabled"}}, options=["--check"])
    assert set(subject.actions("host")) == {"Enumerate", "GetDWORDValue"}


def test_items_of_a_loop_are_served_without_a_shell(fleet: FleetFactory) -> None:
    subject = fleet(over_both({"host": {}}))
    loop = ["enabled", "disabled", "not_defined", "enabled"]
    run = subject.play({"winsec.lsa.use_machine_id": {"state": "{{ item }}"}, "loop": loop})
    for result in run.results:
        assert [item["changed"] for item in result.result["results"]] == [True, True, True, True]
        assert value(subject.stored(result.host), LSA, "UseMachineId") == ONE
        assert "Create" not in subject.actions(result.host)


def test_delegation_serial_and_throttle_work(fleet: FleetFactory) -> None:
    subject = fleet({"one": {}, "two": {"connection": "psrp"}, "three": {"connection": "psrp"}})
    run = subject.play(
        {"winsec.lsa.use_machine_id": {}, "delegate_to": "three", "throttle": 1},
        {"name": "own", "winsec.lsa.use_machine_id_facts": {}},
        serial=1,
    )
    assert run.exit_status == 0, run.output
    assert [value(subject.stored(host), LSA, "UseMachineId") for host in ("one", "two", "three")] == [None, None, ONE]
    assert run.of("own")["one"].result["ansible_facts"]["use_machine_id"]["configured"] == "not_defined"


def test_facts_work_ad_hoc_and_are_the_only_ones(fleet: FleetFactory) -> None:
    run = fleet({"host": {}}).ad_hoc("-m", "winsec.lsa.use_machine_id_facts")
    assert run.exit_status == 0, run.output
    assert list(run.results[0].result["ansible_facts"]) == ["use_machine_id"]
    assert '"effective": "computer_identity"' in run.output


#: Every release that the endpoint looks like, by the name that it has in a fleet.
RELEASES = {
    "xp": "Windows XP",
    "2003": "Windows Server 2003",
    "vista": "Windows Vista",
    "2008": "Windows Server 2008",
    "7": "Windows 7",
    "2008r2": "Windows Server 2008 R2",
    "8": "Windows 8",
    "2012": "Windows Server 2012",
    "8.1": "Windows 8.1",
    "2012r2": "Windows Server 2012 R2",
    "10": "Windows 10",
    "2016": "Windows Server 2016",
    "2019": "Windows Server 2019",
    "2022": "Windows Server 2022",
    "11": "Windows 11",
    "2025": "Windows Server 2025",
}


def test_every_release_is_named_and_enforced(fleet: FleetFactory) -> None:
    subject = fleet(over_both({f"w{release}": {"release": release} for release in RELEASES}))
    run = subject.play(
        {"name": "facts", "winsec.lsa.use_machine_id_facts": {}}, {"name": "enforce", "winsec.lsa.use_machine_id": {}}
    )
    for host, found in run.of("facts").items():
        release = host.removeprefix("w").rpartition("-")[0]
        facts = found.result["ansible_facts"]["use_machine_id"]
        assert facts["windows"]["release"] == RELEASES[release]
        by_default = {"xp": "not_applicable", "2003": "not_applicable", "vista": "anonymous", "2008": "anonymous"}
        assert facts["effective"] == by_default.get(release, "computer_identity"), host
        assert run.of("enforce")[host].status == ("failed" if release in ("xp", "2003") else "changed"), host


def test_a_server_that_is_another_product_is_given_no_rule_of_windows_server(fleet: FleetFactory) -> None:
    """The edition decides. It is asked for in the query for the version, which Server 2003 answers without it."""
    products = {
        "hci": ({"release": "2022", "sku": 406}, "Azure Stack HCI, version 21H2"),
        "local": ({"release": "2025", "sku": 406}, "Azure Local, version 24H2"),
        "channel": ({"release": "2019", "sku": 145}, "Windows Server, version 1809"),
        "hyperv": ({"release": "2016", "sku": 42}, "Hyper-V Server 2016"),
        "avd": ({"release": "11", "product_type": "server", "sku": 175}, "Windows 11 Enterprise multi-session"),
    }
    subject = fleet({name: {**options, "registry": registry(ZERO)} for name, (options, _name) in products.items()})
    choices = ("cis", "stig", "microsoft")
    run = subject.play(
        {"winsec.lsa.use_machine_id_facts": {}},
        {"name": "follow", "winsec.lsa.use_machine_id": {"state": "{{ item }}"}, "loop": list(choices)},
    )
    for host, (_options, release) in products.items():
        facts = run.of("use_machine_id_facts")[host].result["ansible_facts"]["use_machine_id"]
        assert (facts["windows"]["release"], facts["benchmarks"]) == (release, [])
        assert (facts["effective"], facts["windows"]["generation"]) == ("anonymous", "7_2008r2")
        for item in run.of("follow")[host].result["results"]:
            assert (item["changed"], item["undecided"]) == (False, ["use_machine_id"])
    assert "What CIS requires for UseMachineId on Azure Stack HCI, version 21H2 is not known" in run.output


def test_a_host_before_vista_has_facts_and_no_policy(fleet: FleetFactory) -> None:
    subject = fleet({"xp": {"release": "xp"}, "srv2003": {"release": "2003", "connection": "psrp"}})
    run = subject.play({"winsec.lsa.use_machine_id_facts": {}}, {"name": "enforce", "winsec.lsa.use_machine_id": {}})
    for host, version in (("xp", "5.1.2600"), ("srv2003", "5.2.3790")):
        facts = run.of("use_machine_id_facts")[host].result["ansible_facts"]["use_machine_id"]
        assert (facts["effective"], facts["outcome"]) == ("not_applicable", "not_applicable")
        failure = run.of("enforce")[host]
        assert failure.status == "failed"
        assert version in failure.result["msg"]
        previous = failure.result["previous"]["use_machine_id"]
        assert previous == {"configured": "not_defined", "value": None, "state": "not_defined"}
    assert "SetDWORDValue" not in subject.actions("xp")


def test_an_unheard_of_release_is_read_and_enforced_by_its_generation(fleet: FleetFactory) -> None:
    subject = fleet({"next": {"release": "2025", "version": "10.0.30000"}})
    run = subject.play(
        {"name": "cis", "winsec.lsa.use_machine_id": {"state": "cis"}}, {"winsec.lsa.use_machine_id": {}}
    )
    assert run.of("cis")["next"].result["undecided"] == ["use_machine_id"]
    assert "What CIS requires for UseMachineId" in run.output
    windows = run.results[-1].result["use_machine_id"]["windows"]
    assert (windows["release"], windows["generation"]) == ("Windows NT 10.0 (build 30000)", "7_2008r2")
    assert run.results[-1].status == "changed"
