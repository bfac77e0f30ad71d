# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes from a transcript what reveals whose host it is, before anything is written.

Three steps. Of the values that reg.exe lists, and of the properties that a query asks for, only those named here keep
their data. Then go the names that are known:
what the inventory and the host itself call the host, its domain and its users. Then goes what is recognized by its
form: addresses, SIDs, UUIDs, product ids. What takes the place of an item has the same form, so an answer stays
readable.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import re
import typing as t
from xml.sax.saxutils import escape

from .transcript import Exchange

#: What replaces a name of each kind. None of them is the name of anything real (RFC 2606).
HOST, DOMAIN, USER, ORGANIZATION = "host", "domain.example", "user", "organization"
FQDN, SECRET = f"{HOST}.{DOMAIN}", "secret"

#: Values whose data stays, because they say which Windows it is, or are what the collection reads and writes.
KEPT: t.Final = frozenset(
    {
        "currentversion",
        "currentmajorversionnumber",
        "currentminorversionnumber",
        "currentbuild",
        "currentbuildnumber",
        "productname",
        "editionid",
        "installationtype",
        "releaseid",
        "displayversion",
        "ubr",
        "producttype",
        "productsuite",
        "installlanguage",
        "kmode",
        "bounds",
        "usemachineid",
        "allownullsessionfallback",
    }
)
#: Properties of Win32_OperatingSystem whose text stays, for the same reason.
KEPT_PROPERTIES: t.Final = frozenset(
    {
        "buildnumber",
        "buildtype",
        "caption",
        "csdversion",
        "muilanguages",
        "operatingsystemsku",
        "osarchitecture",
        "oslanguage",
        "ostype",
        "othertypedescription",
        "producttype",
        "suitemask",
        "version",
    }
)
_ITEMS: t.Final = re.compile(r"(?s)(?<=:Items>).*(?=</\w+:Items>)")
_PROPERTY: t.Final = re.compile(r"<(?P<tag>(?:\w+:)?(?P<name>\w+))(?P<attributes>[^<>]*)>(?P<text>[^<>]+)</(?P=tag)>")
_MASKED: t.Final = {"REG_DWORD": "0x0", "REG_QWORD": "0x0", "REG_BINARY": "00", "REG_NONE": ""}
_LINE: t.Final = re.compile(r"    (?P<name>.*?)    (?P<type>REG_[A-Z_]+)(?P<gap>    )?(?P<data>.*)")

_UUID: t.Final = re.compile(r"(?i)(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])")
_MACHINE: t.Final = re.compile(r"""(?i)\bMachine=(?:"([^"]+)"|'([^']+)')""")
_FORMS: t.Final = (
    (re.compile(r"(?i)[\w.+'-]+@[\w-]+(?:\.[\w-]+)*"), f"{USER}@{DOMAIN}"),
    (re.compile(r"(?i)(?<![^\W_])S-1-\d+(?:-\d+)+"), "S-1-0-0"),
    (
        re.compile(r"(?i)(?<![^\W_])\d{5}-(?:\d{3}|OEM|\d{5})-\d{5,7}-(?:\d{5}|[A-Z]{2}\d{3})(?![^\W_])"),
        "00000-00000-00000-AA000",
    ),
    (re.compile(r"(?i)\b[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}\b"), "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"),
    (re.compile(r"(?i)\b[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}\b"), "00-00-5E-00-53-01"),
)
_ADDRESS: t.Final = re.compile(
    r"(?i)(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)"  # IPv4, maybe with a port behind it
    r"|(?<![\w.:])[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*"  # what may be IPv6
)
#: Other spellings of a name: the bytes that a console writes, each taken for a character.
_CODE_PAGES: t.Final = ("utf-8", "cp437", "cp850", "cp1252")


class Redactor:
    """Replaces what is known of one host, and keeps count. The same text gets the same replacement everywhere."""

    def __init__(self, names: t.Mapping[str, str], words: t.Iterable[str] = ()) -> None:
        """Names by what takes their place, and texts that every transcript has.

        A name that occurs in those, such as that of a host called CONTROL, can't be told from them, and stays.
        """
        spared = "\n".join([*words, *names.values(), _uuid(0), *(place for _pattern, place in _FORMS)])
        alone = (name for name in names if not _pattern_of([name]).search(spared))
        spellings = {spelling: names[name] for name in alone for spelling in _spellings(name)}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._places = [spellings[spelling] for spelling in longest_first]
        self._pattern = _pattern_of(longest_first)
        self._uuids: dict[str, str] = {}
        #: What was replaced, and by what.
        self.replaced: dict[str, str] = {}

    def text(self, text: str) -> str:
        text = self._substitute(_UUID, lambda found: self._known_uuid(found[0]), text)
        text = self._substitute(self._pattern, lambda found: self._places[(found.lastindex or 0) - 1], text)
        for pattern, place in _FORMS:
            text = self._substitute(pattern, functools.partial(_constant, place), text)
        return self._substitute(_ADDRESS, lambda found: _address(found[0]), text)

    def exchange(self, exchange: Exchange) -> Exchange:
        answer = dict(exchange.answer)
        if "stdout" in answer and " query " in exchange.request.get("run", ""):
            answer["stdout"] = _listing(answer["stdout"], failed=answer["exit_status"] != 0)
        if "query" in exchange.request and "body" in answer:
            answer["body"] = _ITEMS.sub(lambda items: _PROPERTY.sub(masked_property, items[0]), answer["body"])
        return Exchange(self.any(exchange.request), self.any(answer))

    def any(self, part: t.Any) -> t.Any:
        """Whatever YAML can hold, with all texts inside it."""
        if isinstance(part, str):
            return self.text(part)
        if isinstance(part, dict):
            return {name: self.any(inner) for name, inner in part.items()}
        return [self.any(inner) for inner in part] if isinstance(part, list) else part

    def remains(self, text: str) -> bool:
        """Whether a known name is in a text."""
        return bool(self._pattern.search(text))

    def _known_uuid(self, found: str) -> str:
        return self._uuids.setdefault(found.casefold(), _uuid(len(self._uuids) + 1))

    def _substitute(self, pattern: re.Pattern[str], place: t.Callable[[re.Match[str]], str], text: str) -> str:
        def replace(found: re.Match[str]) -> str:
            replacement = place(found)
            if found[0] != replacement:
                self.replaced[found[0]] = replacement
            return replacement

        return pattern.sub(replace, text)


