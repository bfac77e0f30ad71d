# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Reports against their published schema, meta/report.schema.json."""

from __future__ import annotations

import typing as t

from .._schema.json_schema import JsonSchema

_REPORT: t.Final = JsonSchema("report.schema.json")

SCHEMA: t.Final = _REPORT.form


def check_document(document: t.Any) -> str | None:
    """Where a whole document differs from the schema, as ``hosts.3.verdict``; None if it does not."""
    return _REPORT.check(document)


def check_record(record: t.Any) -> str | None:
    """The same for the record of one host."""
    return _REPORT.check(record, "record")
