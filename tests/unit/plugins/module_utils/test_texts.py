# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing that a host can say comes through as anything but a line to read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.module_utils._texts import shown, visible
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Le systčme ne trouve pas la clé.", "Le systčme ne trouve pas la clé."),
        ("キーが見つかりません", "キーが見つかりません"),
        ("ไม่พบคีย์", "ไม่พบคีย์"),
        ("e\u0301 \U0001f512", "e\u0301 \U0001f512"),
        ("\x1b[2J\x07\x7f", r"\x1b[2J\x07\x7f"),
        ("\x9b31m\x85", r"\x9b31m\x85"),
        ("safe\u202egnp.exe\u2066\u061c", r"safe\u202egnp.exe\u2066\u061c"),
        ("a\u200bb\u200d\ufeff\u00ad\u2060", r"a\u200bb\u200d\ufeff\xad\u2060"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("\u034f\u115f\u3164\ufe0f\U000e0100\U000e0041", r"\u034f\u115f\u3164\ufe0f\U000e0100\U000e0041"),
        ("\ud800\ue000", r"\ud800\ue000"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, seen: str) -> None:
    assert visible(text) == shown(text) == seen


def test_a_sentence_is_one_line_and_data_keep_their_blanks() -> None:
    assert shown("  one\r\n\ttwo\u00a0\u3000three ") == "one two three"
    assert visible("one  two\r\n") == r"one  two\r\n"


@pytest.mark.parametrize("text", ["x" * 3_000_000, "\x9b" * 3_000_000, " " * 3_000_000 + "x" * 501])
def test_what_is_long_is_cut(text: str) -> None:
    assert len(shown(text)) == 503
    assert shown(text).endswith("...")
    assert shown("x" * 500) == "x" * 500


ANY = st.text(st.characters() | st.sampled_from("\x9b\x1b\u202e\u2028\u200b\u3164\r\n\t"))


@given(ANY)
def test_no_text_steers_a_terminal(text: str) -> None:
    assert shown(text).isprintable()
    assert visible(text).isprintable()
    assert shown(shown(text)) == shown(text)


@given(ANY | st.lists(ANY), st.sampled_from(["REG_SZ", "REG_MULTI_SZ", "type 77"]))
def test_no_data_do_either(data: str | list[str], type_: str) -> None:
    value = RegistryValue(type_, data).cleaned(str)
    texts = value.data if isinstance(value.data, list) else [value.data]
    assert all(isinstance(text, str) and text.isprintable() for text in texts)
    assert str(value).isprintable()
    assert len(str(value)) <= 83


@pytest.mark.parametrize("data", ["1", "a  b", "{{ 1 }}", "ä\\x9b", 7, None, ["a", ""], [0, 255], "x" * 1024])
def test_data_that_can_be_seen_stay_as_they_are(data: str | int | list[str] | list[int] | None) -> None:
    assert RegistryValue("REG_SZ", data).cleaned(str) == RegistryValue("REG_SZ", data)


@pytest.mark.parametrize("data", ["x" * 1025, ["x"] * 1025, [0] * 1025, ["x" * 600, "x" * 600]])
def test_data_without_end_are_not_shown(data: str | list[str] | list[int]) -> None:
    value = RegistryValue("REG_SZ", data).cleaned(str)
    assert value == RegistryValue("REG_SZ", None)
    assert str(value) == "REG_SZ"


def test_a_secret_in_data_is_masked() -> None:
    def mask(text: str) -> str:
        return text.replace("swordfish", "***")

    assert RegistryValue("REG_SZ", "swordfish").cleaned(mask) == RegistryValue("REG_SZ", "***")
    assert RegistryValue("REG_MULTI_SZ", ["a", "swordfish"]).cleaned(mask) == RegistryValue(
        "REG_MULTI_SZ", ["a", "***"]
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (RegistryValue("REG_SZ", "1"), "REG_SZ '1'"),
        (RegistryValue("REG_MULTI_SZ", ["a", "b"]), "REG_MULTI_SZ ['a', 'b']"),
        (RegistryValue("REG_BINARY", [1, 255]), "REG_BINARY [1, 255]"),
        (RegistryValue("REG_NONE", None), "REG_NONE"),
        (RegistryValue("REG_DWORD", None), "REG_DWORD whose data has not four bytes"),
        (RegistryValue("REG_SZ", "\x9b\n"), r"REG_SZ '\x9b '"),
    ],
)
def test_a_value_in_a_sentence(value: RegistryValue, text: str) -> None:
    assert str(value) == text