def _constant(place: str, found: re.Match[str]) -> str:
    del found
    return place


def _pattern_of(spellings: t.Sequence[str]) -> re.Pattern[str]:
    """A name ends where letters and digits end: in URLs, in paths, before the $ of a machine account."""
    alternatives = "|".join(f"({re.escape(spelling)})" for spelling in spellings) or "(?!)"
    return re.compile(rf"(?i)(?<![^\W_])(?:{alternatives})(?![^\W_])")


def _spellings(name: str) -> set[str]:
    found = {name, name.upper(), name.lower()}
    for page in () if name.isascii() else _CODE_PAGES:
        with contextlib.suppress(UnicodeEncodeError):
            found.add(name.encode(page).decode("latin-1"))
    escaped = (escape(spelling, entities) for spelling in found for entities in ({}, {"'": "&apos;"}))
    return {*found, *escaped}


def is_uuid(text: str) -> bool:
    return bool(_UUID.fullmatch(text))


def _uuid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def names_in(body: str) -> set[str]:
    """Return the names that a fault has for its machine."""
    return {first or second for first, second in _MACHINE.findall(body)}


def spellings_of(name: str, place: str) -> dict[str, str]:
    """A name, and the names inside it: DOMAIN\\user, user@realm, host.domain, and what NetBIOS cuts off after 15.

    An address or a number has none.
    """
    name = name.strip().strip(".")
    user, at, realm = name.partition("@")
    if at:
        return spellings_of(user, USER) | spellings_of(realm, DOMAIN)
    domain, backslash, user = name.rpartition("\\")
    if backslash:
        return spellings_of(domain, DOMAIN) | spellings_of(user, USER)
    if len(name) < 2 or _ADDRESS.fullmatch(name):
        return {}
    found = {name: place, name[:15]: place.partition(".")[0]}
    first, dot, rest = name.partition(".")
    if dot and place in (HOST, FQDN, DOMAIN) and rest:
        found[name] = DOMAIN if place == DOMAIN else FQDN
        found |= spellings_of(first, HOST if place != DOMAIN else "domain")
        found |= spellings_of(rest, DOMAIN) if "." in rest else {}
    return found


def _listing(lines: list[str], *, failed: bool) -> list[str]:
    """Return what queries have printed, without the data of values, and with the message of one that failed.

    The exit status is that of the last query of a line: one before may have listed a key. So what is behind the last
    key is that message, unless a value is there too, whose data may have any number of lines.
    """
    end = len(lines)
    if failed:
        message = next((n for n in range(end, 0, -1) if lines[n - 1].startswith("HKEY_")), 0)
        end = end if any(_LINE.fullmatch(line) for line in lines[message:]) else message
    return [*map(masked, lines[:end]), *lines[end:]]


def masked(line: str) -> str:
    """A line of what reg.exe lists: without the data of a value that is not to be kept."""
    value = _LINE.fullmatch(line)
    if value is None:
        return line if not line or line.startswith("HKEY_") else "masked"
    if value["name"].casefold() in KEPT or not value["data"]:
        return line
    data = _MASKED.get(value["type"], "masked")
    return f"    {value['name']}    {value['type']}    {data}"


def masked_property(found: re.Match[str]) -> str:
    """A property of an instance: without the text of one that is not to be kept. What takes its place has its form."""
    text = found["text"]
    if found["name"].casefold() not in KEPT_PROPERTIES and text not in ("true", "false"):
        text = "2000-01-01T00:00:00Z" if found["name"] == "Datetime" else "0" if text.isdigit() else "masked"
    return f"<{found['tag']}{found['attributes']}>{text}</{found['tag']}>"


def _address(found: str) -> str:
    """An address for documentation (RFC 5737, RFC 3849) where it is one: a version or a time may look like it."""
    end = found.rstrip(".:")
    for candidate in (found, end):
        with contextlib.suppress(ValueError):
            version = ipaddress.ip_address(candidate).version
            return ("192.0.2.1" if version == 4 else "2001:db8::1") + found[len(candidate) :]
    return found
