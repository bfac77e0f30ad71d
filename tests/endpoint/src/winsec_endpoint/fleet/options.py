# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strict reading of a mapping from fleet.yml into a frozen dataclass: unknown keys and values are refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import Field, field, fields
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class OptionError(ValueError):
    """A message for the author of fleet.yml."""


def chosen_from(names: Collection[str], default: Any = None) -> Any:
    """A dataclass field whose text, or every text in whose list, must be one of `names`."""
    return field(default=default, metadata={"names": names})


def read_options(cls: type[T], form: object, where: str) -> T:
    given = expect_mapping(form, where)
    hints = get_type_hints(cls)
    known = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]  # T is a dataclass: no type says so
    refuse_unknown(given, known, where)
    return cls(**{name: _checked(value, hints[name], known[name], f"{where}.{name}") for name, value in given.items()})


def expect_mapping(form: object, where: str) -> Mapping[str, Any]:
    if not isinstance(form, dict):
        raise OptionError(f"{where}: expected a mapping, got {form!r}")
    return form


def refuse_unknown(given: Mapping[str, Any], known: Collection[str], where: str) -> None:
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        raise OptionError(f"{where}: unknown key {', '.join(unknown)} (known: {', '.join(known)})")


def _checked(value: Any, hint: Any, option: Field[Any], where: str) -> Any:
    names = option.metadata.get("names")
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise OptionError(f"{where}: expected a list, got {value!r}")
        return tuple(_expect(item, get_args(hint)[0], names, where) for item in value)
    return _expect(value, hint, names, where)


def _expect(value: Any, hint: Any, names: Collection[str] | None, where: str) -> Any:
    allowed = names or (get_args(hint) if get_origin(hint) is Literal else ())
    if allowed:
        if not any(value == item and type(value) is type(item) for item in allowed):
            raise OptionError(f"{where}: expected one of {', '.join(map(str, allowed))}; got {value!r}")
        return value
    kinds = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    accepted = {*kinds, int} if float in kinds else set(kinds)
    if type(value) not in accepted:
        expected = ", ".join(kind.__name__ for kind in kinds if kind is not NoneType)
        raise OptionError(f"{where}: expected {expected}, got {value!r}")
    return value
