# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.benchmarks import (
    Requirement,
    requirement,
    rules_for,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import generation_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.rules import Authority, Rule
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.settings import Setting
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import (
    Product,
    ProductType,
    WindowsVersion,
)

RELEASES = [
    WindowsVersion(*version, product_type)
    for version in [
        (5, 2, 3790),
        (6, 0, 6002),
        (6, 1, 7601),
        (6, 2, 9200),
        (6, 3, 9600),
        (10, 0, 10240),
        (10, 0, 14393),
        (10, 0, 17763),
        (10, 0, 19041),
        (10, 0, 20348),
        (10, 0, 22631),
        (10, 0, 26100),
        (10, 0, 99999),
    ]
    for product_type in t.get_args(ProductType)
]

# Rule and vulnerability ids, by hand from the published STIGs.
STIG_IDS = {
    (10, 0, 14393): ("WN16-SO-000320", "V-225049", "WN16-SO-000330", "V-225050"),
    (10, 0, 17763): ("WN19-SO-000260", "V-205916", "WN19-SO-000270", "V-205917"),
    (10, 0, 20348): ("WN22-SO-000260", "V-254470", "WN22-SO-000270", "V-254471"),
    (10, 0, 26100): ("WN25-SO-000260", "V-278220", "WN25-SO-000270", "V-278221"),
}


@pytest.mark.parametrize("version", STIG_IDS)
def test_the_stigs_of_current_servers_ask_for_both_settings(version: tuple[int, int, int]) -> None:
    disa = [rule for rule in rules_for(WindowsVersion(*version, "server")) if rule.authority == "DISA"]
    identity, fallback = disa
    assert (identity.id, identity.vuln_id, fallback.id, fallback.vuln_id) == STIG_IDS[version]
    assert (identity.expected, fallback.expected) == (("enabled",), ("disabled",))


@pytest.mark.parametrize(("build", "rule_id"), [(19045, "WN10-SO-000180"), (22631, "WN11-SO-000180")])
def test_the_stigs_of_windows_10_and_11_ask_only_for_the_fallback(build: int, rule_id: str) -> None:
    windows = WindowsVersion(10, 0, build, "workstation")
    assert requirement("DISA", "use_machine_id", windows) == Requirement(())
    assert [rule.id for rule in requirement("DISA", "null_session_fallback", windows).rules or ()] == [rule_id]


def test_the_stig_of_2012_numbers_member_servers_and_domain_controllers_apart() -> None:
    def vuln(product_type: ProductType) -> list[str | None]:
        windows = WindowsVersion(6, 3, 9600, product_type)
        return [rule.vuln_id for rule in rules_for(windows) if rule.authority == "DISA"]

    assert vuln("server") == ["V-225501", "V-225502"]
    assert vuln("domain_controller") == ["V-226324", "V-226325"]


def test_cis_numbers_both_rules_alike_except_on_server_2008() -> None:
    for windows in RELEASES:
        ids = [(rule.setting, rule.id) for rule in rules_for(windows) if rule.authority == "CIS"]
        if windows.release == "Windows Server 2008":
            assert ids == [("null_session_fallback", "2.3.11.1")]
        else:
            assert ids in ([], [("use_machine_id", "2.3.11.1"), ("null_session_fallback", "2.3.11.2")])


#: What Microsoft's baselines together ask for: what satisfies each of those that are known. None: not known.
MICROSOFT: dict[WindowsVersion, tuple[tuple[str, ...] | None, tuple[str, ...] | None]] = {
    WindowsVersion(6, 0, 6002, "server"): ((), ("disabled", "not_defined")),
    WindowsVersion(6, 1, 7601, "workstation"): (None, None),
    WindowsVersion(6, 1, 7601, "server"): (("enabled",), ("disabled", "not_defined")),
    WindowsVersion(6, 1, 7601, "domain_controller"): (("enabled",), ("disabled",)),
    WindowsVersion(6, 2, 9200, "server"): (("enabled",), ("disabled", "not_defined")),
    WindowsVersion(6, 3, 9600, "workstation"): (("enabled",), ("disabled",)),
    WindowsVersion(6, 3, 9600, "server"): (("enabled",), ("disabled",)),
    WindowsVersion(10, 0, 14393, "server"): (("enabled",), ("disabled",)),
    WindowsVersion(10, 0, 17763, "server"): (("enabled",), ("disabled",)),
    WindowsVersion(10, 0, 18363, "server"): (None, None),
    WindowsVersion(10, 0, 19042, "server"): ((), ("disabled",)),
    WindowsVersion(10, 0, 20348, "domain_controller"): (("enabled",), ("disabled",)),
    WindowsVersion(10, 0, 26100, "server"): (("enabled",), ("disabled", "not_defined")),
    WindowsVersion(10, 0, 10240, "workstation"): (("enabled",), ("disabled",)),
    WindowsVersion(10, 0, 10586, "workstation"): (None, None),
    WindowsVersion(10, 0, 14393, "workstation"): (("enabled",), ("disabled",)),
    WindowsVersion(10, 0, 15063, "workstation"): (None, None),
    WindowsVersion(10, 0, 17134, "workstation"): (None, None),
    WindowsVersion(10, 0, 17763, "workstation"): ((), ("disabled",)),
    WindowsVersion(10, 0, 18362, "workstation"): (None, None),
    WindowsVersion(10, 0, 19045, "workstation"): ((), ("disabled",)),
    WindowsVersion(10, 0, 26200, "workstation"): ((), ("disabled",)),
    WindowsVersion(10, 0, 28000, "workstation"): (None, None),
}


