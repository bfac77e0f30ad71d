# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing in a transcript reveals whose host it is, however it is spelled and wherever it is."""

from __future__ import annotations

import ipaddress
import re
import string
import typing as t
import uuid
from xml.sax.saxutils import escape

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.tests.transcripts.redaction import (
    DOMAIN,
    HOST,
    KEPT,
    USER,
    Redactor,
    masked,
    names_in,
    spellings_of,
)
from ansible_collections.winsec.lsa.tests.transcripts.transcript import Exchange

LETTERS = string.ascii_letters + string.digits
LABEL = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{1,18}[A-Za-z0-9]", fullmatch=True)
DOMAIN_NAME = st.lists(LABEL, min_size=2, max_size=3).map(".".join)
PERSON = st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{2,18}[A-Za-z0-9]", fullmatch=True) | st.sampled_from(
    ["O'Brien", "Jürgen Groß", "b&b", "svc_backup", "admin <it>"]
)
#: What surrounds a name: the text of a fault, a URL, a path, an attribute, the name of a machine account.
PLACES = (
    "{}",
    "http://{}:5985/wsman",
    '<f:WSManFault Code="5" Machine="{}">',
    "<p:CSName>{}</p:CSName>",
    "({})",
    r"\\\\{}\\C$",
    "{}$",
    "_{}_",
    r"C:\\Users\\{}\\x",
    "The host {}. It",
)
CASES: tuple[t.Callable[[str], str], ...] = (str, str.upper, str.lower, str.swapcase)
PLACE = st.sampled_from(PLACES)
CASE = st.sampled_from(CASES)


def stands_in(name: str, text: str) -> bool:
    """Whether a name is in a text, in any case, and not inside a longer word."""
    return bool(re.search(rf"(?i)(?<![^\W_]){re.escape(name)}(?![^\W_])", text))


@given(LABEL, DOMAIN_NAME, PERSON, st.lists(st.tuples(st.integers(0, 6), PLACE, CASE), min_size=1), st.text())
def test_no_spelling_of_a_known_name_remains(
    host: str, domain: str, person: str, written: list[tuple[int, str, t.Callable[[str], str]]], around: str
) -> None:
    netbios = domain.partition(".")[0]
    names = spellings_of(f"{host}.{domain}", HOST) | spellings_of(person, USER)
    words = [host, f"{host}.{domain}", domain, netbios, person, f"{netbios}\\{person}", f"{person}@{domain}"]
    text = "\n".join(
        place.format(spell(escape(words[number]) if place.startswith("<") else words[number]))
        for number, place, spell in written
    )
    redactor = Redactor(names)
    assume(not any(stands_in(name, f"{HOST} {DOMAIN} {USER} S-1-0-0 AAAAA") for name in names))
    redacted = redactor.text(f"{text}\n{around}")
    for name in (host, domain, netbios, person, escape(person)):
        assert not stands_in(name, redacted), (name, text, redacted)
    assert not redactor.remains(redacted)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("srv01", "SRV01"),
        ("b&b", "b&amp;b"),
        ("o'brien", "O&apos;Brien"),
        ("Jürgen", "jürgen"),
        ("Jürgen", "Jürgen".encode("cp850").decode("latin-1")),
        ("Jürgen", "Jürgen".encode().decode("latin-1")),
    ],
)
def test_a_name_is_known_as_xml_and_consoles_spell_it(name: str, written: str) -> None:
    assert Redactor(spellings_of(name, USER)).text(f"x {written}.") == "x user."


SEPARATORS = st.sampled_from([" ", "\n", '"', "'", ">", "<", "(", "/", "\\", ",", ";", "="])
ADDRESSES = st.ip_addresses().map(str) | st.ip_addresses(v=6).map(lambda address: address.exploded)
SIDS = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=7).map(
    lambda parts: "-".join(["S-1-5", *map(str, parts)])
)
MAILS = st.emails().filter(lambda mail: re.fullmatch(r"[\w.+'-]+@[\w.-]+", mail))
PRODUCT_IDS = st.from_regex(r"\A(\d{5}-(\d{3}|OEM)-\d{7}-\d{5}|\d{5}-\d{5}-\d{5}-[A-Z]{2}\d{3})\Z").map(str.strip)
PRODUCT_KEYS = st.from_regex(r"\A[A-Z0-9]{5}(-[A-Z0-9]{5}){4}\Z").map(str.strip)
CARDS = st.from_regex(r"\A[0-9A-F]{2}(-[0-9A-F]{2}){5}\Z").map(str.strip)
FORMS = st.one_of(ADDRESSES, SIDS, MAILS, PRODUCT_IDS, PRODUCT_KEYS, CARDS, st.uuids().map(str))
ALLOWED = re.compile(
    r"192\.0\.2\.1|2001:db8::1|S-1-0-0|user@domain\.example|00000-00000-00000-AA000|A{5}(-A{5}){4}|00-00-5E-00-53-01"
    r"|00000000-0000-0000-0000-\d{12}"
)


