# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults are distinguished by subcode and number, whichever is there, and never by their texts."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.module_utils._texts import shown
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.faults import Fault
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.responses import body_of

from ..envelopes import MESSAGE_ID, envelope, fault, wsman_fault
from ..growth import assert_linear

# WinRb/WinRM spec/stubs/responses/soap_fault_v2.xml: a class that is missing, asked for by WQL, on 2008 R2.
NESTED = (
    '<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="2150858778"><f:Message>'
    '<f:ProviderFault path="%systemroot%\\system32\\WsmWmiPl.dll" provider="WMI Provider">'
    '<f:WSManFault Code="2150858778" Machine="vagrant-2008R2"><f:Message>The specified class does not exist in the '
    "given namespace. </f:Message></f:WSManFault></f:ProviderFault></f:Message></f:WSManFault>"
)
# WinRb/WinRM spec/stubs/responses/wmi_error_v2.xml: no WSManFault at all.
WMI_ERROR = (
    '<p:MSFT_WmiError xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/microsoft/windows/management"><p:'
    "error_Code>2150859173</p:error_Code><p:Message>The WS-Management service cannot process the request.</p:Message>"
    "</p:MSFT_WmiError>"
)
# microsoft/omi tests: the text is only in the inner fault, the reason is empty.
INNER_DENIAL = (
    '<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="2150858843"><f:Message>'
    '<f:ProviderFault><f:WSManFault Code="2147942405"><f:Message>Zugriff verweigert</f:Message></f:WSManFault>'
    "</f:ProviderFault></f:Message></f:WSManFault>"
)


def caught(body: str) -> Fault:
    with pytest.raises(Fault) as found:
        body_of(envelope(body), MESSAGE_ID)
    return found.value


@pytest.mark.parametrize(
    ("subcode", "detail", "kind"),
    [
        ("w:AccessDenied", wsman_fault(5), "denied"),
        ("wsman:AccessDenied", "", "denied"),
        ("", wsman_fault(5), "denied"),
        ("w:InternalError", wsman_fault(2147942405), "denied"),
        ("w:InternalError", wsman_fault(-2147024891), "denied"),
        ("w:InternalError", INNER_DENIAL, "denied"),
        ("", wsman_fault(2150859012), "denied"),
        ("n:CannotProcessFilter", NESTED, "missing"),
        ("a:DestinationUnreachable", wsman_fault(2150858752), "missing"),
        ("wsa:DestinationUnreachable", "", "missing"),
        ("", wsman_fault(2150858811), "missing"),
        ("a:ActionNotSupported", wsman_fault(2150858753), "missing"),
        # WMI itself is broken, is shutting down, or its service is disabled.
        ("w:InternalError", wsman_fault(0x80041011), "missing"),
        ("w:InternalError", wsman_fault(0x80041033), "busy"),
        ("w:InternalError", wsman_fault(1058), "missing"),
        ("w:InternalError", wsman_fault(0x8004106C), "quota"),
        ("w:InternalError", wsman_fault(0x80041001), "other"),
        ("w:QuotaLimit", WMI_ERROR, "quota"),
        ("", WMI_ERROR, "quota"),
        ("w:QuotaLimit", wsman_fault(2150859174), "quota"),
        ("w:TimedOut", wsman_fault(2150858793), "timeout"),
        ("w:EncodingLimit", wsman_fault(2150858823), "size"),
        ("w:InternalError", "", "other"),
        ("w:InternalError</s:Value><s:Subcode><s:Value>w:QuotaLimit</s:Value></s:Subcode><s:Value>", "", "quota"),
        ("w:InternalError", WMI_ERROR.replace("2150859173", "5"), "other"),
        ("", "", "other"),
        ("w:InternalError", wsman_fault("no number"), "other"),
    ],
)
def test_faults_are_told_apart(subcode: str, detail: str, kind: str) -> None:
    assert caught(fault(subcode, detail)).kind == kind


#: By kind, the numbers that winerror.h, wbemcli.h and wsmerror.h give, without the prefix 0x.
NUMBERS = {
    "denied": "5 80070005 80041003 80338104 80338105 80338106",
    "missing": (
        "422 80070422 80040154 80041002 8004100A 8004100E 80041010 80041011 80041012 80041013 80041014 8004102E "
        "80041055 80041056 80338000 80338001 8033801A 8033803B"
    ),
    "quota": (
        "8033803F 803381A5 803381A6 803381A7 803381A8 803381AB 803381E4 803381E5 803381E6 803381E7 803381E8 803381E9 "
        "803381EA 8004106C"
    ),
    "busy": "80041033",
    "timeout": "80338029",
    "size": "80338047 80338048 80338049 8033807E",
    # A failure of WMI, a syntax error, a value that is out of range: they say nothing of that.
    "other": "1 80041001 80041008 80338007 803380F0",
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_each_number_is_of_the_kind_that_windows_documents(kind: str) -> None:
    for number in NUMBERS[kind].split():
        assert caught(fault("w:InternalError", wsman_fault(int(number, 16)))).kind == kind, number


@pytest.mark.parametrize(
    ("number", "setting"),
    [
        (0x803381A5, "MaxShellsPerUser in winrm/config/winrs"),
        (0x803381A6, "MaxConcurrentOperationsPerUser in winrm/config/service"),
        (0x803381AB, "MaxConcurrentUsers in winrm/config/winrs"),
        (0x803381E4, "MaxShellsPerUser of the plug-in"),
        (0x803381E5, "MaxConcurrentUsers of the plug-in"),
        (0x803381E6, "MaxShells of the plug-in"),
        (0x803381E7, "MaxConcurrentOperations of the plug-in"),
        (0x803381E8, "MaxConcurrentOperationsPerUser of the plug-in"),
        (0x803381E9, "MaxConcurrentCommandsPerShell of the plug-in"),
        (0x8004106C, "__ProviderHostQuotaConfiguration"),
        (0x803381A7, ""),
    ],
)
def test_a_quota_that_is_used_up_is_named_with_its_setting(number: int, setting: str) -> None:
    found = caught(fault("w:QuotaLimit", wsman_fault(number))).quota
    assert setting in found
    assert bool(found) is bool(setting)


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("2147942405", {0x80070005}),
        ("-2147024891", {0x80070005}),
        (" 5 ", {5}),
        ("0", {0}),
        ("4294967295", {0xFFFFFFFF}),
        ("02147942405", set()),  # no number of 32 bits has so many digits
        ("--5", set()),
        ("+5", set()),
        ("", set()),
        ("\u0665", set()),
    ],
)
def test_a_number_is_read_in_decimal_with_or_without_its_sign(number: str, codes: set[int]) -> None:
    assert caught(fault("", wsman_fault(number))).codes == codes


