# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The code blocks of the documentation: what a reader copies, with the place where it is.

Markdown is read by markdown-it (CommonMark), reStructuredText by docutils, the examples of plugins by Python itself
or, where they have a file of their own, by PyYAML.
"""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import yaml
from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]

#: Every document that has snippets, as patterns below the root of the project.
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "roles/*/README.md",
    "tests/endpoint/README.md",
    "docs/docsite/rst/*.rst",
    "docs/site/*.rst",
    "plugins/modules/*.yml",
    "plugins/filter/*.yml",
)


class Snippet(t.NamedTuple):
    """A code block. ``file`` is relative to the root, ``line`` that of the first line of ``text``, counted from 1.

    ``language`` is the word next to the block; empty where there is none. ``heading`` is the nearest one
    above, empty in plugins.
    """

    file: str
    line: int
    heading: str
    language: str
    text: str

    @property
    def id(self) -> str:
        """The name of a test of this snippet: it leads to the place."""
        return f"{self.file}:{self.line}"

    @property
    def first_line(self) -> str:
        return self.text.strip().partition("\n")[0]


def all_snippets() -> list[Snippet]:
    """Return the snippets of all documents, those of a document in their order."""
    files = [file for pattern in DOCUMENTS for file in sorted(ROOT.glob(pattern))]
    return [
        snippet for file in files for snippet in read(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8"))
    ]


def read(name: str, text: str) -> list[Snippet]:
    """Return the snippets in the text of one document, by the suffix of its name."""
    return list(_READERS[Path(name).suffix](name, text))


def _markdown(name: str, text: str) -> t.Iterator[Snippet]:
    heading = ""
    tokens = MarkdownIt("commonmark").parse(text)
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and following is not None:
            heading = following.content
        elif token.type in ("fence", "code_block") and token.map:
            # The first line of a fence is the fence.
            line = token.map[0] + (2 if token.type == "fence" else 1)
            yield Snippet(name, line, heading, token.info.strip(), token.content)


class _CodeBlock(Directive):
    """Sphinx's directive: docutils has one of its own, which wants to color the text and forgets the line."""

    has_content = True
    optional_arguments = 1
    option_spec: t.ClassVar = {"caption": directives.unchanged, "emphasize-lines": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content) + "\n"
        block = nodes.literal_block(text, text, language="".join(self.arguments))
        block.line = self.content_offset + 1
        return [block]


def doctree(name: str, text: str) -> nodes.document:
    """Read reStructuredText. Of Sphinx and antsibull-docs the roles are known, other directives are passed over."""
    directives.register_directive("code-block", _CodeBlock)
    for role in ("ref", "ansplugin", "ansopt", "ansretval"):
        roles.register_generic_role(role, nodes.emphasis)
    settings = {"report_level": 5, "halt_level": 6, "doctitle_xform": False, "raw_enabled": False}
    document = publish_doctree(text, source_path=name, settings_overrides=settings)
    for complaint in list(document.findall(nodes.system_message)):
        complaint.parent.remove(complaint)
    return document


def _restructured(name: str, text: str) -> t.Iterator[Snippet]:
    for block in doctree(name, text).findall(nodes.literal_block):
        section = block.parent
        while section is not None and not isinstance(section, nodes.section):
            section = section.parent
        heading = section[0].astext() if section is not None else ""
        yield Snippet(name, block.line or 0, heading, block.get("language", ""), block.astext())


def _plugin(name: str, text: str) -> t.Iterator[Snippet]:
    for statement in ast.parse(text).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="EXAMPLES")], value=ast.Constant(value=str(examples)) as constant):
                yield Snippet(name, constant.lineno, "", "yaml", examples)


def _sidecar(name: str, text: str) -> t.Iterator[Snippet]:
    """The documentation of a plugin in a file of its own."""
    for key, value in t.cast(yaml.MappingNode, yaml.compose(text)).value:
        if key.value == "EXAMPLES":
            yield Snippet(name, value.start_mark.line + 2, "", "yaml", value.value)


_READERS: dict[str, t.Callable[[str, str], t.Iterator[Snippet]]] = {
    ".md": _markdown,
    ".rst": _restructured,
    ".py": _plugin,
    ".yml": _sidecar,
}
