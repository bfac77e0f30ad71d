# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""checklist/<host>.cklb: a checklist of one host, as STIG Viewer 3 and STIG Manager read it. Pure.

The form has no public schema. This is what STIG Manager's parser reads (NUWCDIVNPT/stig-manager-client-modules,
ReviewParser.js, reviewsFromCklb), and what its exports have.
"""

from __future__ import annotations

import json
import typing as t
import uuid

from ...module_utils._texts import visible
from .findings import Checklist, Finding, checklist_of
from .records import Record

_STATUS: t.Final = {"pass": "not_a_finding", "fail": "open", "notchecked": "not_reviewed"}


def to_cklb(record: Record) -> bytes | None:
    """The file of a host; None if no rule of DISA's applies to it. Ids follow from what they name, as all else."""
    checklist = checklist_of(record)
    if checklist is None:
        return None
    host = visible(record["host"])
    document = {
        "title": f"{host} - {checklist.title}",
        "id": _id(host),
        "active": False,
        "mode": 2,
        "has_path": False,
        "target_data": _target(host, record),
        "stigs": [_stig(checklist, host)],
        "cklb_version": "1.0",
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def _target(host: str, record: Record) -> dict[str, t.Any]:
    windows = t.cast("dict[str, t.Any]", record["use_machine_id"])["windows"]
    role = {"domain_controller": "Domain Controller", "server": "Member Server", "workstation": "Workstation"}
    return {
        "target_type": "Computing",
        "host_name": host,
        "ip_address": "",
        "mac_address": "",
        "fqdn": "",
        "comments": visible(f"{windows['release']} ({windows['version']})"),
        "role": role.get(windows["product_type"], "None"),
        "is_web_database": False,
        "technology_area": "",
        "web_db_site": "",
        "web_db_instance": "",
    }


def _stig(checklist: Checklist, host: str) -> dict[str, t.Any]:
    return {
        "stig_name": checklist.title,
        "display_name": checklist.title,
        "stig_id": checklist.stig.id,
        "version": checklist.stig.version,
        "release_info": checklist.stig.release_info,
        "uuid": _id(host, checklist.stig.id),
        "size": len(checklist.findings),
        "rules": [_rule(finding, checklist, host) for finding in checklist.findings],
    }


def _rule(finding: Finding, checklist: Checklist, host: str) -> dict[str, t.Any]:
    return {
        "uuid": _id(host, checklist.stig.id, finding.rule_id),
        "stig_uuid": _id(host, checklist.stig.id),
        "group_id": finding.group,
        "group_id_src": finding.group,
        "rule_id": finding.rule_id.removesuffix("_rule"),
        "rule_id_src": finding.rule_id,
        "rule_version": finding.number,
        "rule_title": finding.title,
        "severity": finding.severity,
        "status": _STATUS[finding.result],
        "overrides": {},
        "finding_details": finding.detail,
        "comments": "",
    }


def _id(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("winsec.lsa", *parts))))
