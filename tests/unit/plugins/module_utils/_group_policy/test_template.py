# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The editor of security templates: what it reads, that it changes one line, and what others have corrupted."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.errors import GroupPolicyError
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.ini_text import decode, encode
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.settings import (
    REGISTRY_VALUES,
    SETTINGS,
    Said,
    Setting,
    Wanted,
)
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.template import (
    edited,
    from_text,
    lacks_version,
    read,
    said,
    to_text,
    write,
)

LINE = REGISTRY_VALUES["use_machine_id"]
ENCODINGS = {
    "Windows": ("utf-16-le", b"\xff\xfe"),
    "no mark": ("utf-16-le", b""),
    "big endian": ("utf-16-be", b"\xfe\xff"),
    "big endian, no mark": ("utf-16-be", b""),
    "UTF-8": ("utf-8", b"\xef\xbb\xbf"),
    "Samba": ("utf-8", b""),
    "ANSI": ("cp1252", b""),
}
#: What parsers of others lose or reject: services without an equals sign, keys with colons, repeated keys and sections,
#: comments, commas in strings, section names in lower case.
LIVELY = """\
; made by hand \xe9
[Unicode]
Unicode=yes
[Version]
signature="$CHICAGO$"
Revision=1

[Service General Setting]
"WinRM",2,""
[File Security]
"C:\\Program Files\\x",0,"D:PAR(A;OICI;FA;;;BA)"
c:\\temp=0
c:\\temp=1
[registry values]  ; policies
MACHINE\\Software\\Legal=7,First\xe4, line,"second, with comma"
MACHINE\\Software\\Legal=7,again

[System Access]
MinimumPasswordLength = 14
[System Access]
LockoutBadCount = 5
[Profile Description]
Description=\xfcber
"""


def stored(text: str, encoding: str = "Windows", end: str = "\r\n") -> bytes:
    codec, mark = ENCODINGS[encoding]
    return mark + text.replace("\n", end).encode(codec)


def edit(data: bytes | None, use_machine_id: Wanted) -> bytes:
    return write(edited(read(data), {"use_machine_id": use_machine_id}))


