# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns a value, and when that is not known."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.conflicts import contradicted, contradiction
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import with_changes
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.owner_evidence import Evidence, evidence
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.ownership import (
    Owner,
    owners,
    owners_in,
    unknown,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.settings import DEVICE_MANAGEMENT, VALUE_NAMES, Setting
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.applied_policy import (
    Extension,
    Gpo,
    PolicyEntries,
    PolicyEntry,
    Source,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import (
    AccessDenied,
    HostError,
    NotServed,
    Unreachable,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.states import state_of

NOW = datetime.datetime(2026, 1, 5, 12, 0, tzinfo=datetime.UTC)
GUID = "{6AC1786C-016F-11D2-945F-00C04FB984F9}"
DN = f"CN={GUID},CN=POLICIES,CN=SYSTEM,DC=corp,DC=example"
SECURITY, REGISTRY = "{827d319e-6eac-11d2-a4ea-00c04f79f83a}", "{35378EAC-683F-11D2-A89A-00C04FBBCF36}"
SERVER = WindowsVersion(10, 0, 20348, "server")
CLIENT = WindowsVersion(10, 0, 22631, "workstation")
IDENTITY: Setting = "use_machine_id"


def ago(hours: float) -> datetime.datetime:
    return NOW - datetime.timedelta(hours=hours)


def entry(
    value: RegistryValue | None = dword(0),  # noqa: B008  # it is immutable
    precedence: int | None = 1,
    *,
    gpo: str = DN,
    source: Source = "security_option",
    hours: float = 1,
    status: int | None = 1,
    error: int | None = 0,
    setting: Setting = IDENTITY,
) -> PolicyEntry:
    return PolicyEntry(ValueName(*VALUE_NAMES[setting]), value, source, precedence, gpo, ago(hours), status, error)


def found(*entries: PolicyEntry, gpos: tuple[Gpo, ...] = ()) -> Evidence:
    return Evidence(PolicyEntries(entries, ago(1)), gpos)


def owner(given: Evidence) -> Owner:
    return owners(given, NOW)[IDENTITY]


# --- Who wins --------------------------------------------------------------------------------------------------------


def test_precedence_1_wins_and_the_others_follow() -> None:
    given = found(
        entry(dword(1), 3, gpo="LocalGPO"),
        entry(dword(1), None, gpo="odd"),
        entry(dword(1), 2, gpo="CN={31b2f340-016d-11d2-945f-00c04fb984f9},CN=Policies"),
        entry(dword(0), 1),
        gpos=(Gpo(DN.lower(), "Print servers"), Gpo("LOCALGPO", "Lokale Richtlinie")),
    )
    assert owner(given) == {
        "managed": True,
        "managed_by": "group_policy",
        "name": "Print servers",
        "id": GUID,
        "source": "security_option",
        "state": "disabled",
        "value": {"type": "REG_DWORD", "data": 0},
        "others": [
            {"name": name, "id": id_, "source": "security_option", "state": "enabled", "value": dword(1)._asdict()}
            for name, id_ in (
                (None, "{31B2F340-016D-11D2-945F-00C04FB984F9}"),
                ("Lokale Richtlinie", "LocalGPO"),
                (None, "odd"),
            )
        ],
        "applied": "2026-01-05T11:00:00Z",
        "reason": None,
    }


def test_a_security_option_comes_before_a_template() -> None:
    given = found(entry(dword(1), 1, source="administrative_template", status=None), entry(dword(0), 2))
    assert (owner(given)["source"], owner(given)["others"][0]["source"]) == (
        "security_option",
        "administrative_template",
    )


def test_an_entry_says_nothing_of_the_other_value() -> None:
    given = owners(found(entry(setting="null_session_fallback")), NOW)
    assert (given[IDENTITY]["managed"], given["null_session_fallback"]["managed"]) == (None, True)


@pytest.mark.parametrize(
    ("logged", "id_", "managed_by"),
    [
        (DN.lower(), GUID, "group_policy"),
        ("LocalGPO", "LocalGPO", "local_policy"),
        ("LOCALGPO", "LocalGPO", "local_policy"),
        ("Corp", "Corp", "group_policy"),
        ("odd", "odd", "group_policy"),
    ],
)
def test_the_local_policy_is_told_from_a_gpo(logged: str, id_: str, managed_by: str) -> None:
    given = owner(found(entry(gpo=logged)))
    assert (given["id"], given["managed_by"]) == (id_, managed_by)


def test_two_domains_have_default_policies_of_one_guid() -> None:
    other = DN.replace("corp", "other")
    gpos = (Gpo(other, "Of the other domain"), Gpo(DN, "Of this one"))
    for known in (gpos, gpos[::-1]):
        assert owner(found(entry(gpo=DN), gpos=known))["name"] == "Of this one"


def test_a_gpo_that_is_logged_otherwise_is_known_by_its_guid() -> None:
    assert owner(found(entry(gpo=GUID.lower()), gpos=(Gpo(DN, "Print servers"),)))["name"] == "Print servers"


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (dword(1), "enabled"),
        (None, "not_defined"),
        (dword(2), "invalid"),
        (RegistryValue("REG_SZ", "1"), "invalid"),
        (RegistryValue("REG_BINARY", None), "invalid"),
        (RegistryValue("REG_DWORD", None), None),
        (RegistryValue("unknown type", None), None),
    ],
)
def test_what_it_sets_is_named_as_what_is_stored(value: RegistryValue | None, state: str | None) -> None:
    assert owner(found(entry(value)))["state"] == state


def test_a_doubt_about_the_owner_is_told() -> None:
    for status in (0, 2, 3):
        assert "did not apply" in owner(found(entry(status=status)))["reason"]
    failed = owner(found(entry(status=3, error=1332)))["reason"]
    assert failed == "Windows has logged that it did not apply this setting (error 1332, 0x00000534)."
    assert owner(found(entry(status=None)))["reason"] is None
    assert "out of date" in owner(found(entry(hours=100)))["reason"]
    # Administrative templates are not applied again where nothing changes.
    assert owner(found(entry(hours=1000, source="administrative_template", status=None)))["reason"] is None


# --- When none is there ----------------------------------------------------------------------------------------------


def none_found(*extensions: Extension, logged: datetime.datetime | None = None, **more: t.Any) -> Evidence:
    return Evidence(PolicyEntries((), logged or ago(1)), extensions=extensions, **more)


RAN = Extension(SECURITY, ago(2), 1, 0)


def test_false_takes_a_complete_and_fresh_log() -> None:
    gpo = owner(none_found(RAN, Extension(REGISTRY, ago(900), 1, 0)))
    assert (gpo["managed"], gpo["managed_by"], gpo["reason"]) == (False, None, None)
    assert gpo["applied"] == "2026-01-05T10:00:00Z"


@pytest.mark.parametrize(("hours", "is_fresh"), [(0, True), (18, True), (18.01, False), (-18, True), (-18.01, False)])
def test_a_log_is_fresh_until_the_next_refresh_after_16_hours(hours: float, is_fresh: bool) -> None:
    assert (owner(found(entry(hours=hours)))["reason"] is None) is is_fresh
    assert (owner(none_found(RAN._replace(ended=ago(hours))))["managed"] is False) is is_fresh


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Evidence(problem="Denied."), "Denied."),
        (none_found(RAN, extensions_problem="Lost."), "Lost."),
        (none_found(), "has not logged that it applied security settings"),
        (none_found(Extension(REGISTRY, ago(1), 1, 0)), "has not logged that it applied security settings"),
        (none_found(RAN._replace(id="{F3CCC681-B74C-4060-9F26-CD84525DCA2A}")), "has not logged that it applied"),
        (none_found(RAN._replace(error=1332)), "security settings failed"),
        (none_found(RAN._replace(logging=0)), "not complete"),
        (none_found(RAN._replace(error=None)), "security settings failed"),
        (none_found(RAN._replace(logging=2)), "not complete"),
        (none_found(RAN, Extension(REGISTRY, ago(1), 2, 0)), "administrative templates failed"),
        (none_found(RAN._replace(ended=ago(19))), "logging is turned off"),
        (none_found(RAN._replace(ended=ago(-19))), "a clock is wrong"),
        (none_found(RAN._replace(ended=None)), "has not logged when"),
        (Evidence(PolicyEntries((), None), extensions=(RAN,)), "no security option of any"),
        (Evidence(PolicyEntries((), None)), "no security option of any"),
        (Evidence(PolicyEntries((), ago(19))), "logging is turned off"),
        # Where the other value has an owner, the second request went to its name; or it went to device management.
        (Evidence(PolicyEntries((), ago(1))), "whether its log is complete was not asked"),
    ],
)
def test_silence_is_never_false(given: Evidence, words: str) -> None:
    gpo = owner(given)
    assert gpo["managed"] is None
    assert words in gpo["reason"]


