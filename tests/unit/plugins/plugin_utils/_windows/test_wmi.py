# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""StdRegProv and Win32_OperatingSystem as hosts answer them, on a channel that plays the host."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import (
    AccessDenied,
    HostError,
    NotServed,
    NotUnderstood,
    Refused,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.wmi import WmiHost
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.session import HttpResponse

from ..envelopes import Parameter, fault, wsman_fault
from ..wmi import Answer, Script, listed, windows

LSA = ValueName(r"SYSTEM\CurrentControlSet\Control\Lsa", "UseMachineId")


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_a_dword_is_read_in_one_round_trip() -> None:
    script = Script(GetDWORDValue=[("uValue", "1"), ("ReturnValue", "0")])
    assert WmiHost(script).read(LSA) == dword(1)
    assert script.sent == ["root/cimv2/StdRegProv/GetDWORDValue"]


@pytest.mark.parametrize("code", ["1", "2"])
@pytest.mark.parametrize("rest", [[], [("uValue", None)], [("uValue", "0")]], ids=["missing", "nil", "zero"])
def test_an_absent_value_is_none_whatever_stands_beside_the_code(code: str, rest: list[Parameter]) -> None:
    assert windows(GetDWORDValue=[("ReturnValue", code), *rest]).read(LSA) is None


@pytest.mark.parametrize("code", ["5", "2147942405", "-2147217405"])
def test_a_denied_read_is_not_an_absent_value(code: str) -> None:
    with pytest.raises(AccessDenied, match=r"When reading .* denied access"):
        windows(GetDWORDValue=[("ReturnValue", code)]).read(LSA)


TYPES: list[tuple[str, str, list[Parameter], RegistryValue]] = [
    ("1", "GetStringValue", [("sValue", "1")], RegistryValue("REG_SZ", "1")),
    ("1", "GetStringValue", [], RegistryValue("REG_SZ", "")),
    ("2", "GetExpandedStringValue", [("sValue", "C:\\x")], RegistryValue("REG_EXPAND_SZ", "C:\\x")),
    ("3", "GetBinaryValue", [("uValue", "1"), ("uValue", "255")], RegistryValue("REG_BINARY", [1, 255])),
    ("7", "GetMultiStringValue", [("sValue", "a"), ("sValue", "")], RegistryValue("REG_MULTI_SZ", ["a", ""])),
    ("11", "GetQWORDValue", [("uValue", "18446744073709551615")], RegistryValue("REG_QWORD", 2**64 - 1)),
    ("0", "none", [], RegistryValue("REG_NONE", None)),
    ("77", "none", [], RegistryValue("type 77", None)),
]


@pytest.mark.parametrize("code", ["2147749893", "-2147217403", "6", "2147749889"])
@pytest.mark.parametrize(("number", "method", "data", "value"), TYPES)
def test_a_value_of_another_type_is_read_as_stored(
    code: str, number: str, method: str, data: list[Parameter], value: RegistryValue
) -> None:
    answers: dict[str, Answer] = {
        "GetDWORDValue": [("ReturnValue", code)],
        "EnumValues": listed(("Other", "4"), ("USEMACHINEID", number), ("UseMachineIdX", "4")),
        method: [*data, ("ReturnValue", "0")],
    }
    assert windows(**answers).read(LSA) == value


@pytest.mark.parametrize(
    "answer",
    [
        [("ReturnValue", "13")],
        fault("a:ActionNotSupported", wsman_fault(2150858753)),
        fault("w:EncodingLimit", wsman_fault(2150858824)),
        fault("w:InternalError"),
    ],
    ids=["refused", "no such method before Vista", "too large for an envelope", "some fault"],
)
def test_a_type_whose_data_cannot_be_had_is_still_that_type(answer: Answer) -> None:
    found = windows(
        GetDWORDValue=[("ReturnValue", "2147749893")],
        EnumValues=listed(("UseMachineId", "11")),
        GetQWORDValue=answer,
    ).read(LSA)
    assert found == RegistryValue("REG_QWORD", None)


