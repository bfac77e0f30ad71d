# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RSoP as its documented classes describe it, on a channel that plays the host."""

from __future__ import annotations

import datetime
import typing as t
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.applied_policy import Extension, Gpo, PolicyEntries
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError, NotServed, NotUnderstood
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.rsop import Rsop
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.wmi import WmiHost

from ..envelopes import Parameter, fault, wsman_fault
from ..wmi import Script, listed

LSA = ValueName(r"SYSTEM\CurrentControlSet\Control\Lsa", "UseMachineId")
PATH = r"MACHINE\System\CurrentControlSet\Control\Lsa\UseMachineId"
TIME = "2026-01-05T06:30:00Z"
AT = datetime.datetime(2026, 1, 5, 6, 30, tzinfo=datetime.UTC)
DN = "CN={6AC1786C-016F-11D2-945F-00C04FB984F9},CN=POLICIES,CN=SYSTEM,DC=corp,DC=example"

Properties: t.TypeAlias = "dict[str, str | list[str] | None]"
OPTION: Properties = {
    "Path": PATH,
    "Type": "4",
    "Data": "1",
    "precedence": "1",
    "GPOID": DN,
    "Status": "1",
    "ErrorCode": "0",
    "name": None,
}
TEMPLATE: Properties = {
    "registryKey": r"SYSTEM\CurrentControlSet\Control\Lsa",
    "valueName": "UseMachineID",
    "valueType": "4",
    "value": ["1", "0", "0", "0"],
    "deleted": "false",
    "precedence": "1",
    "GPOID": DN,
    "command": "",
}


def item(class_name: str, properties: Properties, time: str | None = TIME) -> str:
    """An instance as captures of other classes have it: properties in the namespace of the class, a datetime inside."""
    inner = "" if time is None else f"<p:creationTime><c:Datetime>{time}</c:Datetime></p:creationTime>"
    for name, texts in properties.items():
        for text in texts if isinstance(texts, list) else [texts]:
            inner += f'<p:{name} xsi:nil="true"/>' if text is None else f"<p:{name}>{escape(text)}</p:{name}>"
    uri = f"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/rsop/computer/{class_name}"
    common = 'xmlns:c="http://schemas.dmtf.org/wbem/wscim/1/common"'
    return f'<p:{class_name} xmlns:p="{uri}" {common} xmlns:o="urn:other"><o:Path>no</o:Path>{inner}</p:{class_name}>'


def answer(*items: str) -> str:
    return (
        f"<n:EnumerateResponse><n:EnumerationContext/><w:Items>{''.join(items)}</w:Items><w:EndOfSequence/>"
        "</n:EnumerateResponse>"
    )


def read(*items: str) -> PolicyEntries:
    return WmiHost(Script(Enumerate=answer(*items))).policy_log().entries([LSA])


def value_of(properties: Properties, class_name: str = "RSOP_RegistryValue") -> RegistryValue | None:
    return read(item(class_name, properties)).entries[0].value


def test_a_security_option_is_read_whatever_the_case_of_its_path() -> None:
    for path in (PATH, PATH.upper(), PATH.lower(), PATH.removeprefix("MACHINE\\"), f'"{PATH}"'):
        ((entry,), logged) = read(item("RSOP_RegistryValue", {**OPTION, "Path": path}))
        assert (entry.name, entry.value, entry.source, entry.precedence) == (LSA, dword(1), "security_option", 1)
        assert (entry.gpo, entry.status, entry.error, entry.logged, logged) == (DN, 1, 0, AT, AT)


@pytest.mark.parametrize("path", [f"{PATH}X", r"MACHINE\System\CurrentControlSet\Control\UseMachineId", "UseMachineId"])
def test_others_are_only_the_proof_that_something_was_logged(path: str) -> None:
    assert read(item("RSOP_RegistryValue", {**OPTION, "Path": path})) == PolicyEntries((), AT)
    assert read() == PolicyEntries((), None)


