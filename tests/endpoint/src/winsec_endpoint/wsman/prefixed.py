# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serialises a tree with chosen namespace prefixes, declared where Windows declares them.

ElementTree picks prefixes itself and declares all at the root. Captures (Openwsman EnumKey.xml) bind
the SOAP family at the envelope and bind `p` again, to the class, at the class element. Clients have to
cope with that, so it is done here: names are `{namespace}local` or QName, prefixes are added in one pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, QName, tostring

from . import xmlns

_WINDOWS = {
    xmlns.SOAP: "s",
    xmlns.ADDRESSING: "a",
    xmlns.TRANSFER: "x",
    xmlns.ENUMERATION: "n",
    xmlns.WSMAN: "w",
    xmlns.MICROSOFT_WSMAN: "p",
}
_OMI = {
    xmlns.SOAP: "SOAP-ENV",
    xmlns.ADDRESSING: "wsa",
    xmlns.TRANSFER: "wxf",
    xmlns.ENUMERATION: "wsen",
    xmlns.WSMAN: "wsman",
    xmlns.MICROSOFT_WSMAN: "wsmv",
}
_AT_ROOT = {"windows": _WINDOWS, "omi": _OMI, "default": _WINDOWS}
_ELSEWHERE = {
    xmlns.XSI: "xsi",
    xmlns.CIM_COMMON: "cim",
    xmlns.WSMAN_FAULT: "f",
    xmlns.IDENTITY: "wsmid",
    xmlns.SHELL: "rsp",
    xmlns.CIM_BINDING: "b",
    xmlns.VENDOR: "ext",
}


def serialise(envelope: Element, style: str) -> bytes:
    scope = {**_AT_ROOT[style], xmlns.XML: "xml"}
    root = _prefixed(envelope, scope, "" if style == "default" else "p")
    for uri, prefix in _AT_ROOT[style].items():
        root.set(f"xmlns:{prefix}", uri)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=False))


def _prefixed(element: Element, outer: Mapping[str, str], class_prefix: str) -> Element:
    values: list[str | QName | None] = [element.text, *element.attrib.values()]
    names = [element.tag, *element.keys(), *(str(value.text) for value in values if isinstance(value, QName))]
    missing = {xmlns.namespace_of(name) for name in names} - outer.keys() - {""}
    added = {uri: _ELSEWHERE.get(uri, class_prefix) for uri in sorted(missing)}
    scope = {uri: prefix for uri, prefix in outer.items() if prefix not in added.values()} | added
    copy = Element(_name(element.tag, scope))
    for uri, prefix in added.items():
        copy.set(f"xmlns:{prefix}" if prefix else "xmlns", uri)
    for key, value in element.items():
        copy.set(_name(key, scope), _value(value, scope) or "")
    copy.text = _value(element.text, scope)
    copy.extend([_prefixed(child, scope, class_prefix) for child in element])
    return copy


def _value(value: str | QName | None, scope: Mapping[str, str]) -> str | None:
    return _name(str(value.text), scope) if isinstance(value, QName) else value


def _name(name: str, scope: Mapping[str, str]) -> str:
    prefix = scope.get(xmlns.namespace_of(name), "")
    return f"{prefix}:{xmlns.local_name(name)}" if prefix else xmlns.local_name(name)
