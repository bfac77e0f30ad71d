# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Method calls as XML: `<p:Method_INPUT>` to inputs, an Outcome to `<p:Method_OUTPUT>` (MS-WSMV 4.1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, zip_longest
from xml.etree.ElementTree import Element, QName, SubElement

from ..fleet.answers import Answers
from ..registry.stdregprov import Inputs, Method, Outcome, Parameter
from . import faults, xmlns
from .cim_xml import TYPE, mark_nil
from .faults import Fault

_RETURN_VALUE = Parameter("ReturnValue", "UnsignedInt")


def read_inputs(body: Element | None, name: str, method: Method) -> Inputs:
    """Parameter names are case-sensitive and in the namespace of their method element.

    learn.microsoft.com winrm/resource-uris. A nil parameter counts as not given.
    """
    if body is None or xmlns.local_name(body.tag).lower() != f"{name}_INPUT".lower():
        raise Fault(faults.MALFORMED)
    inputs: dict[str, list[str]] = {}
    for child in body:
        parameter = xmlns.local_name(child.tag)
        if parameter not in method.inputs or xmlns.namespace_of(child.tag) != xmlns.namespace_of(body.tag):
            raise Fault(faults.INVALID_PARAMETER_NAME)
        if child.get(f"{{{xmlns.XSI}}}nil") not in ("true", "1"):
            inputs.setdefault(parameter, []).append(child.text or "")
    return inputs


def write_output(name: str, method: Method, outcome: Outcome, uri: str, answers: Answers, lost: bool) -> Element:
    """`lost` leaves the ReturnValue out."""
    output = Element(f"{{{uri}}}{name}{'_OUTPUT' if answers.output_element == 'suffixed' else ''}")
    columns = [_column(uri, parameter, outcome, answers) for parameter in method.outputs]
    parameters = list(_ordered(columns, answers.parameter_order))
    result = [] if lost else [_element(uri, _RETURN_VALUE, _code(outcome.code, answers), answers)]
    output.extend(parameters + result if answers.return_value == "last" else result + parameters)
    if answers.extra_elements:
        SubElement(output, f"{{{uri}}}uVendorHint").text = "7"
    return output


def _column(uri: str, parameter: Parameter, outcome: Outcome, answers: Answers) -> list[Element]:
    texts = outcome.outputs.get(parameter.name)
    if texts is None:
        return [] if answers.unset == "missing" else [_element(uri, parameter, None, answers)]
    ordered = reversed(texts) if parameter.array and answers.array_order == "reversed" else texts
    entries = [_element(uri, parameter, text, answers) for text in ordered]
    if parameter.array and answers.nil_entries:
        hole = _element(uri, parameter, None, answers)
        mark_nil(hole)
        entries.insert(0, hole)
    return entries


def _element(uri: str, parameter: Parameter, text: str | None, answers: Answers) -> Element:
    element = Element(f"{{{uri}}}{parameter.name}")
    element.text = text
    if text is None and answers.unset == "nil":
        mark_nil(element)
    if answers.xsi_types:
        element.set(TYPE, QName(xmlns.CIM_COMMON, f"cim{parameter.cim_type}"))  # type: ignore[arg-type]  # as in cim_xml.py
    return element


def _ordered(columns: list[list[Element]], order: str) -> Iterable[Element]:
    if order == "interleaved":
        return (entry for row in zip_longest(*columns) for entry in row if entry is not None)
    return chain.from_iterable(reversed(columns) if order == "reversed" else columns)


def _code(code: int, answers: Answers) -> str:
    signed = answers.codes == "negative" and code >= 1 << 31
    return str(int(code) - (1 << 32) if signed else int(code))