def test_device_management_is_named_beside() -> None:
    given = Evidence(PolicyEntries((), ago(1)), by_device=frozenset({IDENTITY}))
    assert owner(given)["managed_by"] == "device_management"
    assert owners(given, NOW)["null_session_fallback"]["managed_by"] is None


# --- What is asked ---------------------------------------------------------------------------------------------------


class Log:
    """A host that has logged this. ``fails`` says what goes wrong, ``asked`` what was asked for."""

    def __init__(self, *entries: PolicyEntry, fails: dict[str, HostError] | None = None) -> None:
        self._entries = entries
        self._fails = fails or {}
        self.asked: list[str] = []

    def _answer(self, what: str) -> None:
        self.asked.append(what)
        if what in self._fails:
            raise self._fails[what]

    def policy_log(self) -> Log:
        return self

    def entries(self, names: t.Sequence[ValueName]) -> PolicyEntries:
        assert [*names] == [*VALUE_NAMES.values()]
        self._answer("entries")
        return PolicyEntries(self._entries, ago(1))

    def gpos(self) -> tuple[Gpo, ...]:
        self._answer("gpos")
        return (Gpo(DN, "Print servers"),)

    def extensions(self) -> tuple[Extension, ...]:
        self._answer("extensions")
        return (RAN,)

    def value_names(self, key: str) -> frozenset[str]:
        self._answer("value_names")
        return frozenset({DEVICE_MANAGEMENT["null_session_fallback"].name.lower(), key})


