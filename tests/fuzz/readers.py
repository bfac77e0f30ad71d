# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every reader of foreign data: what it is given, what it may refuse it with, and inputs to begin with.

A reader takes any bytes. It returns, or raises one of the errors that it documents; anything else is a defect. What is
true of every input is asserted in it.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import typing as t
from pathlib import Path

from ansible_collections.winsec.lsa.plugins.module_utils._group_policy import extensions, gpt_ini, links, template
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.errors import GroupPolicyError
from ansible_collections.winsec.lsa.plugins.module_utils._texts import shown, visible
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.csv import to_csv
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.document import Writer, build, read_source
from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.records import ReportError
from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.entries import Begin, JournalError, entry_of, line_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._journal.runs import runs_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.settings import SETTINGS, VALUE_NAMES
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reg_exe_output import Output as RegExeOutput
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.reg_exe_version import version_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.rsop import Rsop
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.wmi_errors import as_host_error
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.faults import Fault
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.requests import RequestOptions
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.responses import (
    NotWsman,
    Output,
    body_of,
    check_answer,
    message_id_of,
    page_of,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.session import HttpResponse, Session
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils import envelopes

LSA, MSV1_0 = VALUE_NAMES["use_machine_id"], VALUE_NAMES["null_session_fallback"]

#: Inputs that once were a defect, by reader.
FOUND = Path(__file__).parent / "found"


class Reader(t.NamedTuple):
    """A reader, the errors that it documents, and inputs that it can read."""

    read: t.Callable[[bytes], None]
    refusals: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]

    def try_to_read(self, data: bytes) -> None:
        """Raises what the reader may not raise."""
        with contextlib.suppress(*self.refusals):
            self.read(data)


def answer(data: bytes) -> None:
    """An answer to a call or to a query."""
    check_answer(data, envelopes.MESSAGE_ID)
    element = body_of(data, envelopes.MESSAGE_ID)
    try:
        output = Output(element, "EnumValues")
    except NotWsman:
        page_of(element)
        return
    for name in ("uValue", "ReturnValue"):
        number = output.number(name)
        assert number is None or 0 <= number < 2**32
    output.array("sNames")
    output.text("sValue")


def fault(data: bytes) -> None:
    """A fault, up to the sentence that the user sees."""
    try:
        with as_host_error("reading a value", str):
            body_of(data, envelopes.MESSAGE_ID)
    except HostError as exc:
        text = str(exc)
        assert text == visible(text)
        assert len(text) < 3000
        raise


class _Channel:
    """Answers each query with the same bytes, which name the request."""

    options = RequestOptions("http://srv01:5985/wsman", 60)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def send(self, envelope: bytes) -> HttpResponse:
        return HttpResponse(200, self._data.replace(envelopes.MESSAGE_ID.encode(), message_id_of(envelope).encode()))

    def pause(self, _seconds: float) -> bool:
        return False


def rsop(data: bytes) -> None:
    """Read the log of RSoP."""
    found = Rsop(Session(t.cast(t.Any, _Channel(data))), lambda _key: frozenset({LSA.name}), str)
    found.gpos()
    found.extensions()
    for entry in found.entries([LSA, MSV1_0]).entries:
        assert entry.gpo == visible(entry.gpo)


def reg_exe(data: bytes) -> None:
    """Read the output of ``reg.exe``, in whatever code page."""
    output = RegExeOutput(data)
    version_of(output)
    for key, name in (LSA, MSV1_0):
        output.names(key)
        output.names_below(key)
        output.shows(name)
        for value in (output.alone(key, name), output.stated_twice(key, name)):
            if value is not None:
                assert str(value) == shown(str(value))


def security_template(data: bytes) -> None:
    """GptTmpl.inf: what is not asked for stays, byte by byte."""
    text = template.read(data)
    assert template.write(text) == data or not data  # an empty one becomes a new one
    template.said(text)
    for setting in SETTINGS:
        edited = template.edited(text, {setting: "enabled"})
        assert template.said(edited)[setting] == "enabled"
        assert template.read(template.write(edited)) == edited
        assert template.edited(edited, {setting: "enabled"}) == edited


def gpt(data: bytes) -> None:
    """GPT.INI."""
    gpt_ini.version(data)
    assert gpt_ini.version(gpt_ini.with_version(data, 7)) == 7


def extension_list(data: bytes) -> None:
    """gPCMachineExtensionNames."""
    names = data.decode("utf-8", "replace")
    merged = extensions.with_security(names)
    assert extensions.names_security(merged)
    assert extensions.with_security(merged) == merged


def link_list(data: bytes) -> None:
    """gPLink."""
    container = links.container("OU=Servers,DC=example,DC=com", data.decode("utf-8", "replace"), len(data) % 2)
    links.applied([container])


def report(data: bytes) -> None:
    """report.json, or lines of records."""
    document = build([read_source("file", data.decode("utf-8", "replace"))], Writer("1", "2", None, None, ()))
    to_csv(document)
    assert read_source("file", json.dumps(document)).records == document["hosts"]