@pytest.mark.parametrize("names", [[("ReturnValue", "259")], listed(), listed(("Other", "4"))])
@pytest.mark.parametrize("first", [[("ReturnValue", "2147749893")], [("ReturnValue", "0"), ("uValue", None)]])
def test_a_value_that_is_there_and_not_listed_is_unknown(first: list[Parameter], names: list[Parameter]) -> None:
    with pytest.raises(NotServed):
        windows(GetDWORDValue=first, EnumValues=names).read(LSA)


@pytest.mark.parametrize(
    "names",
    [
        listed(("Other", "4")),
        [("ReturnValue", "0")],
        [("sNames", None), ("Types", None), ("ReturnValue", "0")],
        [("ReturnValue", "259")],
        [("sNames", None), ("sNames", "Other"), ("Types", "4"), ("ReturnValue", "0")],
    ],
    ids=["others only", "empty", "one nil", "no more items", "a nil among the names"],
)
def test_a_strange_code_is_absent_only_where_the_list_of_values_says_so(names: list[Parameter]) -> None:
    assert windows(GetDWORDValue=[("ReturnValue", "1234")], EnumValues=names).read(LSA) is None


@pytest.mark.parametrize(
    "names",
    [
        [("ReturnValue", "1234")],
        [("ReturnValue", "2")],
        [],
        listed(("UseMachineId", "4")),
        listed(("UseMachineId", None)),
        [("sNames", "UseMachineId"), ("sNames", "b"), ("Types", "1"), ("ReturnValue", "0")],
    ],
    ids=["strange too", "no key", "no code", "a dword after all", "no type", "unequal arrays"],
)
@pytest.mark.parametrize("first", [[("ReturnValue", "1234")], [], [("ReturnValue", "0"), ("uValue", None)]])
def test_unknown_never_turns_into_absent(first: list[Parameter], names: list[Parameter]) -> None:
    with pytest.raises(NotServed):
        windows(GetDWORDValue=first, EnumValues=names).read(LSA)


CODES = st.none() | st.integers(-(2**33), 2**33).map(str) | st.sampled_from(["0", "1", "2", "5", "259", "x", ""])


@given(CODES, CODES, CODES, st.lists(st.tuples(st.sampled_from(["UseMachineId", "b", None]), CODES), max_size=3))
def test_any_answer_is_a_value_an_absence_or_an_error(
    first: str | None, data: str | None, second: str | None, pairs: list[tuple[str | None, str | None]]
) -> None:
    readers = ("String", "ExpandedString", "MultiString", "QWORD", "Binary")
    answers: dict[str, Answer] = {
        **{f"Get{reader}Value": [("ReturnValue", "5")] for reader in readers},
        "GetDWORDValue": [("uValue", data), ("ReturnValue", first)],
        "EnumValues": [*listed(*pairs)[:-1], ("ReturnValue", second)],
    }
    subject = windows(**answers)
    try:
        value = subject.read(LSA)
    except HostError:
        return
    if value is None:
        assert first in ("1", "2", "-4294967294", "-4294967295") or second in ("0", "259")
    elif value.type == "REG_DWORD":
        assert first == "0"


def test_the_other_namespace_is_asked_where_the_class_is_missing_and_then_kept() -> None:
    script = Script(GetDWORDValue=[("uValue", "0"), ("ReturnValue", "0")])
    script.only_namespace = "root/default"
    subject = WmiHost(script)
    assert [subject.read(LSA), subject.read(LSA)] == [dword(0), dword(0)]
    assert script.sent == [
        "root/cimv2/StdRegProv/GetDWORDValue",
        "root/default/StdRegProv/GetDWORDValue",
        "root/default/StdRegProv/GetDWORDValue",
    ]


