# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading answers: captured shapes, every legal variant of them, and anything at all."""

from __future__ import annotations

import importlib.util
import sys
import time
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman import xml
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.faults import Fault
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.requests import RequestOptions
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.responses import (
    NotWsman,
    Output,
    UnexpectedResponse,
    body_of,
    message_id_of,
    page_of,
    unsigned,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.session import HttpResponse, Session

from ..envelopes import MESSAGE_ID, STDREGPROV, envelope, fault, output
from ..growth import assert_linear

VALID = envelope(output("GetDWORDValue", ("uValue", "1"), ("ReturnValue", "0")))


def read(method: str, body: str) -> Output:
    return Output(body_of(envelope(body), MESSAGE_ID), method)


def test_blank_lines_before_the_declaration_are_skipped() -> None:
    document = b'\r\n <?xml version="1.0"?>' + envelope("<a/>")
    assert body_of(document, MESSAGE_ID).tag == "a"


# --- What is no answer -----------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_whatever_comes_is_refused_in_one_way(answer: bytes) -> None:
    with pytest.raises(NotWsman):
        body_of(answer, MESSAGE_ID)


@given(st.data())
def test_a_damaged_answer_is_read_whole_or_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(VALID)))
    end = data.draw(st.integers(start, min(start + 40, len(VALID))))
    damaged = VALID[:start] + data.draw(st.binary(max_size=20)) + VALID[end:]
    try:
        found = Output(body_of(damaged, MESSAGE_ID), "GetDWORDValue")
        number = found.number("uValue")
    except (NotWsman, Fault):
        return
    assert number is None or 0 <= number < 1 << 32


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"", "an empty body"),
        (b" \r\n", "an empty body"),
        (b"<html><body>Sign in</body></html>", "an HTML page"),
        (b"<!DOCTYPE html><html></html>", "an HTML page"),
        (VALID[:-20], "a body that is not well-formed XML"),
        (b"\xff\xfe\x00", "a body that is not well-formed XML"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "a body that is not well-formed XML"),
        (b"<a/>", "an XML document that is not a SOAP envelope"),
        (VALID.replace(b"s:Envelope", b"s:Answer"), "an XML document that is not a SOAP envelope"),
        (VALID.replace(b"s:Envelope", b"s:Letter"), "an XML document that is not a SOAP envelope"),
        (VALID.replace(b"s:Body", b"s:Text"), "an XML document that is not a SOAP envelope"),
        (envelope(""), "a SOAP envelope with an empty body"),
        (b" " * (512 * 1024) + VALID, f"a body of {512 * 1024 + len(VALID)} bytes"),
        (envelope("<a/>", relates_to=None), "an answer that names no message"),
        (envelope("<a/>", relates_to="uuid:1"), "the answer to another message"),
    ],
)
def test_a_body_that_is_not_an_answer_is_named(answer: bytes, says: str) -> None:
    with pytest.raises(NotWsman) as caught:
        body_of(answer, MESSAGE_ID)
    assert str(caught.value) == says


def test_the_longest_document_that_is_read_has_512_kilobytes() -> None:
    blanks = b" " * (512 * 1024 - len(VALID))
    assert body_of(VALID + blanks, MESSAGE_ID).tag.endswith("}GetDWORDValue_OUTPUT")
    with pytest.raises(NotWsman, match="a body of 524289 bytes"):
        body_of(VALID + blanks + b" ", MESSAGE_ID)


def test_a_response_that_is_not_an_answer_has_status_200_unless_it_says_otherwise() -> None:
    assert (NotWsman("x").status, NotWsman("x").retry_after) == (200, None)


@pytest.mark.parametrize(
    "prologue",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]>',
        b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">',
        b"<!DOCTYPE a>",
    ],
)
def test_document_types_and_entities_are_refused(prologue: bytes) -> None:
    with pytest.raises(NotWsman, match="document type or entities"):
        body_of(prologue + VALID, MESSAGE_ID)


def test_the_id_may_come_back_in_another_case() -> None:
    assert body_of(envelope("<a/>", relates_to=f" {MESSAGE_ID.lower()} "), MESSAGE_ID).tag == "a"


