# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transcripts: what a host was asked and what it answered, in a form that people can read and tests can replay.

A file of YAML: where it is from, the exchanges, and the findings, that is what the collection makes of them.
"""

from __future__ import annotations

import re
import typing as t

import yaml

from ...plugins.plugin_utils._wsman.requests import WMI
from ...plugins.plugin_utils._wsman.xml import local_name, parse, text_of

if t.TYPE_CHECKING:
    from pathlib import Path

#: One of ::
#:
#:     {"invoke": "root/cimv2/StdRegProv/GetDWORDValue", "parameters": {"hDefKey": "2147483650", ...}}
#:     {"query": "SELECT Version FROM Win32_OperatingSystem", "namespace": "root/cimv2"}
#:     {"pull": "the context", "namespace": "root/cimv2"}
#:     {"run": 'reg.exe query "HKLM\\SYSTEM"'}
Request: t.TypeAlias = dict[str, t.Any]

#: Over WS-Management ``message_id`` of the request, the HTTP ``status`` and the ``body``. Of a command ``exit_status``,
#: ``stdout`` and ``stderr``: lines, which CRLF separates, in which each character is one byte.
Answer: t.TypeAlias = dict[str, t.Any]

#: What is asked of the collection: see calls.py.
Call: t.TypeAlias = dict[str, t.Any]

HEADER = """\
---
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Responses are as they came, however long their lines are.
# yamllint disable rule:line-length
"""


class Exchange(t.NamedTuple):
    """A request and its answer."""

    request: Request
    answer: Answer


class Finding(t.NamedTuple):
    """A call and its result."""

    call: Call
    result: t.Any


class Transcript(t.NamedTuple):
    """``about`` says where it is from: at least source, windows, language and cut."""

    about: dict[str, str]
    exchanges: list[Exchange]
    findings: list[Finding]


def load(file: Path) -> Transcript:
    form = yaml.safe_load(file.read_text(encoding="utf-8"))
    exchanges = [Exchange(**exchange) for exchange in form["exchanges"]]
    return Transcript(form["about"], exchanges, [Finding(**finding) for finding in form["findings"]])


def dump(transcript: Transcript) -> str:
    form = {
        "about": transcript.about,
        "exchanges": [exchange._asdict() for exchange in transcript.exchanges],
        "findings": [finding._asdict() for finding in transcript.findings],
    }
    return HEADER + yaml.dump(form, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000000)


_OTHER_LINE_ENDS: t.Final = re.compile("[\x85\u2028\u2029]")


class _Dumper(yaml.SafeDumper):
    """Writes each answer on a line of its own, with quotes only where it needs some, and numbers in one line."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless  # what yamllint wants
        super().increase_indent(flow, False)

    def represent_text(self, text: str) -> yaml.Node:
        style = "|" if "<" in text or "\n" in text else None
        # YAML takes these for the ends of lines, so that they come back only from escapes.
        style = '"' if _OTHER_LINE_ENDS.search(text) else style
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    def represent_items(self, items: list[t.Any]) -> yaml.Node:
        numbers = all(isinstance(item, int) for item in items)
        return self.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=numbers)


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(list, _Dumper.represent_items)


def request_of(envelope: bytes) -> tuple[Request, str]:
    """Return the question in an envelope of the collection, and its message id."""
    root = parse(envelope)
    elements = {local_name(element): element for element in root.iter()}
    resource, message_id = text_of(elements["ResourceURI"]), text_of(elements["MessageID"])
    path = resource.removeprefix(f"{WMI}/")
    namespace = path.removesuffix("/*")
    if "Filter" in elements:
        return {"query": text_of(elements["Filter"]), "namespace": namespace}, message_id
    if "Pull" in elements:
        return {"pull": text_of(elements["EnumerationContext"]), "namespace": namespace}, message_id
    method = text_of(elements["Action"]).rpartition("/")[2]
    parameters = {local_name(child): text_of(child) for child in elements[f"{method}_INPUT"]}
    return {"invoke": f"{path}/{method}", "parameters": parameters}, message_id


def same(request: Request) -> tuple[str, ...]:
    """Return the part of a request that decides its answer."""
    if "invoke" in request:
        parameters = sorted(f"{name}={value}".casefold() for name, value in request["parameters"].items())
        return ("invoke", request["invoke"].casefold(), *parameters)
    if "query" in request:
        # Which properties are asked for differs between clients; a host may always send more.
        found = re.search(r"\bFROM\s+(\w+)", request["query"], re.IGNORECASE)
        return ("query", request["namespace"].casefold(), (found[1] if found else request["query"]).casefold())
    if "pull" in request:
        return ("pull", request["namespace"].casefold(), request["pull"])
    # Quotes and what separates two commands are as the shell wants them.
    return ("run", request["run"].casefold().replace("'", '"').replace("; ", " & "))


def lines_of(output: bytes) -> list[str]:
    return output.decode("latin-1").split("\r\n")


def output_of(lines: t.Sequence[str]) -> bytes:
    return "\r\n".join(lines).encode("latin-1")