@pytest.mark.parametrize("body", [b"<html>", b"", b"<a/>", b"<s:Envelope"])
def test_a_body_without_an_envelope_says_nothing_of_the_way(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script()
    monkeypatch.setattr(script, "send", lambda _request: HttpResponse(200, body))
    with pytest.raises(NotUnderstood):
        WmiHost(script).read(LSA)


NIL = "uuid:00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("subcode", ["w:AccessDenied", "a:DestinationUnreachable"])
def test_a_fault_that_answers_another_message_is_told_and_leads_nowhere(subcode: str) -> None:
    script = Script(GetDWORDValue=fault(subcode))
    script.faults_relate_to = NIL
    with pytest.raises(Refused, match=f"{subcode[2:]}: Something went wrong.*does not name the request"):
        WmiHost(script).read(LSA)
    assert len(script.sent) == 1, "neither to the other namespace nor, since it is not NotServed, to another way"


def test_a_class_that_is_nowhere_is_named_with_both_faults() -> None:
    script = Script()
    script.only_namespace = "nowhere"
    with pytest.raises(NotServed, match=r"\(root/cimv2/StdRegProv: .*; root/default/StdRegProv: "):
        WmiHost(script).read(LSA)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (fault("w:AccessDenied", wsman_fault(5)), NotServed),
        (fault("w:QuotaLimit"), Refused),
        (fault("w:TimedOut"), Refused),
        (fault("w:InternalError"), Refused),
        ("<Other/>", NotServed),
    ],
)
def test_a_fault_does_not_send_it_to_the_other_namespace(body: str, error: type[HostError]) -> None:
    script = Script(GetDWORDValue=body)
    with pytest.raises(error):
        WmiHost(script).read(LSA)
    assert len(set(script.sent)) == 1


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_a_dword_is_written_with_its_value_spelt_out() -> None:
    script = Script(SetDWORDValue=[("ReturnValue", "0")])
    WmiHost(script).write(LSA, 1)
    assert script.sent == ["root/cimv2/StdRegProv/SetDWORDValue"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([("ReturnValue", "5")], AccessDenied),
        ([("ReturnValue", "2")], Refused),
        ([("ReturnValue", "87")], Refused),
        ([("ReturnValue", "-2147024891")], AccessDenied),
        ([("ReturnValue", "2147749891")], AccessDenied),
        (fault("w:AccessDenied"), NotServed),
    ],
)
def test_a_write_that_was_not_accepted_is_an_error(answer: Answer, error: type[HostError]) -> None:
    with pytest.raises(error):
        windows(SetDWORDValue=answer).write(LSA, 1)


def test_a_write_without_a_return_value_is_left_to_the_read_that_follows() -> None:
    windows(SetDWORDValue=[]).write(LSA, 1)


@pytest.mark.parametrize("code", ["0", "1", "2"])
def test_removing_what_is_absent_is_not_an_error(code: str) -> None:
    windows(DeleteValue=[("ReturnValue", code)]).delete(LSA)


@pytest.mark.parametrize(("code", "error"), [("5", AccessDenied), ("87", Refused)])
def test_a_removal_that_was_not_accepted_is_an_error(code: str, error: type[HostError]) -> None:
    with pytest.raises(error):
        windows(DeleteValue=[("ReturnValue", code)]).delete(LSA)


# --- The version -----------------------------------------------------------------------------------------------------


def system(*properties: tuple[str, str]) -> str:
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in properties)
    return (
        f"<n:EnumerateResponse><n:EnumerationContext/><w:Items><w:XmlFragment>{inner}</w:XmlFragment></w:Items>"
        "<w:EndOfSequence/></n:EnumerateResponse>"
    )


