# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The security template of a GPO (GptTmpl.inf): what it says about both settings, and one line of it changed. Pure.

Format: MS-GPSB 2.2, with the registry values of 2.2.5. Number 4 is the type REG_DWORD.
"""

from __future__ import annotations

import typing as t

from .errors import GroupPolicyError
from .ini_text import BLANK, RESTORE, UTF_16, IniText, decode, encode, header, is_blank, is_comment
from .settings import REGISTRY_VALUES, SETTINGS, Said, Setting, Wanted

FILE_NAME: t.Final = "GptTmpl.inf"
_SECTION: t.Final = "registry values"
_HEADER: t.Final = "[Registry Values]"
_VALUES: t.Final[dict[str, str]] = {"enabled": "4,1", "disabled": "4,0"}
_SAID: t.Final[dict[tuple[str, ...], Said]] = {("4", "1"): "enabled", ("4", "0"): "disabled"}
#: MS-GPSB 2.2: the preamble that every template has. Without a version, Windows may refuse the file.
_VERSION: t.Final = ("[Version]", 'signature="$CHICAGO$"', "Revision=1")
_PREAMBLE: t.Final = ("[Unicode]", "Unicode=yes", *_VERSION)


class _Definition(t.NamedTuple):
    """A line that defines a value, in parts: ``head`` with key and equals sign, the value, what follows it."""

    line: int
    head: str
    value: str
    tail: str

    @property
    def said(self) -> Said:
        return _SAID.get(tuple(part.strip(BLANK).strip('"') for part in self.value.split(",")), "invalid")


def read(data: bytes | None) -> IniText:
    """Read a template. Where there is none, or an empty file, that is an empty text in the encoding of Windows.

    Raises:
        GroupPolicyError: this is no template.
    """
    if not data:
        return IniText((), UTF_16)
    text = decode(data, FILE_NAME)
    if _lacks_sections(text):
        raise GroupPolicyError(f"{FILE_NAME} is not a security template: it has no section", RESTORE)
    return text


def _lacks_sections(text: IniText) -> bool:
    content = [line for line in text.lines if not is_blank(line) and not is_comment(line)]
    return bool(content) and all(header(line) is None for line in content)


def said(text: IniText) -> dict[Setting, Said]:
    """Return the state of each setting in a template."""
    return {setting: _said(text, setting) for setting in SETTINGS}


def lacks_version(text: IniText) -> bool:
    """Whether a template has content but not the section by which Windows knows an INF file."""
    return bool(text.lines) and not text.has_section("version")


def edited(text: IniText, wanted: t.Mapping[Setting, Wanted]) -> IniText:
    """Bring the settings named in ``wanted`` into a state. What already says so is left as it is.

    One line is changed, added or removed for each; a section that it needs is made, and one that it leaves empty goes.
    """
    for setting, state in wanted.items():
        if _said(text, setting) == state:
            continue
        text = _removed(text, setting) if state == "not_defined" else _defined(text, setting, _VALUES[state])
    return text


def write(text: IniText) -> bytes:
    """The bytes of a template."""
    return encode(text)


def _said(text: IniText, setting: Setting) -> Said:
    """Return the state that all its lines give. Which of two that disagree Windows takes is not documented."""
    states = {definition.said for definition in _definitions(text, setting)}
    return "invalid" if len(states) > 1 else next(iter(states), "not_defined")


def _definitions(text: IniText, setting: Setting) -> list[_Definition]:
    lines = (_definition(index, line, setting) for index, section, line in text.section_at() if section == _SECTION)
    return [definition for definition in lines if definition]


def _definition(index: int, line: str, setting: Setting) -> _Definition | None:
    key, equals, rest = line.partition("=")
    if not equals or key.strip(BLANK).strip('"').lower() != REGISTRY_VALUES[setting].lower():
        return None
    content = rest[: _comment_at(rest)].rstrip(BLANK + "\r\n")
    value = content.lstrip(BLANK)
    return _Definition(index, key + equals + content[: len(content) - len(value)], value, rest[len(content) :])


def _comment_at(rest: str) -> int:
    """Where a comment begins: at a semicolon outside quotes."""
    quoted = False
    for position, character in enumerate(rest):
        quoted ^= character == '"'
        if character == ";" and not quoted:
            return position
    return len(rest)


def _defined(text: IniText, setting: Setting, value: str) -> IniText:
    definitions = _definitions(text, setting)
    if not definitions:
        return _added(text, f"{REGISTRY_VALUES[setting]}={value}")
    first, *others = definitions
    text = text.replaced(first.line, first.head + value + first.tail)
    return text.without({other.line for other in others})


def _added(text: IniText, line: str) -> IniText:
    """Add a line at the beginning of the section, where no line before it can be continued by it."""
    for index, existing in enumerate(text.lines):
        if header(existing) == _SECTION:
            return text.inserted_after(index, line)
    if not text.lines:
        return text.appended(*_PREAMBLE, _HEADER, line)
    version = _VERSION if lacks_version(text) else ()
    return text.appended(*version, _HEADER, line)


def _removed(text: IniText, setting: Setting) -> IniText:
    gone = {definition.line for definition in _definitions(text, setting)}
    left = text.without(gone | _emptied(text, gone))
    return text.without(gone) if _lacks_sections(left) else left  # or nobody would take it for a template any more


def _emptied(text: IniText, gone: set[int]) -> set[int]:
    """The lines of sections of which nothing is left without those in ``gone``: header and blank lines."""
    emptied: set[int] = set()
    for lines in _sections(text):
        left = [index for index in lines[1:] if index not in gone and not is_blank(text.lines[index])]
        if not left and gone & {*lines}:
            emptied |= {*lines}
    return emptied


def _sections(text: IniText) -> t.Iterator[list[int]]:
    """The indexes of the lines of each section, header first. What is before the first header is in none."""
    headers = [index for index, line in enumerate(text.lines) if header(line) is not None]
    for begin, end in zip(headers, [*headers[1:], len(text.lines)], strict=True):
        yield list(range(begin, end))


def from_text(content: str) -> IniText:
    """A template that was read by somebody else: text with or without the byte order mark."""
    return read(("\ufeff" + content.removeprefix("\ufeff")).encode("utf-16-le", "surrogatepass"))


def to_text(text: IniText) -> str:
    """The text of a template, with the byte order mark and the line ends of Windows: to be stored as UTF-16LE."""
    lines = text.lines or tuple(f"{line}\r\n" for line in _PREAMBLE)
    return "\ufeff" + "".join(lines)