@pytest.mark.parametrize(
    ("relates_to", "is_related"),
    [
        (MESSAGE_ID, True),
        (None, False),
        ("", False),
        ("uuid:00000000-0000-0000-0000-000000000000", False),
        (f"{MESSAGE_ID}</a:RelatesTo><a:RelatesTo>uuid:1", False),
    ],
)
def test_a_fault_is_read_and_told_from_one_that_answers_another_message(
    relates_to: str | None, is_related: bool
) -> None:
    with pytest.raises(Fault) as caught:
        body_of(envelope(fault("w:AccessDenied"), relates_to=relates_to), MESSAGE_ID)
    assert (caught.value.kind, caught.value.is_related) == ("denied", is_related)


# --- The output of a method ------------------------------------------------------------------------------------------

PARAMETERS = st.permutations(
    [("uValue", "1"), ("ReturnValue", "0"), ("sNames", "a"), ("sNames", None), ("sNames", "b")]
)


@given(PARAMETERS)
def test_parameters_are_found_in_any_order(parameters: list[tuple[str, str | None]]) -> None:
    found = read("Any", output("Any", *parameters))
    assert (found.number("uValue"), found.number("ReturnValue")) == (1, 0)
    assert [name for name in found.array("sNames") if name] == [
        text for _name, text in parameters if text in ("a", "b")
    ]


@pytest.mark.parametrize(
    "body",
    [
        output("GetDWORDValue", ("ReturnValue", "1"), ("uValue", None)),
        output("GetDWORDValue", ("ReturnValue", "1")),
        output("GetDWORDValue", ("ReturnValue", "1"), ("uValue", "")),
        output("GetDWORDValue", ("ReturnValue", "1"), ("uValue", "many")),
    ],
    ids=["nil", "missing", "empty", "no number"],
)
def test_a_number_that_is_not_there_is_none(body: str) -> None:
    assert read("GetDWORDValue", body).number("uValue") is None


def test_an_output_may_lack_its_suffix_and_echo_the_namespace_in_another_case() -> None:
    lower = STDREGPROV.lower()
    body = f'<p:GetDWORDValue xmlns:p="{STDREGPROV}"><q:uValue xmlns:q="{lower}">7</q:uValue></p:GetDWORDValue>'
    assert read("GetDWORDValue", body).number("uValue") == 7


def test_parameters_of_another_namespace_do_not_count() -> None:
    body = f'<p:Get_OUTPUT xmlns:p="{STDREGPROV}"><uValue>1</uValue><x:uValue xmlns:x="x">2</x:uValue></p:Get_OUTPUT>'
    assert read("Get", body).number("uValue") is None


def test_the_answer_to_another_method_is_refused() -> None:
    with pytest.raises(NotWsman, match="a question other than"):
        read("SetDWORDValue", output("GetDWORDValue", ("ReturnValue", "0")))


def test_two_numbers_are_not_one() -> None:
    found = read("Get", output("Get", ("ReturnValue", "0"), ("ReturnValue", "5")))
    with pytest.raises(NotWsman, match="2 values of ReturnValue"):
        found.number("ReturnValue")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        (" 1\n", 1),
        ("4294967295", 0xFFFFFFFF),
        ("2147749893", 0x80041005),
        ("-2147217403", 0x80041005),
        ("-1", 0xFFFFFFFF),
        ("4294967296", None),
        ("4294967297", None),
        ("-2147483648", 0x80000000),
        ("-2147483649", None),
        ("0x1", None),
        ("1.0", None),
        ("1_0", None),
        ("\u0661", None),
        ("", None),
    ],
)
def test_numbers_are_unsigned_whatever_their_spelling(text: str, number: int | None) -> None:
    assert unsigned(text) == number


@pytest.mark.parametrize(("text", "number"), [("4294967295", 0xFFFFFFFF), ("4294967296", None), ("-1", 0xFFFFFFFF)])
def test_a_number_of_a_method_has_32_bits_unless_said_otherwise(text: str, number: int | None) -> None:
    found = read("Get", output("Get", ("uValue", text)))
    assert found.number("uValue") == number
    assert found.number("uValue", 64) == int(text) % (1 << 64)