@pytest.mark.parametrize(
    ("properties", "version"),
    [
        ([("BuildNumber", "20348"), ("ProductType", "3"), ("Version", "10.0.20348")], (10, 0, 20348, "server")),
        ([("ProductType", "2"), ("Version", "10.0.17763")], (10, 0, 17763, "domain_controller")),
        ([("BuildNumber", "7601"), ("ProductType", "1"), ("Version", "6.1")], (6, 1, 7601, "workstation")),
        ([("Version", "5.0.2195")], (5, 0, 2195, "unknown")),
        ([("ProductType", "9"), ("Version", "10.0.1.2")], (10, 0, 1, "unknown")),
        ([("OperatingSystemSKU", "7"), ("ProductType", "3"), ("Version", "10.0.17763")], (10, 0, 17763, "server")),
        (
            [("OperatingSystemSKU", "406"), ("ProductType", "3"), ("Version", "10.0.20348")],
            (10, 0, 20348, "server", "azure_stack_hci"),
        ),
        ([("OperatingSystemSKU", "4O6"), ("ProductType", "3"), ("Version", "10.0.20348")], (10, 0, 20348, "server")),
    ],
)
def test_the_version_is_read_from_the_operating_system(
    properties: list[tuple[str, str]], version: tuple[t.Any, ...]
) -> None:
    assert windows(Enumerate=system(*properties)).observe([]).version == WindowsVersion(*version)


@pytest.mark.parametrize(
    "properties", [[], [("Version", "")], [("Version", "ten")], [("Version", "10.x.1")], [("Version", "-6.1.7601")]]
)
def test_a_host_without_a_version_is_not_guessed_at(properties: list[tuple[str, str]]) -> None:
    with pytest.raises(NotServed, match="without a version"):
        windows(Enumerate=system(*properties)).observe([])


def test_an_empty_first_answer_is_followed_by_pulls_until_the_end() -> None:
    script = Script(
        Enumerate="<n:EnumerateResponse><n:EnumerationContext>c</n:EnumerationContext></n:EnumerateResponse>",
        Pull="<n:PullResponse><n:Items><w:XmlFragment><Version>6.3.9600</Version></w:XmlFragment></n:Items>"
        "<n:EndOfSequence/></n:PullResponse>",
    )
    assert WmiHost(script).observe([]).version == WindowsVersion(6, 3, 9600, "unknown")
    assert len(script.sent) == 2


def test_an_enumeration_without_end_does_not_hold_the_task() -> None:
    forever = "<n:PullResponse><n:EnumerationContext>c</n:EnumerationContext></n:PullResponse>"
    script = Script(Enumerate=forever, Pull=forever)
    with pytest.raises(NotServed, match="did not end"):
        WmiHost(script).observe([])
    assert len(script.sent) < 250


def test_what_a_fault_says_is_masked_visible_and_cut() -> None:
    said = "no swordfish \x9b31m\u202e " + "x" * 300_000
    for answers in (
        {"GetDWORDValue": fault("w:InternalError", "", said)},
        {"GetDWORDValue": fault("a:ActionNotSupported", "", said)},
    ):
        script = Script(**answers)
        script.only_namespace = ""
        host = WmiHost(script, lambda text: text.replace("swordfish", "********"))
        with pytest.raises(HostError, match=r"no \*{8} \\x9b31m\\u202e x{400}") as caught:
            host.read(LSA)
        assert len(str(caught.value)) < 1200


def test_another_name_that_becomes_equal_in_lower_case_is_another_value() -> None:
    """The long s is an s in lower case, but not to Windows."""
    subject = windows(
        GetDWORDValue=[("ReturnValue", "2147749893")],
        EnumValues=listed(("UseMachineId", "7"), ("U\u017feMachineId", "1")),
        GetMultiStringValue=[("sValue", "a"), ("ReturnValue", "0")],
    )
    assert subject.read(LSA) == RegistryValue("REG_MULTI_SZ", ["a"])


def test_data_without_end_and_data_that_steer_a_terminal_stay_on_the_host() -> None:
    for text, data in (("x" * 100_000, None), ("\x9b31m", r"\x9b31m")):
        subject = windows(
            GetDWORDValue=[("ReturnValue", "2147749893")],
            EnumValues=listed(("UseMachineId", "1")),
            GetStringValue=[("sValue", text), ("ReturnValue", "0")],
        )
        assert subject.read(LSA) == RegistryValue("REG_SZ", data)