@pytest.mark.parametrize("element", ["error_Code", "StatusCode"])
def test_a_small_number_of_wmi_is_not_an_error_of_windows(element: str) -> None:
    def codes(number: int) -> frozenset[int]:
        return caught(fault("", f"<{element}>{number}</{element}>")).codes

    assert codes(0x80000000) == {0x80000000}
    assert codes(0x7FFFFFFF) == codes(5) == set()


def test_the_words_of_the_host_do_not_decide() -> None:
    assert caught(fault("w:InternalError", wsman_fault(87, "Access is denied."), "Access is denied.")).kind == "other"


def test_a_fault_shows_subcode_numbers_and_the_innermost_words() -> None:
    assert str(caught(fault("n:CannotProcessFilter", NESTED))) == (
        "CannotProcessFilter, 0x8033801A: The specified class does not exist in the given namespace."
    )
    assert str(caught(fault("w:InternalError", INNER_DENIAL, ""))) == (
        "InternalError, 0x80070005, 0x8033805B: Zugriff verweigert"
    )
    assert str(caught(fault("", "", ""))) == "a fault without subcode and number"


def test_of_many_numbers_a_few_are_told() -> None:
    many = "".join(wsman_fault(code) for code in range(100, 2000))
    assert str(caught(fault("w:X", many, ""))) == ("X, 0x00000064, 0x00000065, 0x00000066, 0x00000067, 0x00000068")


# --- Time ------------------------------------------------------------------------------------------------------------


def nested(depth: int, opening: str, closing: str) -> str:
    return opening * depth + closing * depth


def in_code(subcodes: str) -> str:
    return f"<s:Fault><s:Code><s:Value>s:Sender</s:Value>{subcodes}</s:Code></s:Fault>"


def test_a_few_subcodes_are_read_from_the_outer_to_the_inner_one() -> None:
    chain = "".join(f"<s:Subcode><s:Value>w:S{level}</s:Value>" for level in range(20)) + "</s:Subcode>" * 20
    assert caught(in_code(chain)).subcodes == tuple(f"S{level}" for level in range(8))
    assert caught(in_code("<s:Subcode><x><s:Value>w:No</s:Value></x></s:Subcode>")).subcodes == ()
    assert caught(f"<s:Fault>{chain}</s:Fault>").subcodes == ()


@pytest.mark.parametrize("name", ["Aside", "Zone"])
def test_elements_of_other_names_say_nothing(name: str) -> None:
    other = f'<{name} Code="5"><s:Value>w:AccessDenied</s:Value></{name}>'
    subcode = f"<s:Subcode>{other}<s:Value>w:X</s:Value></s:Subcode>"
    found = caught(f"<s:Fault>{other}<s:Code>{other}{subcode}</s:Code></s:Fault>")
    assert (found.subcodes, found.kind) == (("X",), "other")
    assert found.codes == set()


@pytest.mark.parametrize(
    "body",
    [
        lambda n: in_code(nested(n, "<s:Subcode>", "</s:Subcode>")),
        lambda n: in_code(nested(n, "<s:Subcode>x", "<s:Value>w:X</s:Value></s:Subcode>")),
        lambda n: in_code(nested(n, "<s:Subcode><s:Value>x", "</s:Value></s:Subcode>")),
        lambda n: in_code("<s:Subcode><s:Value>w:X</s:Value></s:Subcode>" * n),
        lambda n: fault("", nested(n, "<f:error_Code xmlns:f='urn:f'>1", "</f:error_Code>")),
        lambda n: fault("", nested(n, "<StatusCode>", "2</StatusCode>")),
        lambda n: fault("", nested(n, "<WSManFault Code='5'>", "</WSManFault>")),
        lambda n: fault("", nested(n, "<ProviderFault><Message> x", "</Message></ProviderFault>")),
        lambda n: fault("", nested(n, "<ProviderFault><Message>", "</Message></ProviderFault>"), ""),
        lambda n: fault("", wsman_fault(5, " \t" * n)),
        lambda n: fault("x:" * n, "", "\u2028 " * n),
    ],
)
def test_the_time_to_read_a_fault_grows_with_its_length_only(body: t.Callable[[int], str]) -> None:
    def read(size: int) -> None:
        shown(str(caught(body(size))))

    assert_linear(read)
