# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mutants of a file: every change that cosmic-ray makes, but for those that are no mistake for tests to find.

Annotations are not run (PEP 563), so no test can tell that one has changed. The star before the named arguments of a
function is no multiplication. And Python itself refuses some changes, or warns of them: of ``is`` in front of a
literal, because whether two equal texts are one object is up to it.
"""

from __future__ import annotations

import ast
import typing as t
import warnings

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

#: Line, from 1, and column.
Position: t.TypeAlias = tuple[int, int]
Span: t.TypeAlias = tuple[Position, Position]


class Mutant(t.NamedTuple):
    """One change: the file, the line as it was, and the kind of change."""

    file: str
    line: str
    operator: str


class Change(t.NamedTuple):
    """A mutant, the changed text of its file, and where: the line, and the first line of the function around it."""

    mutant: Mutant
    text: str
    number: int
    #: None outside of functions: what is there is run when the file is imported.
    function: int | None


def changes_to(file: str, text: str) -> t.Iterator[Change]:
    lines = text.splitlines()
    tree = ast.parse(text)
    annotations, functions = _annotations(tree), _functions(tree)
    operations = [_span(node) for node in ast.walk(tree) if isinstance(node, (ast.BinOp, ast.AugAssign))]
    for operator, position, occurrence in _positions(text):
        if _is_in(annotations, position):
            continue
        if "ReplaceBinaryOperator" in operator and not _is_in(operations, position):
            continue
        changed = mutate_code(text, plugins.get_operator(operator)(), occurrence)
        if changed is None:
            raise ValueError(f"{file}: {operator} changes nothing")
        if not _compiles(changed):
            continue
        number = position[0]
        mutant = Mutant(file, lines[number - 1].strip(), operator.removeprefix("core/"))
        yield Change(mutant, changed, number, _innermost(functions, position))


def _compiles(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        try:
            compile(text, "changed", "exec")
        except SyntaxError:
            return False
    return True


def _positions(text: str) -> t.Iterator[tuple[str, Position, int]]:
    """The name of each operator with every place at which it changes something, counted from 0."""
    nodes = list(ast_nodes(get_ast(text)))
    for name in plugins.operator_names():
        kind = plugins.get_operator(name)
        if not kind.arguments():
            operator = kind()
            places = (start for node in nodes for start, _end in operator.mutation_positions(node))
            for occurrence, start in enumerate(places):
                yield name, start, occurrence


def _annotations(tree: ast.Module) -> list[Span]:
    found: list[ast.expr | None] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.AnnAssign, ast.arg)):
            found.append(node.annotation)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(node.returns)
    return [_span(node) for node in found if node is not None]


def _functions(tree: ast.Module) -> list[tuple[int, Span]]:
    """The line by which Python knows a function, which is that of its first decorator, and all of its text.

    One that keeps its results is left out: all tests depend on it, and the first one alone calls it.
    """
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not _is_cached(node):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found.append((first, ((first, 0), _span(node)[1])))
    return found


def _is_cached(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("cache" in ast.unparse(decorator) for decorator in function.decorator_list)


def _innermost(functions: list[tuple[int, Span]], position: Position) -> int | None:
    return max((first for first, span in functions if _holds(span, position)), default=None)


def _span(node: ast.expr | ast.stmt) -> Span:
    return (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)


def _is_in(spans: list[Span], position: Position) -> bool:
    return any(_holds(span, position) for span in spans)


def _holds(span: Span, position: Position) -> bool:
    return span[0] <= position < span[1]