CONTROL = r"SYSTEM\CurrentControlSet\Control"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (CONTROL, r"Lsa\UseMachineId"),
        (rf"{CONTROL}\Lsa\UseMachineId", ""),
        (rf"{CONTROL}\Lsa", "UseMachineId "),
        (rf"{CONTROL}\Lsa", " UseMachineId"),
        (rf"{CONTROL}\Lsa", '"UseMachineId"'),
        (rf"{CONTROL}\Lsa", "UseMachineId\\"),
        (rf"{CONTROL}\Lsa", "U\u017feMachineId"),
        (rf"{CONTROL}\L\u017fa", "UseMachineId"),
        (rf"{CONTROL}\Lsa ", "UseMachineId"),
    ],
)
def test_what_only_looks_like_the_value_is_another(key: str, name: str) -> None:
    template = item("RSOP_RegistryPolicySetting", {**TEMPLATE, "registryKey": key, "valueName": name})
    assert read(template) == PolicyEntries((), None)


@pytest.mark.parametrize("path", [f"{PATH} ", PATH.replace("Use", "U\u017fe"), PATH.replace("System", "\u017fystem")])
def test_nor_is_it_a_security_option(path: str) -> None:
    assert read(item("RSOP_RegistryValue", {**OPTION, "Path": path})) == PolicyEntries((), AT)


@pytest.mark.parametrize("text", ["1", '"1"', " 1 ", "4,1", "4, 1"])
def test_data_is_text_with_or_without_quotes_and_type(text: str) -> None:
    assert value_of({**OPTION, "Data": text}) == dword(1)


@pytest.mark.parametrize("text", ["", "x", "0x1", "-1", "99999999999", "4294967296", "1,1", "7,1", None])
def test_a_number_that_can_not_be_read_is_unknown(text: str | None) -> None:
    assert value_of({**OPTION, "Data": text}) == RegistryValue("REG_DWORD", None)


def test_other_types_keep_theirs() -> None:
    assert value_of({**OPTION, "Type": "1", "Data": '"1"'}) == RegistryValue("REG_SZ", "1")
    assert value_of({**OPTION, "Type": "7", "Data": "a,b"}) == RegistryValue("REG_MULTI_SZ", None)
    assert value_of({**OPTION, "Type": None}) == RegistryValue("unknown type", None)


