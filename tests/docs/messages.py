# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every message that the collection can show, read off its source: no list that somebody could forget.

A message is a literal with three words in a row in the code of the plugins or in an expression of a playbook, the
problem of a HostError however short, or a ``fail_msg``. Docstrings are none, nor is what a HostError says to do next.
Of an f-string the constant parts count.
"""

from __future__ import annotations

import ast
import re
import typing as t
from itertools import chain

import yaml

from .snippets import ROOT

#: Files that hold data: names of benchmarks and releases, and what reports say of hosts.
_DATA = ("rules.py", "releases.py", "attention.py", "compare.py", "findings.py", "html.py", "stigs.py")

#: Tables of next steps, and what ansible-doc shows. In _FAULTS the next step is the third of each row.
_NO_MESSAGES = (
    "RESTORE",
    "advice",
    "DEFAULT_POLICIES",
    "_NOT_WSMAN",
    "_NOT_WSMAN_BY_STATUS",
    "DOCUMENTATION",
    "EXAMPLES",
    "RETURN",
)

THREE_WORDS = re.compile(r"(?<!\w)[A-Za-z']+(?: [A-Za-z']+){2}(?!\w)")


class Message(t.NamedTuple):
    """The constant parts of a message, in their order, and where it is."""

    place: str
    parts: tuple[str, ...]


def all_messages() -> list[Message]:
    """Return the messages of plugins and playbooks."""
    python = sorted(
        chain(
            *(
                ROOT.glob(f"plugins/{folder}/**/*.py")
                for folder in ("action", "filter", "plugin_utils", "module_utils", "modules")
            )
        )
    )
    modules = (messages_of(file.name, file.read_text()) for file in python if file.name not in _DATA)
    playbooks = sorted(chain(ROOT.glob("playbooks/*.yml"), ROOT.glob("roles/*/tasks/*.yml")))
    return [*chain(*modules), *chain(*(_of_tasks(file.name, yaml.safe_load(file.read_text())) for file in playbooks))]


def messages_of(name: str, source: str) -> list[Message]:
    """Return the messages in the source of one module."""
    tree = ast.parse(source)
    problems = set(chain(*map(_literals, _problems(tree))))
    messages = {literal: Message(f"{name}:{literal.lineno}", _parts(literal)) for literal in _literals(tree)}
    return [
        message
        for literal, message in messages.items()
        if literal in problems or THREE_WORDS.search(" ".join(message.parts))
    ]


def _literals(node: ast.AST) -> t.Iterator[ast.expr]:
    """The string literals below a node, each whole."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.JoinedStr):
        yield node
        # What is inside a replacement field is a message too, if it is long enough.
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                yield from _literals(value.value)
    else:
        for child in _children(node):
            yield from _literals(child)


def _children(node: ast.AST) -> t.Iterator[ast.AST]:
    """Return the nodes to look at below a node: no docstrings, and no next steps."""
    match node:
        case ast.Expr(value=ast.Constant()):
            pass
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]) if name in _NO_MESSAGES:
            pass
        case ast.keyword(arg="next_step"):
            pass
        case ast.Call(func=func, args=[problem, _]) if _makes_host_error(func):
            yield problem
        case ast.Tuple(elts=[ast.Name(), problem, _]):  # a row of _FAULTS
            yield problem
        case _:
            yield from ast.iter_child_nodes(node)


def _problems(tree: ast.AST) -> t.Iterator[ast.expr]:
    """Return the problems in calls of HostError and in tables of their arguments."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=func, args=[problem, *_]) if _makes_host_error(func):
                yield problem
            case ast.Tuple(elts=[ast.Name(), problem, _]) | ast.keyword(arg="problem", value=problem):
                yield problem


def _makes_host_error(function: ast.expr) -> bool:
    """Whether a function is a HostError, by name, or a variable that holds one: those are called ``error``."""
    return ast.unparse(function).rpartition(".")[2] in (*_HOST_ERRORS, "error")


def _host_errors() -> set[str]:
    """The classes that take a problem and a next step, for hosts and for GPOs."""
    found = {"HostError", "GroupPolicyError"}
    for file in ("plugin_utils/_windows/host.py", "module_utils/_group_policy/errors.py"):
        for node in ast.parse((ROOT / "plugins" / file).read_text()).body:  # a class comes after its bases
            if isinstance(node, ast.ClassDef) and found & set(map(ast.unparse, node.bases)):
                found.add(node.name)
    return found


_HOST_ERRORS = _host_errors()


def _parts(literal: ast.expr) -> tuple[str, ...]:
    values = literal.values if isinstance(literal, ast.JoinedStr) else [literal]
    constants = (str(value.value) for value in values if isinstance(value, ast.Constant))
    return tuple(chain(*(re.split(r"\{\w*\}", constant) for constant in constants)))


def _of_tasks(name: str, tree: t.Any) -> t.Iterator[Message]:
    if isinstance(tree, str):
        quoted = re.findall(r"'([^']*)'", tree)
        yield from (Message(name, (text,)) for text in quoted if THREE_WORDS.search(text))
    if isinstance(tree, dict):
        if text := tree.get("fail_msg"):
            yield Message(name, tuple(re.split(r"\{\{.*?\}\}", text)))
        tree = list(tree.values())
    if isinstance(tree, list):
        for item in tree:
            yield from _of_tasks(name, item)