@given(st.text() | st.integers().map(str), st.sampled_from([8, 32, 64]))
def test_no_text_makes_a_number_out_of_range(text: str, bits: int) -> None:
    number = unsigned(text, bits)
    assert number is None or 0 <= number < 1 << bits


# --- Enumerations ----------------------------------------------------------------------------------------------------

# Both shapes are those of txwinrm test/data/server_2012/Win32_OperatingSystem_{star,all}_000.xml.
INSTANCE = (
    '<p:Win32_OperatingSystem xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_OperatingSystem" '
    'xsi:type="p:Win32_OperatingSystem_Type"><p:BuildNumber>9200</p:BuildNumber><p:CSDVersion xsi:nil="true"/>'
    '<p:InstallDate><c:Datetime xmlns:c="http://schemas.dmtf.org/wbem/wscim/1/common">2013-03-09T02:57:32Z</c:Datetime>'
    "</p:InstallDate><p:Version>6.2.9200</p:Version></p:Win32_OperatingSystem>"
)
FRAGMENT = (
    '<w:XmlFragment><BuildNumber>9200</BuildNumber><CSDVersion xsi:nil="true"/><InstallDate><Datetime>'
    "2013-03-09T02:57:32Z</Datetime></InstallDate><Version>6.2.9200</Version></w:XmlFragment>"
)


def page(body: str) -> t.Any:
    return page_of(body_of(envelope(body), MESSAGE_ID))


@pytest.mark.parametrize("item", [INSTANCE, FRAGMENT], ids=["instance", "fragment"])
def test_items_are_read_in_both_shapes(item: str) -> None:
    found = page(
        f"<n:EnumerateResponse><n:EnumerationContext/><w:Items>{item}</w:Items><w:EndOfSequence/></n:EnumerateResponse>"
    )
    assert found.context is None
    assert found.items == (
        {"BuildNumber": "9200", "CSDVersion": None, "InstallDate": "2013-03-09T02:57:32Z", "Version": "6.2.9200"},
    )


@pytest.mark.parametrize(
    ("body", "items", "context"),
    [
        ("<n:EnumerateResponse><n:EnumerationContext>c</n:EnumerationContext></n:EnumerateResponse>", 0, "c"),
        (
            "<n:EnumerateResponse><n:EnumerationContext> c </n:EnumerationContext><w:Items/></n:EnumerateResponse>",
            0,
            "c",
        ),
        (
            "<n:PullResponse><n:Items><a><b>1</b></a></n:Items><n:EnumerationContext>c</n:EnumerationContext>"
            "</n:PullResponse>",
            1,
            "c",
        ),
        ("<n:PullResponse><n:Items><a/><a/></n:Items><n:EndOfSequence/></n:PullResponse>", 2, None),
        (
            "<n:EnumerateResponse><n:EnumerationContext>leftover</n:EnumerationContext><w:EndOfSequence/>"
            "</n:EnumerateResponse>",
            0,
            None,
        ),
    ],
)
def test_an_enumeration_ends_at_its_end_and_nowhere_else(body: str, items: int, context: str | None) -> None:
    found = page(body)
    assert (len(found.items), found.context) == (items, context)


@pytest.mark.parametrize(
    "body", ["<n:EnumerateResponse/>", "<n:PullResponse><n:EnumerationContext/></n:PullResponse>", "<a/>"]
)
def test_an_enumeration_that_cannot_go_on_is_refused(body: str) -> None:
    with pytest.raises(NotWsman):
        page(body)


# --- Time and memory -------------------------------------------------------------------------------------------------


def enumerated(items: str, end: str = "<w:EndOfSequence/>", answer: str = "EnumerateResponse") -> str:
    context = "<n:EnumerationContext>1</n:EnumerationContext>"
    return f"<n:{answer}>{context}<w:Items>{items}</w:Items>{end}</n:{answer}>"


@pytest.mark.parametrize(
    "item",
    [
        lambda n: "<i>" + f"<a>{'x' * 100}</a>" * n + "</i>",
        lambda n: "<i>" + "<a xsi:nil='true'/>" * n + "</i>",
        lambda n: "<i><a>" + "<b>x" * n + "</b>" * n + "</a></i>",
        lambda n: f"<p:i xmlns:p='urn:{'x' * 2000}'>" + "<a/>" * n + "<p:a/>" * n + "</p:i>",
        lambda n: "<i/>" * n,
    ],
)
def test_the_time_to_read_a_page_grows_with_its_length_only(item: t.Callable[[int], str]) -> None:
    assert_linear(lambda size: t.cast(None, page_of(body_of(envelope(enumerated(item(size))), MESSAGE_ID))))


