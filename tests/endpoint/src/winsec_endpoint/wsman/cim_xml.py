# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CIM instances as XML: whole instances, and the XmlFragment of a projection.

Shapes: txwinrm test data; MS-WSMV appendix A, notes 58 and 59.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, QName, SubElement

from . import xmlns
from .cim import CimValue, Instance
from .faults import CANNOT_PROCESS_FILTER, Fault

_NIL = f"{{{xmlns.XSI}}}nil"
TYPE = f"{{{xmlns.XSI}}}type"


def whole(instance: Instance, namespace_uri: str) -> Element:
    """Children and element are in the namespace of the class."""
    element = Element(f"{{{namespace_uri}}}{instance.class_name}")
    element.set(TYPE, QName(namespace_uri, f"{instance.class_name}_Type"))  # type: ignore[arg-type]  # prefixed.py resolves QName texts
    for name, value in instance.properties.items():
        _append(element, f"{{{namespace_uri}}}{name}", value, f"{{{xmlns.CIM_COMMON}}}Datetime")
    return element


def fragment(instance: Instance, wanted: Sequence[str]) -> Element:
    """Children have no namespace and come in alphabetical order, not in that of the query."""
    asked = {name.lower() for name in wanted}
    known = {name.lower() for name in instance.properties}
    if not asked <= known:
        raise Fault(CANNOT_PROCESS_FILTER)
    element = Element(f"{{{xmlns.WSMAN}}}XmlFragment")
    for name, value in instance.properties.items():
        if name.lower() in asked:
            _append(element, name, value, "Datetime")
    return element


def _append(parent: Element, tag: str, value: CimValue, datetime_tag: str) -> None:
    for item in value if isinstance(value, tuple) else (value,):
        child = SubElement(parent, tag)
        if item is None:
            child.set(_NIL, "true")
        elif isinstance(item, datetime):
            SubElement(child, datetime_tag).text = item.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        else:
            child.text = str(item).lower() if isinstance(item, bool) else str(item)


def mark_nil(element: Element) -> None:
    element.set(_NIL, "true")