@given(SEPARATORS, FORMS, SEPARATORS, CASE)
def test_what_is_told_by_its_form_is_replaced(
    before: str, item: str, after: str, spell: t.Callable[[str], str]
) -> None:
    redacted = Redactor({}).text(f"x{before}{spell(item)}{after}x")
    inner = redacted.removeprefix(f"x{before}").removesuffix(f"{after}x")
    assert ALLOWED.fullmatch(inner), (item, redacted)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("http://10.0.0.5:5985/wsman", "http://192.0.2.1:5985/wsman"),
        ("https://[fe80::1]:5986/wsman", "https://[2001:db8::1]:5986/wsman"),
        ("Host 10.0.0.5. Gone", "Host 192.0.2.1. Gone"),
        ("Host fe80::1.", "Host 2001:db8::1."),
        ("10.0.19041.3920", "10.0.19041.3920"),
        ("2013-03-09T02:57:32Z", "2013-03-09T02:57:32Z"),
        ("xmlns:p xsi:nil f:WSManFault", "xmlns:p xsi:nil f:WSManFault"),
        ("S-1-5-21-1-2-3-500$", "S-1-0-0$"),
    ],
)
def test_addresses_are_told_from_versions_times_and_names(text: str, redacted: str) -> None:
    assert Redactor({}).text(text) == redacted


@given(st.lists(st.uuids(), min_size=1, max_size=5))
def test_the_same_uuid_is_replaced_by_the_same_in_any_case(found: list[uuid.UUID]) -> None:
    redactor = Redactor({})
    lower = [redactor.text(f"uuid:{one}") for one in found]
    upper = [redactor.text(f"UUID:{str(one).upper()}").lower() for one in found]
    assert lower == upper
    assert len(set(lower)) == len(set(found))


@given(LABEL, st.text(alphabet=LETTERS + " .:-\\@<>/$_", max_size=200))
def test_what_is_redacted_stays_as_it_is(host: str, text: str) -> None:
    redacted = Redactor(spellings_of(host, HOST)).text(text)
    assert Redactor(spellings_of(host, HOST)).text(redacted) == redacted


@pytest.mark.parametrize("name", ["control", "LSA", "microsoft", "root", "CurrentControlSet"])
def test_a_name_that_is_a_word_of_every_transcript_stays(name: str) -> None:
    words = [r"SYSTEM\CurrentControlSet\Control\Lsa", "http://schemas.microsoft.com/wbem", "root/cimv2"]
    redactor = Redactor(spellings_of(name, HOST) | spellings_of("srv-control-1", HOST), words)
    assert redactor.text(words[0]) == words[0]
    assert redactor.text("SRV-Control-1") == HOST


@pytest.mark.parametrize(
    ("name", "place", "spellings"),
    [
        ("srv01", HOST, {"srv01": "host"}),
        (
            "srv01.ad.example.org",
            HOST,
            {"srv01.ad.example.org": "host.domain.example", "srv01": "host", "ad.example.org": DOMAIN},
        ),
        ("AD\\admin", USER, {"AD": "domain", "admin": "user"}),
        ("admin@AD.EXAMPLE.ORG", USER, {"admin": "user", "AD.EXAMPLE.ORG": DOMAIN, "AD": "domain"}),
        ("a-very-long-host-name", HOST, {"a-very-long-hos": "host", "a-very-long-host-name": "host"}),
        ("10.0.0.5", HOST, {}),
        ("", HOST, {}),
    ],
)
def test_a_name_has_names_inside_it(name: str, place: str, spellings: dict[str, str]) -> None:
    assert spellings.items() <= spellings_of(name, place).items()
    assert spellings or not spellings_of(name, place)