@pytest.mark.parametrize(
    "parameters",
    [
        lambda n: "<p:uValue>1</p:uValue>" * n,
        lambda n: "<p:uValue>" + "<p:uValue>1" * n + "</p:uValue>" * n + "</p:uValue>",
        lambda n: "<a/>" * n,
    ],
)
def test_so_does_the_time_to_read_the_output_of_a_method(parameters: t.Callable[[int], str]) -> None:
    def read_output(size: int) -> None:
        body = f"<p:M_OUTPUT xmlns:p='urn:{'x' * 2000}'>{parameters(size)}</p:M_OUTPUT>"
        assert read("M", body).array("uValue") is not None

    assert_linear(read_output)


@pytest.mark.parametrize(
    ("entries", "joined"),
    [
        (["1"], "1"),
        (["1", "2", "3"], "1 2 3"),
        ([None], None),
        ([None, None], None),
        ([None, "1"], "1"),
        (["1", None, "2"], "1  2"),
        (["", "1"], " 1"),
    ],
)
def test_the_entries_of_an_array_are_joined(entries: list[str | None], joined: str | None) -> None:
    item = "".join("<a xsi:nil='true'/>" if text is None else f"<a>{text}</a>" for text in entries)
    assert page_of(body_of(envelope(enumerated(f"<i>{item}</i>")), MESSAGE_ID)).items == ({"a": joined},)


def test_the_longest_namespace_that_is_read_has_2048_characters() -> None:
    longest = f"urn:{'x' * 2044}"
    assert body_of(envelope(f"<a xmlns='{longest}'/>"), MESSAGE_ID).tag == f"{{{longest}}}a"
    with pytest.raises(NotWsman, match="XML with a namespace of 2049 characters"):
        body_of(envelope(f"<a xmlns='{longest}x'/>"), MESSAGE_ID)


def test_a_long_namespace_is_refused_where_it_begins() -> None:
    """The parser would make a name of it for each element: many of them take minutes."""
    started = time.process_time()
    for declaration in (f"xmlns='urn:{'x' * (1 << 17)}'", f"xmlns:p='urn:{'x' * 3000}'"):
        with pytest.raises(NotWsman, match=r"XML with a namespace of [0-9]+ characters"):
            body_of(envelope(f"<a {declaration}>{'<a/>' * 20000}</a>"), MESSAGE_ID)
    assert time.process_time() - started < 3


def test_a_controller_without_the_parser_is_told_from_one_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert xml.HAS_DEFUSEDXML
    monkeypatch.setitem(sys.modules, "defusedxml.common", None)
    spec = importlib.util.find_spec(xml.__name__)
    assert spec is not None
    assert spec.loader is not None
    without = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(without)
    assert not without.HAS_DEFUSEDXML


class Endless:
    """A channel whose enumeration never ends. It answers each request with a page of so many bytes."""

    options = RequestOptions("http://host:5985/wsman")

    def __init__(self, size: int, items: int) -> None:
        self._items = f"<i><a>{'x' * size}</a></i>" * items
        self.sent = 0

    def send(self, request: bytes) -> HttpResponse:
        body = enumerated(self._items, "", "PullResponse" if self.sent else "EnumerateResponse")
        self.sent += 1
        return HttpResponse(200, envelope(body, message_id_of(request)))

    def pause(self, _seconds: float) -> bool:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("size", "items", "sent", "words"),
    [(300 << 10, 1, 4, "of more than 1048576 bytes"), (1, 300, 4, "of more than 1000 items"), (1, 1, 33, "32 pages")],
)
def test_a_query_that_does_not_end_is_given_up(size: int, items: int, sent: int, words: str) -> None:
    channel = Endless(size, items)
    with pytest.raises(UnexpectedResponse, match=words):
        Session(channel).query("root/cimv2", "SELECT * FROM X")
    assert channel.sent == sent