DENIED = AccessDenied("Denied", "Ask.")


@pytest.mark.parametrize(
    ("log", "version", "stored", "asked"),
    [
        (Log(entry()), SERVER, dword(0), "gpos"),
        (Log(entry()), CLIENT, dword(0), "gpos"),
        (Log(), SERVER, dword(0), "extensions"),
        (Log(), CLIENT, None, "extensions"),
        (Log(), CLIENT, dword(0), "value_names"),
        (Log(), CLIENT._replace(build=17763), dword(0), "value_names"),  # Windows 10, version 1809
        (Log(), CLIENT._replace(build=17762), dword(0), "extensions"),
        (Log(), SERVER._replace(build=17763, product="hyper_v_server"), dword(0), "extensions"),
        (Log(), CLIENT._replace(product_type="server", product="multi_session"), dword(0), "value_names"),
        (Log(fails={"entries": DENIED}), CLIENT, dword(0), "value_names"),
        (Log(fails={"entries": DENIED}), SERVER, dword(0), None),
    ],
)
def test_two_requests_are_enough(log: Log, version: WindowsVersion, stored: RegistryValue | None, asked: str) -> None:
    given = evidence(t.cast(t.Any, log), state_of(version, stored, None))
    assert log.asked == ["entries", *([asked] if asked else [])]
    assert (given.problem == "Denied. Ask.") == ("entries" in log._fails)
    assert given.by_device == ({"null_session_fallback"} if asked == "value_names" else set())


def test_the_owner_of_one_value_proves_nothing_of_the_other() -> None:
    log = Log(entry())
    known = owners(evidence(t.cast(t.Any, log), state_of(SERVER, dword(0), None)), NOW)
    assert (known[IDENTITY]["managed"], known[IDENTITY]["name"]) == (True, "Print servers")
    assert known["null_session_fallback"]["managed"] is None
    assert "was not asked" in known["null_session_fallback"]["reason"]
    assert log.asked == ["entries", "gpos"]