def test_a_fault_tells_the_name_of_its_machine() -> None:
    assert names_in("<f:WSManFault Machine=\"srv01.corp\"/><f:WSManFault Machine='SRV01'/><f:x Machine=''/>") == {
        "srv01.corp",
        "SRV01",
    }


NAMES = st.text(alphabet=LETTERS + " _-", min_size=1).filter(lambda name: name.casefold() not in KEPT and name.strip())
TYPES = st.sampled_from(["REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ", "REG_DWORD", "REG_QWORD", "REG_BINARY", "REG_LINK"])


@given(NAMES, TYPES, st.text(alphabet=LETTERS, min_size=8))
def test_the_data_of_other_values_is_not_kept(name: str, type_: str, data: str) -> None:
    line = masked(f"    {name}    {type_}    {data}")
    assert data not in line.partition(type_)[2]
    assert line.startswith(f"    {name}    {type_}    ")


@pytest.mark.parametrize(
    "line",
    [
        "",
        r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa",
        "    UseMachineId    REG_DWORD    0x1",
        "    usemachineid    REG_SZ    1",
        "    ProductName    REG_SZ    Windows 10 Pro",
        "    RegisteredOrganization    REG_SZ    ",
    ],
)
def test_what_says_which_windows_it_is_stays(line: str) -> None:
    assert masked(line) == line


def test_only_lists_are_masked_and_the_second_line_of_a_text_is_not_kept() -> None:
    command = 'reg.exe query "HKLM\\x"'
    lines = ["    Note    REG_SZ    first", "second"]
    listed = Redactor({}).exchange(Exchange({"run": command}, {"exit_status": 0, "stdout": lines, "stderr": [""]}))
    failed = Redactor({}).exchange(Exchange({"run": command}, {"exit_status": 1, "stdout": ["no"], "stderr": ["no"]}))
    assert listed.answer["stdout"] == ["    Note    REG_SZ    masked", "masked"]
    assert failed.answer["stdout"] == ["no"]


@pytest.mark.parametrize("subkeys", [[], [r"HKEY_LOCAL_MACHINE\x\y"]])
def test_a_key_that_was_listed_before_a_query_failed_is_masked_all_the_same(subkeys: list[str]) -> None:
    """An absent value: the key is listed, and then the query for the value fails."""
    key = ["", r"HKEY_LOCAL_MACHINE\x", "    Note    REG_SZ    first", "second", *subkeys]
    request = {"run": 'reg.exe query "HKLM\\x" & reg.exe query "HKLM\\x" /v Absent'}
    answer = {"exit_status": 1, "stdout": [*key, "Not found."], "stderr": [""]}
    stdout = Redactor({}).exchange(Exchange(request, answer)).answer["stdout"]
    assert stdout[1:4] == [r"HKEY_LOCAL_MACHINE\x", "    Note    REG_SZ    masked", "masked"]
    assert stdout[4:] == ([*subkeys, "Not found."] if subkeys else ["masked"]), "it may be of the text"


def test_an_instance_keeps_only_what_says_which_windows_it_is() -> None:
    kept = "<p:Caption>Microsoft Windows 11 Pro</p:Caption><p:OperatingSystemSKU>48</p:OperatingSystemSKU>"
    others = (
        "<p:Description>of jdoe</p:Description><p:InstallDate><cim:Datetime>2023-04-05T06:07:08Z</cim:Datetime>"
        "</p:InstallDate><p:FreePhysicalMemory>123456</p:FreePhysicalMemory><p:Primary>true</p:Primary>"
    )
    masked_others = (
        "<p:Description>masked</p:Description><p:InstallDate><cim:Datetime>2000-01-01T00:00:00Z</cim:Datetime>"
        "</p:InstallDate><p:FreePhysicalMemory>0</p:FreePhysicalMemory><p:Primary>true</p:Primary>"
    )
    body = "<s:Header><a:To>jdoe</a:To></s:Header><w:Items><p:C>{}</p:C></w:Items>"
    answer = Redactor({}).exchange(Exchange({"query": "SELECT *"}, {"body": body.format(kept + others)})).answer
    assert answer["body"] == body.format(kept + masked_others)


def test_addresses_for_documentation_are_what_they_seem() -> None:
    redacted = Redactor({}).text("8.8.8.8 2606:4700::1111").split()
    assert [ipaddress.ip_address(address).is_private for address in redacted] == [True, True]