@pytest.mark.parametrize(
    ("properties", "value"),
    [
        ({}, dword(1)),
        ({"registryKey": r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\LSA"}, dword(1)),
        ({"deleted": "true", "value": None}, None),
        ({"value": ["1", "0"]}, RegistryValue("REG_DWORD", None)),
        ({"value": ["x", "0", "0", "0"]}, RegistryValue("REG_DWORD", None)),
        ({"value": None}, RegistryValue("REG_DWORD", None)),
        ({"value": ["255", "255", "255", "255"]}, dword(0xFFFFFFFF)),
        ({"valueType": "1", "value": ["49", "0", "0", "0"]}, RegistryValue("REG_SZ", "1")),
        ({"valueType": "11", "value": ["1", *["0"] * 7]}, RegistryValue("REG_QWORD", 1)),
        ({"valueType": "3", "value": ["1"]}, RegistryValue("REG_BINARY", None)),
        ({"valueType": None}, RegistryValue("unknown type", None)),
    ],
)
def test_an_administrative_template_is_bytes(properties: Properties, value: RegistryValue | None) -> None:
    ((entry,), logged) = read(item("RSOP_RegistryPolicySetting", {**TEMPLATE, **properties}))
    assert (entry.value, entry.source, entry.status) == (value, "administrative_template", None)
    assert logged is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        (TIME, AT),
        ("2026-01-05T06:30:00.123456Z", AT),
        ("2026-01-05T06:30:00", AT),
        ("2026-01-05T07:30:00+01:00", AT),
        ("2026-01-05T01:00:00-05:30", AT),
        ("2026-13-05T06:30:00Z", None),
        ("20260105063000.000000+000", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_in_utc_or_unknown(text: str | None, time: datetime.datetime | None) -> None:
    assert read(item("RSOP_RegistryValue", OPTION, text)).entries[0].logged == time


def test_instances_of_the_base_class_do_not_prove_anything() -> None:
    with pytest.raises(NotUnderstood, match="something else than such settings"):
        read(item("RSOP_RegistryValue", OPTION), item("RSOP_PolicySetting", {"GPOID": DN, "precedence": "1"}))


def test_both_kinds_are_asked_for_in_one_query() -> None:
    script = Script(Enumerate=answer())
    WmiHost(script).policy_log().entries([LSA])
    assert script.sent == ["Enumerate"]


def test_names_and_runs_are_read() -> None:
    gpo = item("RSOP_GPO", {"id": "cn={6ac1}", "name": " Print servers "}, None)
    assert WmiHost(Script(Enumerate=answer(gpo))).policy_log().gpos() == (Gpo("cn={6ac1}", "Print servers"),)
    run = item("XmlFragment", {"extensionGuid": "{1}", "loggingStatus": "1", "error": "0", "endTime": TIME}, None)
    run += item("XmlFragment", {"extensionGuid": "{2}", "loggingStatus": None, "error": "x", "endTime": None}, None)
    assert WmiHost(Script(Enumerate=answer(run))).policy_log().extensions() == (
        Extension("{1}", AT, 1, 0),
        Extension("{2}", None, None, None),
    )


def test_a_key_that_is_not_there_has_no_values() -> None:
    cases: list[tuple[list[Parameter], set[str]]] = [
        (listed(("A", "4"), ("b", "1")), {"a", "b"}),
        ([("ReturnValue", "2")], set()),
        ([("ReturnValue", "259")], set()),
    ]
    for answered, names in cases:
        assert WmiHost(Script(EnumValues=answered)).policy_log().value_names("KEY") == names
    for code in ("5", "1234"):
        with pytest.raises(HostError, match="listing the values of"):
            WmiHost(Script(EnumValues=[("ReturnValue", code)])).policy_log().value_names("KEY")


@pytest.mark.parametrize(
    "body",
    [
        fault("w:AccessDenied", wsman_fault(0x80338104)),
        fault("a:DestinationUnreachable", wsman_fault(0x8004100E)),
        fault("n:CannotProcessFilter", wsman_fault(0x8033801A)),
    ],
    ids=["denied", "no such namespace", "no such class"],
)
def test_what_is_refused_is_an_error(body: str) -> None:
    with pytest.raises(NotServed):
        WmiHost(Script(Enumerate=body)).policy_log().entries([LSA])


@given(
    st.dictionaries(st.sampled_from([*OPTION, *TEMPLATE]), st.one_of(st.none(), st.text("01x\\ ,\"{}-'", max_size=9)))
)
def test_whatever_a_host_sends_is_read_or_refused(properties: Properties) -> None:
    class_name = "RSOP_RegistryValue"
    try:
        entries = read(item(class_name, {**OPTION, **properties}, "x")).entries
    except NotUnderstood:
        return
    assert len(entries) <= 1


def test_what_a_host_names_can_neither_steer_a_terminal_nor_hold_a_secret() -> None:
    options = {**OPTION, "GPOID": "CN=\x9b31m secret", "Type": "1", "Data": '"secret"'}
    script = Script(Enumerate=answer(item("RSOP_RegistryValue", options)))
    host = WmiHost(script, lambda text: text.replace("secret", "*"))
    ((entry,), _logged) = host.policy_log().entries([LSA])
    assert entry.gpo == r"CN=\x9b31m *"
    assert entry.value == RegistryValue("REG_SZ", "*")


def test_a_session_is_shared_with_the_host() -> None:
    assert isinstance(WmiHost(Script()).policy_log(), Rsop)