def test_device_management_of_one_value_proves_nothing_of_the_other() -> None:
    known = owners(evidence(t.cast(t.Any, Log()), state_of(CLIENT, dword(0), None)), NOW)
    assert {gpo["managed"] for gpo in known.values()} == {None}


@pytest.mark.parametrize("what", ["entries", "gpos", "extensions", "value_names"])
def test_a_lost_host_is_lost_and_anything_else_is_a_reason(what: str) -> None:
    entries = [entry()] if what == "gpos" else []
    state = state_of(CLIENT if what == "value_names" else SERVER, dword(0), None)
    lost = Log(*entries, fails={what: Unreachable("Gone", "Look.")})
    with pytest.raises(Unreachable):
        evidence(t.cast(t.Any, lost), state)
    refused = Log(*entries, fails={what: NotServed("Refused", "Look.")})
    gpo = owner(evidence(t.cast(t.Any, refused), state))
    if what == "gpos":
        assert (gpo["managed"], gpo["name"], gpo["id"]) == (True, None, GUID)
    elif what != "value_names":
        assert (gpo["managed"], gpo["reason"]) == (None, "Refused. Look.")


# --- What a change is worth ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("set_by_gpo", "state", "contradicts"),
    [
        (dword(0), "enabled", True),
        (dword(1), "enabled", False),
        (None, "enabled", True),
        (dword(1), "computer_identity", False),
        (None, "computer_identity", False),
        (dword(0), "computer_identity", True),
        (dword(0), "unmanaged", False),
        (dword(0), "cis", True),
        (dword(0), "disabled", False),
        (RegistryValue("REG_DWORD", None), "enabled", False),
    ],
)
def test_a_conflict_is_what_would_have_to_be_changed_again(
    set_by_gpo: RegistryValue | None, state: str, contradicts: bool
) -> None:
    known = owners(found(entry(set_by_gpo)), NOW)
    desired: dict[Setting, str] = {IDENTITY: state, "null_session_fallback": "unmanaged"}
    after = state_of(SERVER, dword(1), None)
    assert contradicted(after, desired, known) == ([IDENTITY] if contradicts else [])
    assert contradicted(after, desired, {setting: unknown("") for setting in VALUE_NAMES}) == []


def test_the_conflict_says_what_lasts_how_long_and_where_to_change_it() -> None:
    after = with_changes(state_of(SERVER, dword(0), None), {IDENTITY: "not_defined"})
    problem, next_step = contradiction(after, IDENTITY, owner(found(entry(), gpos=(Gpo(DN, "Print servers"),))))
    assert f"is to be not defined, but the GPO 'Print servers' {GUID} sets it to disabled" in problem
    assert "at the latest after 16 hours, sooner if any GPO changes" in problem
    assert "Computer Configuration > Policies > Windows Settings" in next_step
    local = contradiction(after, IDENTITY, owner(found(entry(gpo="LocalGPO"))))[1]
    assert "the local Group Policy of the host, Computer Configuration > Windows Settings" in local
    template = contradiction(after, IDENTITY, owner(found(entry(source="administrative_template"))))[1]
    assert f"Change it in the GPO {GUID}, among its administrative templates" in template


def test_owners_are_taken_from_facts_only_if_they_are_whole() -> None:
    whole = owners(found(entry()), NOW)
    facts = {"gpo": whole[IDENTITY], "null_session_fallback": {"gpo": whole["null_session_fallback"]}}
    assert owners_in(facts) == whole
    assert owners_in({**facts, "gpo": {**whole[IDENTITY], "of a later release": 1}}) is not None
    for broken in (
        None,
        "x",
        {},
        {"gpo": whole[IDENTITY]},
        {**facts, "gpo": {"managed": True}},
        {**facts, "gpo": None},
        {**facts, "gpo": {key: value for key, value in whole[IDENTITY].items() if key != "name"}},
        {**facts, "gpo": {**whole[IDENTITY], "value": {}}},
        {**facts, "gpo": {**whole[IDENTITY], "value": {**dword(1)._asdict(), "more": 1}}},
        {**facts, "gpo": {**whole[IDENTITY], "value": 1}},
    ):
        assert owners_in(broken) is None