def template(*lines: str) -> bytes:
    text = '[Unicode]\nUnicode=yes\n[Version]\nsignature="$CHICAGO$"\nRevision=1\n[Registry Values]\n'
    return stored(text + "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_one_line_is_added_and_removed_and_no_other_byte_changes(encoding: str, end: str) -> None:
    before = stored(LIVELY, encoding, end)
    header = "[registry values]  ; policies\n"
    after = edit(before, use_machine_id="enabled")
    assert after == stored(LIVELY.replace(header, f"{header}{LINE}=4,1\n"), encoding, end)
    changed = edit(after, use_machine_id="disabled")
    assert changed == stored(LIVELY.replace(header, f"{header}{LINE}=4,0\n"), encoding, end)
    assert edit(changed, use_machine_id="not_defined") == before


READ: list[tuple[list[str], Said]] = [
    ([], "not_defined"),
    ([f"{LINE}=4,1"], "enabled"),
    ([f"{LINE}=4,0"], "disabled"),
    ([f"  {LINE.upper()} = 4 , 1  ; as CIS wants"], "enabled"),
    ([f'"{LINE.lower()}"=4,"0"'], "disabled"),
    ([f"{LINE}=4,2"], "invalid"),
    ([f"{LINE}=3,1"], "invalid"),
    ([f'{LINE}=1,"1"'], "invalid"),
    ([f"{LINE}=4"], "invalid"),
    ([f"{LINE}="], "invalid"),
    ([f"{LINE}=4,1,1"], "invalid"),
    ([f";{LINE}=4,1"], "not_defined"),
    ([LINE], "not_defined"),
    ([f"{LINE}x=4,1", f"x{LINE}=4,1"], "not_defined"),
    ([f"{LINE}=4,1", "[Other]", f"{LINE}=4,0"], "enabled"),
    ([f"{LINE}=4,1", "[System Access]", f"{LINE}=4,0"], "enabled"),
    ([f"{LINE}=4,1", "[Other]", "[registry VALUES]", f"{LINE.upper()}=4,1"], "enabled"),
    ([f"{LINE}=4,1", f"{LINE}=4,0"], "invalid"),
    (["[Other", f"{LINE}=4,1"], "enabled"),
    (["Other]", f"{LINE}=4,1"], "enabled"),
]


@pytest.mark.parametrize(("lines", "state"), READ)
def test_what_a_template_says(lines: list[str], state: Said) -> None:
    assert said(read(template(*lines))) == {"use_machine_id": state, "null_session_fallback": "not_defined"}


@pytest.mark.parametrize("wanted", ["enabled", "disabled", "not_defined"])
@pytest.mark.parametrize("lines", [lines for lines, _state in READ])
def test_each_state_is_reached_from_each_and_stays(lines: list[str], wanted: Wanted) -> None:
    after = edit(template(*lines), use_machine_id=wanted)
    assert said(read(after))["use_machine_id"] == wanted
    assert edit(after, use_machine_id=wanted) == after


@pytest.mark.parametrize("value", ["4,0", "x", '1,"a;b"', '"; x"'])
def test_what_is_written_around_a_value_stays(value: str) -> None:
    before = template(f' "{LINE.upper()}" =  {value}\t; why "not"; so')
    assert edit(before, use_machine_id="enabled") == template(f' "{LINE.upper()}" =  4,1\t; why "not"; so')


def test_a_value_that_says_so_already_stays_as_it_is_written() -> None:
    before = template(f"{LINE} = 4 , 1")
    wanted = t.cast(Wanted, "".join(["en", "abled"]))
    assert edit(before, use_machine_id=wanted) == before


def test_both_settings_are_edited_whether_one_is_right_already_or_not() -> None:
    other = REGISTRY_VALUES["null_session_fallback"]
    wanted: dict[Setting, Wanted] = {"use_machine_id": "enabled", "null_session_fallback": "disabled"}
    for before in ([], [f"{LINE}=4,1"], [f"{other}=4,0"], [f"{LINE}=4,0", f"{other}=4,1"]):
        assert said(edited(read(template(*before)), wanted)) == wanted


def test_a_new_template_is_what_the_specification_says() -> None:
    assert edit(None, use_machine_id="enabled") == edit(b"", use_machine_id="enabled") == template(f"{LINE}=4,1")
    assert edit(None, use_machine_id="not_defined") == b"\xff\xfe"


def test_a_section_goes_with_its_last_line_only() -> None:
    begin = '[Version]\nsignature="$CHICAGO$"\n'
    rest = "[System Access]\nLockoutBadCount = 5\n"
    for kept in ("; a comment\n", "MACHINE\\Software\\x=4,1\n"):
        text = f"{begin}[Registry Values]\n{{}}{kept}{rest}"
        before = stored(text.format(f"{LINE}=4,1\n"))
        assert edit(before, use_machine_id="not_defined") == stored(text.format(""))
        text = f"{begin}[Registry Values]\n{kept}{{}}{rest}"
        before = stored(text.format(f"{LINE}=4,1\n"))
        assert edit(before, use_machine_id="not_defined") == stored(text.format(""))
    before = stored(f"{begin}[Registry Values]\n\n{LINE}=4,1\n\n{rest}")
    assert edit(before, use_machine_id="not_defined") == stored(begin + rest)
    # An empty section that nothing was taken from stays.
    before = stored(f"{begin}[Registry Values]\n[Registry Values]\n{LINE}=4,1\n{rest}")
    assert edit(before, use_machine_id="not_defined") == stored(f"{begin}[Registry Values]\n{rest}")


def test_the_only_section_stays_where_the_rest_would_be_no_template() -> None:
    """Found by fuzzing: a line that is in no section was left alone, and the next run refused the template."""
    before = stored(f"Revision=1\n[Registry Values]\n{LINE}=4,1\n")
    after = edit(before, use_machine_id="not_defined")
    assert after == stored("Revision=1\n[Registry Values]\n")
    assert edit(after, use_machine_id="not_defined") == after


def test_a_line_that_is_added_does_not_join_with_the_line_end_behind_it() -> None:
    """Found by fuzzing: the first line ends in a carriage return, and a bare line feed follows the section."""
    text = read("[Unicode]\rx=1\r\n[Registry Values]\r\n\n".encode("utf-16"))
    added = edited(text, {"use_machine_id": "enabled"})
    assert added.lines == (*text.lines[:-1], f"{LINE}=4,1\r\n", "\n")
    assert read(write(added)) == added


def test_a_missing_last_line_end_stays_missing() -> None:
    begin = '[Version]\nsignature="$CHICAGO$"'
    assert edit(stored(begin), use_machine_id="enabled") == stored(f"{begin}\n[Registry Values]\n{LINE}=4,1")
    before = stored(f"{begin}\n[Registry Values]")
    assert edit(before, use_machine_id="enabled") == stored(f"{begin}\n[Registry Values]\n{LINE}=4,1")


def test_a_file_of_samba_gets_the_version_by_which_windows_knows_it() -> None:
    """``samba-tool gpo manage security set`` writes neither that section nor a byte order mark."""
    before = b"[System Access]\nPasswordComplexity = 1\n"
    assert lacks_version(read(before))
    after = edit(before, use_machine_id="enabled")
    added = f'[Version]\nsignature="$CHICAGO$"\nRevision=1\n[Registry Values]\n{LINE}=4,1\n'
    assert after == before + added.encode()
    assert not lacks_version(read(after))


@pytest.mark.parametrize("data", [b"PReg\x01\0\0\0", b"<html>", b"\xff\xfe[\0V"])
def test_a_text_that_is_not_a_template_is_refused(data: bytes) -> None:
    with pytest.raises(GroupPolicyError, match=r"not a security template|damaged") as refused:
        edit(data, use_machine_id="enabled")
    assert refused.value.next_step


def test_a_file_of_comments_and_blank_lines_is_a_template_that_says_nothing() -> None:
    assert set(said(read(b"; by hand\r\n\r\n \t\r\n")).values()) == {"not_defined"}


def test_a_long_line_takes_no_time() -> None:
    line = f"{LINE}=4,{' ' * 200_000}x{' ' * 200_000}"
    assert said(read(template(line)))["use_machine_id"] == "invalid"


def test_text_goes_through_the_filters_unchanged() -> None:
    assert to_text(from_text(LIVELY)) == "\ufeff" + LIVELY
    assert to_text(read(None)).encode("utf-16-le") == template()[: -len("[Registry Values]\r\n") * 2]


# --- properties ------------------------------------------------------------------------------------------------------

ends = st.sampled_from(["\r\n", "\n", "\r"])
names = st.sampled_from(["Registry Values", "registry values", "System Access", "Version", "File Security", ""])
texts = st.text(st.characters(codec="utf-16-le", exclude_characters="\r\n"), max_size=30)
values = st.sampled_from(["4,1", "4,0", " 4 , 1 ; x", "4,9", "", '3,"a;b"'])
lines = st.one_of(
    texts,
    names.map(lambda name: f"[{name}]"),
    st.builds("{}={}".format, st.sampled_from([*REGISTRY_VALUES.values(), LINE.lower(), f'"{LINE}"', "x"]), values),
)
templates = st.builds(
    lambda body, last: "[Version]\r\n" + "".join(itertools.chain(*body)) + last, st.lists(st.tuples(lines, ends)), lines
)


STATES: tuple[Wanted, ...] = t.get_args(Wanted)


@given(text=templates, setting=st.sampled_from(SETTINGS), wanted=st.sampled_from(STATES))
def test_lines_of_others_are_never_touched(text: str, setting: Setting, wanted: Wanted) -> None:
    """Without the lines that define the setting, and a section that comes or goes with them, all is as it was."""
    before = read(b"\xff\xfe" + text.encode("utf-16-le"))
    after = edited(before, {setting: wanted})
    assert said(after) == {**said(before), setting: wanted}
    assert edited(after, {setting: wanted}) == after

    def foreign(lines: tuple[str, ...]) -> list[str]:
        key = REGISTRY_VALUES[setting].lower()
        bare = [line.strip("\r\n") for line in lines]
        rest = [line for line in bare if key not in line.lower()]
        return [line for line in rest if line.strip(" \t") and line.strip(" \t").lower() != "[registry values]"]

    assert foreign(after.lines) == foreign(before.lines)
    if said(before)[setting] == "not_defined" and wanted != "not_defined":
        assert len(after.lines) - len(before.lines) in (1, 2)


def test_a_single_character_is_a_line() -> None:
    assert decode(b";", "a file").lines == (";",)


@given(st.binary(max_size=80), st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]))
def test_bytes_that_are_read_are_written_again(data: bytes, mark: bytes) -> None:
    try:
        text = decode(mark + data, "a file")
    except GroupPolicyError:
        return
    assert encode(text) == mark + data