def journal(data: bytes) -> None:
    """A journal."""
    entries = [entry_of(line, "Line 1") for line in data.split(b"\n")]
    for entry in entries:
        if entry is not None:
            assert entry_of(line_of(entry).rstrip(b"\n"), "Line 1") == entry
    for run in runs_of(entries):
        assert set(run.interrupted()) <= set(run.hosts())


def _reg_exe(text: str, encoding: str) -> bytes:
    return text.replace("\n", "\r\n").encode(encoding)


def _rsop_item(**properties: str) -> str:
    inner = "".join(f"<p:{name}>{text}</p:{name}>" for name, text in properties.items())
    items = f'<p:RSOP_SecuritySettingNumeric xmlns:p="urn:any">{inner}</p:RSOP_SecuritySettingNumeric>'
    rest = f"<w:Items>{items}</w:Items><w:EndOfSequence/>"
    return f"<n:EnumerateResponse><n:EnumerationContext/>{rest}</n:EnumerateResponse>"


_LISTED = rf"""
HKEY_LOCAL_MACHINE\{LSA.key}
    {LSA.name}    REG_DWORD    0x1
    Größe    REG_SZ    日本
    CurrentBuildNumber    REG_SZ    20348

HKEY_LOCAL_MACHINE\{MSV1_0.key}
"""
_TEMPLATE = rf"""[Unicode]
Unicode=yes
[Version]
signature="$CHICAGO$"
Revision=1
[Registry Values]
MACHINE\{LSA.key}\{LSA.name}=4,1
; a comment
"""
_SECURITY = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"
_LINK = "[LDAP://cn={6AC1786C-016F-11D2-945F-00C04FB984F9},cn=policies,cn=system,DC=example,DC=com;2]"
_NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
_BEGIN = Begin(
    *("c1", "r1", _NOW, None, "alice", "ctl01", "srv01"),
    before={"use_machine_id": None, "null_session_fallback": dword(0)},
    wanted={"use_machine_id": dword(1), "null_session_fallback": dword(0)},
)
_RECORD = json.dumps({"host": "srv01", "verdict": "failed", "reason": "No.", "started": _NOW, "finished": _NOW})

READERS: dict[str, Reader] = {
    "answer": Reader(
        answer,
        (NotWsman, Fault),
        (
            envelopes.envelope(envelopes.output("EnumValues", ("uValue", "1"), ("ReturnValue", "0"))),
            envelopes.envelope(envelopes.output("EnumValues", ("sNames", "a"), ("sNames", None), ("sValue", "x"))),
            envelopes.envelope(_rsop_item(Version="10.0.20348", ProductType="3")),
        ),
    ),
    "fault": Reader(
        fault,
        (HostError,),
        tuple(
            envelopes.envelope(envelopes.fault(subcode, envelopes.wsman_fault(code, "No.")))
            for subcode, code in (("w:AccessDenied", 5), ("w:QuotaLimit", 2150859173), ("x", "-1"))
        ),
    ),
    "rsop": Reader(
        rsop,
        (NotWsman, Fault, HostError),
        (
            envelopes.envelope(
                _rsop_item(
                    Path="MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\UseMachineId",
                    Type="4",
                    Data="1",
                    precedence="1",
                    GPOID="CN=x",
                    creationTime="2026-01-05T06:30:00Z",
                )
            ),
            envelopes.envelope(_rsop_item(registryKey=LSA.key, valueName=LSA.name, valueType="4", value="1")),
            envelopes.envelope(_rsop_item(id="CN=x", name="Servers", enabled="true")),
        ),
    ),
    "reg_exe": Reader(
        reg_exe,
        (HostError,),
        (
            _reg_exe(_LISTED, "utf-8"),
            _reg_exe(_LISTED, "utf-16"),
            _reg_exe(_LISTED, "shift_jis_2004"),
            _reg_exe(_LISTED.replace("日本", "é"), "cp850"),
            _reg_exe(_LISTED.replace("日本", "é"), "cp1252"),
        ),
    ),
    "security_template": Reader(
        security_template,
        (GroupPolicyError,),
        tuple(_TEMPLATE.replace("\n", "\r\n").encode(encoding) for encoding in ("utf-16", "utf-8", "utf-8-sig")),
    ),
    "gpt_ini": Reader(gpt, (GroupPolicyError,), (b"[General]\r\nVersion=65537\r\ndisplayName=x\r\n", b"")),
    "extensions": Reader(extension_list, (GroupPolicyError,), (_SECURITY.encode(), (_SECURITY * 2).lower().encode())),
    "links": Reader(link_list, (GroupPolicyError,), (_LINK.encode(), (_LINK * 2).encode())),
    "report": Reader(
        report,
        (ReportError,),
        (
            _RECORD.encode(),
            f"{_RECORD}\n{_RECORD}".encode(),
            json.dumps(build([read_source("f", _RECORD)], Writer("1", "2", None, None, ()))).encode(),
        ),
    ),
    "journal": Reader(journal, (JournalError,), (line_of(_BEGIN), line_of(_BEGIN)[:40], line_of(_BEGIN) * 2)),
}
