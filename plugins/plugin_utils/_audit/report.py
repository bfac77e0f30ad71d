# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""All files of a report, made from its document. Pure."""

from __future__ import annotations

import json
import typing as t

from .cklb import to_cklb
from .csv import to_csv
from .document import Document
from .folder import file_names
from .html import to_html
from .xccdf import to_xccdf

JSON: t.Final = "report.json"


def files_of(document: Document) -> dict[str, bytes]:
    """By path below the folder of the report. The document itself is the last: where it is, all others are too."""
    return {
        **dict(_of_hosts(document)),
        "report.csv": to_csv(document),
        "report.html": to_html(document),
        JSON: to_json(document),
    }


def _of_hosts(document: Document) -> t.Iterator[tuple[str, bytes]]:
    names = file_names(record["host"] for record in document["hosts"])
    for record in document["hosts"]:
        name = names[record["host"]]
        if xccdf := to_xccdf(record, name, document["meta"]["collection"]):
            yield f"xccdf/{name}.xml", xccdf
        if cklb := to_cklb(record):
            yield f"checklist/{name}.cklb", cklb


def paths_of_hosts(document: Document) -> set[str]:
    """Every path that a report of this document may have for its hosts."""
    names = file_names(record["host"] for record in document["hosts"]).values()
    return {path for name in names for path in (f"xccdf/{name}.xml", f"checklist/{name}.cklb")}


def to_json(document: Document) -> bytes:
    """The document with one host a line, so that it can be searched and compared line by line."""
    head = {key: value for key, value in document.items() if key != "hosts"}
    parts = [f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in head.items()]
    hosts = ",\n".join(json.dumps(host, allow_nan=False) for host in document["hosts"])
    return "{{\n{},\n{}\n{}\n]}}\n".format(",\n".join(parts), '"hosts": [', hosts).encode()
