# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The format: what was sent comes back from a file as it was, and requests are told apart as hosts tell them apart."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.requests import (
    RequestOptions,
    enumerate_wql,
    invoke,
    pull,
)
from ansible_collections.winsec.lsa.tests.transcripts.transcript import (
    Exchange,
    Finding,
    Request,
    Transcript,
    dump,
    lines_of,
    load,
    output_of,
    request_of,
    same,
)

OPTIONS = RequestOptions("http://host:5985/wsman")
WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi"
#: Whatever a body can be once its bytes were decoded; lone surrogates it can't be.
BODY = st.text(st.characters(exclude_categories=["Cs"])) | st.from_regex(r"\A[ \n\t\r<>a:#'\"-]*\Z")


@given(BODY, st.binary(), BODY)
@example("\x85", b"\x85", "\u2028\u2029")  # ends of lines to YAML, letters in code pages
def test_a_transcript_comes_back_from_its_file(body: str, output: bytes, text: str) -> None:
    exchanges = [
        Exchange({"invoke": "root/cimv2/A/B", "parameters": {"name": text}}, {"status": 200, "body": f"<a>{body}"}),
        Exchange({"run": "reg.exe query"}, {"exit_status": 0, "stdout": lines_of(output), "stderr": [""]}),
    ]
    findings = [Finding({"read": "HKLM\\a\\b"}, {"type": "REG_SZ", "data": text}), Finding({"facts": None}, None)]
    transcript = Transcript({"source": text}, exchanges, findings)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "transcript.yml")
        file.write_text(dump(transcript), encoding="utf-8", newline="")
        assert load(file) == transcript


@given(st.binary())
def test_output_is_kept_byte_by_byte(output: bytes) -> None:
    assert output_of(lines_of(output)) == output


@pytest.mark.parametrize(
    ("envelope", "request_"),
    [
        (
            invoke(OPTIONS, f"{WMI}/root/cimv2/StdRegProv", "EnumKey", {"hDefKey": 2147483650, "sSubKeyName": "a & b"}),
            {
                "invoke": "root/cimv2/StdRegProv/EnumKey",
                "parameters": {"hDefKey": "2147483650", "sSubKeyName": "a & b"},
            },
        ),
        (
            enumerate_wql(OPTIONS, "root/cimv2", "SELECT A FROM B"),
            {"query": "SELECT A FROM B", "namespace": "root/cimv2"},
        ),
        (pull(OPTIONS, "root/cimv2", "uuid:1"), {"pull": "uuid:1", "namespace": "root/cimv2"}),
    ],
)
def test_a_request_is_read_from_its_envelope(envelope: tuple[str, bytes], request_: Request) -> None:
    message_id, sent = envelope
    assert request_of(sent) == (request_, message_id)


def _invoked(name: str) -> Request:
    return {"invoke": "root/cimv2/StdRegProv/GetDWORDValue", "parameters": {"sValueName": name}}


def _queried(query: str) -> Request:
    return {"query": query, "namespace": "root/cimv2"}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (_invoked("UseMachineId"), _invoked("usemachineid"), True),
        (_invoked("UseMachineId"), _invoked("UseMachineIdX"), False),
        (_queried("SELECT Version FROM Win32_OperatingSystem"), _queried("select * from win32_operatingsystem"), True),
        (_queried("SELECT Version FROM Win32_OperatingSystem"), _queried("SELECT Version FROM Win32_Process"), False),
        (
            {"run": 'reg.exe query "HKLM\\A" & reg.exe query "HKLM\\B"'},
            {"run": "reg.exe query 'hklm\\a'; reg.exe query 'hklm\\b'"},
            True,
        ),
        ({"run": "reg.exe query HKLM"}, {"run": "reg.exe query HKLM /reg:64"}, False),
    ],
)
def test_requests_are_the_same_as_a_host_sees_them(one: Request, other: Request, alike: bool) -> None:
    assert (same(one) == same(other)) == alike
