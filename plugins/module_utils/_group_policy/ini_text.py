# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Files in the form of an INF or INI, as lines that keep every byte. Pure.

They are edited in place, never parsed and written anew: what is not understood stays as it is.
"""

from __future__ import annotations

import re
import typing as t

from .errors import GroupPolicyError

#: What INF and INI files take for blank. Python would also take a no-break space, which is part of a name there.
BLANK = " \t"
#: What to do about a damaged file.
RESTORE: t.Final = (
    "Restore it from a backup of the GPO, or open the GPO in the Group Policy Management Editor and save it."
)
_LINE_ENDS = "\r\n"
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Encoding(t.NamedTuple):
    """How text is stored: the mark at the beginning, and a codec that loses no byte."""

    mark: bytes
    codec: str


#: What Windows writes and MS-GPSB 2.2 asks for.
UTF_16: t.Final = Encoding(b"\xff\xfe", "utf-16-le")
#: Of a code page or UTF-8 the ASCII characters are all that is read here: each other byte is kept as one character.
ASCII_AND_BYTES: t.Final = Encoding(b"", "latin-1")
_MARKED = (UTF_16, Encoding(b"\xfe\xff", "utf-16-be"), Encoding(b"\xef\xbb\xbf", "latin-1"))


class IniText(t.NamedTuple):
    """The lines of a file, each with its end, and how they are stored."""

    lines: tuple[str, ...]
    encoding: Encoding

    @property
    def line_end(self) -> str:
        """The end of the first line that has one, for lines that are added."""
        return next((end for end in map(end_of, self.lines) if end), "\r\n")

    def section_at(self) -> t.Iterator[tuple[int, str, str]]:
        """Each line: its index, the section it is in, in lower case, and itself. A header is in its own section."""
        section = ""
        for index, line in enumerate(self.lines):
            begun = header(line)
            section = section if begun is None else begun
            yield index, section, line

    def has_section(self, name: str) -> bool:
        return any(header(line) == name for line in self.lines)

    def appended(self, *lines: str) -> IniText:
        """Add lines at the end. If the last line had no end, the new last one has none either."""
        end = self.line_end
        if not self.lines or end_of(self.lines[-1]):
            return self._replace(lines=(*self.lines, *(line + end for line in lines)))
        *kept, last = self.lines
        *ended, open_end = (last, *lines)
        return self._replace(lines=(*kept, *(line + end for line in ended), open_end))

    def inserted_after(self, index: int, line: str) -> IniText:
        """Add a line after another, with the same end: another could join with the line behind, as \\r does with \\n.

        If the line before was the last and had no end, it gets one, and the new one has none.
        """
        previous = self.lines[index]
        end = end_of(previous)
        pair = (previous, line + end) if end else (previous + self.line_end, line)
        return self._replace(lines=(*self.lines[:index], *pair, *self.lines[index + 1 :]))

    def replaced(self, index: int, line: str) -> IniText:
        return self._replace(lines=(*self.lines[:index], line, *self.lines[index + 1 :]))

    def without(self, indexes: t.Container[int]) -> IniText:
        return self._replace(lines=tuple(line for index, line in enumerate(self.lines) if index not in indexes))


def decode(data: bytes, name: str) -> IniText:
    """Read a file. ``name`` is what an error calls it.

    Raises:
        GroupPolicyError: it ends within a character.
    """
    encoding = _encoding_of(data)
    try:
        text = data[len(encoding.mark) :].decode(encoding.codec, "surrogatepass")
    except UnicodeDecodeError:
        raise GroupPolicyError(f"{name} is damaged: it ends within a character", RESTORE) from None
    return IniText(split(text), encoding)


def encode(text: IniText) -> bytes:
    """The bytes of a file; of one that was not changed, exactly those that were read."""
    return text.encoding.mark + "".join(text.lines).encode(text.encoding.codec, "surrogatepass")


def split(text: str) -> tuple[str, ...]:
    """Lines with their ends. ``str.splitlines`` would split at characters that are part of a line here."""
    return tuple(_LINES.findall(text))


def end_of(line: str) -> str:
    return line[len(line.rstrip(_LINE_ENDS)) :]


def header(line: str) -> str | None:
    """The name of the section that a line begins, in lower case: names differ in case only between their writers."""
    text = line.strip(BLANK + _LINE_ENDS)
    if not text.startswith("[") or "]" not in text:
        return None
    return text[1 : text.index("]")].lower()


def is_blank(line: str) -> bool:
    return not line.strip(BLANK + _LINE_ENDS)


def is_comment(line: str) -> bool:
    return line.lstrip(BLANK).startswith(";")


def _encoding_of(data: bytes) -> Encoding:
    for encoding in _MARKED:
        if data.startswith(encoding.mark):
            return encoding
    # Without a mark, the text of these files still begins with an ASCII character.
    if data[1:2] == b"\0":
        return UTF_16._replace(mark=b"")
    return Encoding(b"", "utf-16-be") if data[:1] == b"\0" else ASCII_AND_BYTES