@pytest.mark.parametrize("windows", MICROSOFT, ids=lambda windows: f"{windows} {windows.product_type}")
def test_microsoft_asks_for_what_satisfies_every_baseline_that_is_known(windows: WindowsVersion) -> None:
    for setting, expected in zip(t.get_args(Setting), MICROSOFT[windows], strict=True):
        answer = requirement("Microsoft", setting, windows)
        assert (answer.expected if answer.known else None) == expected


def test_a_member_server_of_2008_r2_has_a_stig_of_its_own() -> None:
    for product_type in ("server", "domain_controller"):
        rules = [r for r in rules_for(WindowsVersion(6, 1, 7601, product_type)) if r.authority == "DISA"]
        assert [(rule.id, rule.vuln_id, rule.level) for rule in rules] == [
            ("3.151", "V-21951", "medium"),
            ("3.152", "V-21952", "medium"),
        ]


def test_disa_is_known_to_ask_nothing_on_server_2008() -> None:
    for setting in t.get_args(Setting):
        assert requirement("DISA", setting, WindowsVersion(6, 0, 6002, "server")) == Requirement(())


def test_australia_and_germany_ask_for_the_same_as_cis() -> None:
    rules = rules_for(WindowsVersion(10, 0, 19045, "workstation"))
    for authority in ("CIS", "ASD", "BSI"):
        expected = {(rule.setting, rule.expected) for rule in rules if rule.authority == authority}
        assert expected == {("use_machine_id", ("enabled",)), ("null_session_fallback", ("disabled",))}
    assert [rule.id for rule in rules if rule.authority == "BSI"] == ["256", "260"]


@pytest.mark.parametrize("product", [product for product in t.get_args(Product) if product != "windows"])
def test_no_rule_is_that_of_another_product(product: Product) -> None:
    for windows in RELEASES:
        if windows.product_type != "workstation" and windows.release != windows._replace(product=product).release:
            assert rules_for(windows._replace(product=product)) == ()


def test_several_rules_of_one_authority_are_met_together() -> None:
    two_baselines = requirement("Microsoft", "null_session_fallback", WindowsVersion(10, 0, 14393, "server"))
    assert len(two_baselines.rules or ()) == 2
    assert two_baselines.expected == ("disabled",)


def test_of_several_configurations_that_meet_every_rule_the_first_rule_has_the_preferred_one() -> None:
    one = Rule("CIS", "one", ("Windows 7",), "null_session_fallback", "1", ("disabled", "not_defined"))
    other = one._replace(expected=("not_defined", "enabled", "disabled"))
    assert Requirement((one, other)).expected == ("disabled", "not_defined")
    assert Requirement((other, one)).expected == ("not_defined", "disabled")


def test_rules_that_contradict_each_other_are_not_decided_here() -> None:
    enabled = Rule("CIS", "one", ("Windows 7",), "use_machine_id", "1", ("enabled",))
    disabled = enabled._replace(expected=("disabled",))
    assert not Requirement((enabled, disabled)).known


def test_no_rule_and_unknown_are_two_answers() -> None:
    no_rule = requirement("DISA", "use_machine_id", WindowsVersion(10, 0, 19045, "workstation"))
    not_known = requirement("DISA", "use_machine_id", WindowsVersion(6, 0, 6002, "workstation"))
    assert (no_rule.rules, no_rule.known) == ((), True)
    assert (not_known.rules, not_known.known) == (None, False)


def test_a_rule_whose_expectation_is_not_confirmed_is_listed_but_not_known() -> None:
    answer = requirement("CIS", "use_machine_id", WindowsVersion(6, 3, 9600, "workstation"))
    assert [rule.expected for rule in answer.rules or ()] == [()]
    assert not answer.known


@pytest.mark.parametrize("windows", RELEASES, ids=lambda windows: f"{windows} {windows.product_type}")
def test_the_data_is_consistent(windows: WindowsVersion) -> None:
    for authority, setting in itertools.product(t.get_args(Authority), t.get_args(Setting)):
        answer = requirement(authority, setting, windows)
        for rule in answer.rules or ():
            assert (rule.authority, rule.setting) == (authority, setting)
            assert set(rule.expected or ()) <= {"enabled", "disabled", "not_defined"}
    if generation_of(windows) == "unsupported" or windows.product_type == "unknown":
        assert rules_for(windows) == ()
