# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The variables of role and playbooks, checked for many hosts at once. Pure: no host, no Ansible.

A misspelled variable does nothing at all, and a wrong value is told by each host for itself. Both are found here before
the first connection, and told once.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
import typing as t
from collections import defaultdict

#: What all variables of this collection begin with. The fact and its keys are not variables.
PREFIX: t.Final = "use_machine_id_"

#: By name, the values that a variable may have, or their kind; None where it may have any.
Choices: t.TypeAlias = "t.Mapping[str, t.Sequence[str] | Kind | None]"


class Kind(t.NamedTuple):
    """The kind of a variable without choices: in words, and as a test of its rendered value."""

    words: str
    has: t.Callable[[object], bool]


def _is_boolean(value: object) -> bool:
    """As Ansible reads one: everything else it takes for false, and says nothing."""
    return isinstance(value, bool) or str(value).casefold() in _BOOLEANS


def _is_text(value: object) -> bool:
    """An empty one is what is left of a variable of the shell that is not set."""
    return isinstance(value, str) and bool(value)


def _is_file(value: object) -> bool:
    return _is_text(value) and "\0" not in str(value)


def _is_count(value: object) -> bool:
    return not isinstance(value, bool) and bool(re.fullmatch("[1-9][0-9]{0,8}", str(value)))


_BOOLEANS: t.Final = {"y", "yes", "on", "1", "true", "t", "n", "no", "off", "0", "false", "f"}

BOOLEAN: t.Final = Kind("true or false", _is_boolean)
FILE: t.Final = Kind("the name of a file or a folder", _is_file)
FILE_IF_ANY: t.Final = Kind(FILE.words, lambda value: value is None or _is_file(value))
TEXT: t.Final = Kind("a text", _is_text)
COUNT: t.Final = Kind("a number above 0", _is_count)


class SeveralOf(tuple[str, ...]):
    """The choices of a variable that is a list of them."""

    __slots__ = ()


#: A value that could not be rendered.
UNRENDERED: t.Final = object()

#: Hosts that a problem names before it counts the others.
_NAMED: t.Final = 3


def problems(variables: t.Mapping[str, t.Mapping[str, object]], choices: Choices) -> list[str]:
    """Return the problems with the variables of hosts, one sentence for each, whatever the number of hosts.

    ``variables`` has by host the rendered values of the variables whose names begin with PREFIX.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for host, values in variables.items():
        for name, value in values.items():
            if problem := _problem(name, value, choices):
                found[problem].append(host)
    return [f"{problem} (on {_shown(hosts, len(variables))})" for problem, hosts in found.items()]


def elsewhere(variables: t.Mapping[str, t.Mapping[str, object]], name: str, meant: object) -> list[str]:
    """Return the problem with a variable that hosts have, but with another value than the play, which can't see theirs.

    Only the play's decides. ``variables`` are as in ``problems``.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for host, values in variables.items():
        if name in values and values[name] != meant:
            found[_value(values[name])].append(host)
    return [
        f"{name} is set to {value} in the inventory, where the playbook can't read it: it would run on other hosts "
        f"(on {_shown(hosts, len(variables))}). Pass the pattern on the command line: -e {name}=PATTERN"
        for value, hosts in found.items()
    ]


def differences(variables: t.Mapping[str, t.Mapping[str, object]], same: t.Iterable[str]) -> list[str]:
    """Return the problems with variables that decide about a run as a whole, but are not the same on all hosts.

    A task that runs once has those of the first host. ``same`` has patterns of their names, with ``*`` as in a shell,
    and ``variables`` are as in ``problems``.
    """
    known = dict.fromkeys(name for values in variables.values() for name in values)
    names = [name for name in known if any(fnmatch.fnmatchcase(name, pattern) for pattern in same)]
    return [problem for name in names if (problem := _difference(variables, name))]


def _difference(variables: t.Mapping[str, t.Mapping[str, object]], name: str) -> str | None:
    found: dict[str, list[str]] = defaultdict(list)
    for host, values in variables.items():
        if values.get(name) is UNRENDERED:
            return None  # that is a problem of its own
        found[_value(values[name]) if name in values else "not set"].append(host)
    if len(found) == 1:
        return None
    shown = [f"{value} (on {_shown(hosts, len(variables))})" for value, hosts in found.items()]
    more = f" and {len(shown) - _NAMED} other values" if len(shown) > _NAMED else ""
    return (
        f"{name} counts for all hosts of a run, but differs between them: it is {', '.join(shown[:_NAMED])}{more}. "
        f"Pass it on the command line: -e {name}=VALUE"
    )


def _problem(name: str, value: object, choices: Choices) -> str | None:
    if name not in choices:
        nearest = difflib.get_close_matches(name, choices, n=1, cutoff=0)
        return f"{name} is not a variable of winsec.lsa: did you mean {nearest[0]}?"
    if value is UNRENDERED:
        return f"{name} can't be rendered: look for an undefined variable in its value"
    allowed = choices[name]
    if isinstance(allowed, Kind):
        return None if allowed.has(value) else f"{name} must be {allowed.words}, but is {_value(value)}"
    if allowed is None or all(isinstance(one, str) and one in allowed for one in _each(value, allowed)):
        return None
    return f"{name} must be one of {', '.join(allowed)}, but is {_value(value)}"


def _each(value: object, allowed: t.Sequence[str]) -> t.Sequence[object]:
    return value if isinstance(allowed, SeveralOf) and isinstance(value, list) else [value]


def _value(value: object) -> str:
    """YAML reads ``on`` and ``no`` without quotes as booleans, which is worth telling."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _shown(hosts: t.Sequence[str], count: int) -> str:
    if len(hosts) == count > _NAMED:
        return "every host"
    more = len(hosts) - _NAMED
    return ", ".join(hosts[:_NAMED]) + (f" and {more} more" if more > 0 else "")
