# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Returned values compared with their documentation, both ways: nothing kept quiet, nothing invented."""

from __future__ import annotations

import itertools
import typing as t

Form: t.TypeAlias = "dict[str, t.Any]"

#: What the types of the documentation are in Python.
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
    "raw": (str, int, list),
}


def differences(documented: Form, found: list[Form], where: str, complete: bool = True) -> t.Iterator[str]:
    """How the keys of many returned mappings differ from what is documented of them.

    ``complete`` is false where the mapping itself can be missing: then no key in it counts as always returned.
    """
    for key in sorted(documented.keys() | {key for item in found for key in item}):
        values, place = [item[key] for item in found if key in item], f"{where}.{key}"
        if key not in documented or not values:
            yield f"{place} is {'never returned' if key in documented else 'not documented'}"
            continue
        always = complete and len(values) == len(found)
        if always != (documented[key]["returned"] == "always"):
            yield f"{place} is {'' if always else 'not '}always returned"
        yield from differences_of_value(documented[key], values, place)


def differences_of_value(documented: Form, found: list[t.Any], where: str) -> t.Iterator[str]:
    values = [value for value in found if value is not None]
    nullable = len(values) < len(found)
    if nullable != ("V(null)" in str(documented["description"])):
        yield f"{where} can be null, or is said to be"
    if {type(value) for value in values} - {*TYPES[documented["type"]]}:
        yield f"{where} is not always {documented['type']}"
    if documented["type"] == "list":
        values = list(itertools.chain(*values))
        if {type(value) for value in values} - {*TYPES[documented["elements"]]}:
            yield f"{where} has elements that are not {documented['elements']}"
    if "choices" in documented and {*values} != {*documented["choices"]}:
        yield f"{where}: { ({*values} ^ {*documented['choices']}) }"
    if "contains" in documented:
        yield from differences(documented["contains"], values, where, complete=not nullable)
