# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents have snippets, each says what it is written in, and what no test runs has a reason."""

from __future__ import annotations

from fnmatch import fnmatch

import pytest

from .claims import NOT_RUN, RUN_ELSEWHERE
from .snippets import DOCUMENTS, ROOT, all_snippets, read

SNIPPETS = all_snippets()

MARKDOWN = """\
# Title

- item

  ```yaml
  key: value
  ```

<!-- ```text
a comment
``` -->

## Next

```console
ansible --version
```
"""

RST = """\
Title
=====

.. note::

   .. code-block:: yaml+jinja

       key: value

Next
----

A list::

    plain

.. some_directive:: of_another_tool
    :option: value
"""


PLUGIN = """\
from __future__ import annotations

DOCUMENTATION = "no snippet"
EXAMPLES = r'''
- name: A task
'''
"""

SIDECAR = """\
---
DOCUMENTATION: {}
EXAMPLES: |
  - name: A task
"""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.md", MARKDOWN, [(6, "Title", "yaml", "key: value\n"), (16, "Next", "console", "ansible --version\n")]),
        ("a.rst", RST, [(8, "Title", "yaml+jinja", "key: value\n"), (15, "Next", "", "plain")]),
        ("a.yml", SIDECAR, [(4, "", "yaml", "- name: A task\n")]),
        ("a.py", PLUGIN, [(4, "", "yaml", "\n- name: A task\n")]),
    ],
)
def test_snippets_of_a_document(name: str, text: str, expected: list[tuple[int, str, str, str]]) -> None:
    assert [snippet[1:] for snippet in read(name, text)] == expected


@pytest.mark.parametrize("pattern", DOCUMENTS)
def test_every_document_is_read(pattern: str) -> None:
    assert [snippet for snippet in SNIPPETS if fnmatch(snippet.file, pattern)]


def test_every_snippet_stands_where_it_says() -> None:
    for snippet in SNIPPETS:
        line = (ROOT / snippet.file).read_text().splitlines()[snippet.line - 1]
        assert snippet.text.partition("\n")[0].strip() in line, snippet.id


def test_every_snippet_has_a_language() -> None:
    assert [snippet.id for snippet in SNIPPETS if not snippet.language] == []


def test_a_reason_belongs_to_a_snippet() -> None:
    known = {(snippet.file, snippet.first_line) for snippet in SNIPPETS}
    assert set(NOT_RUN) - known == set()


def test_tests_elsewhere_exist() -> None:
    assert [test for test in RUN_ELSEWHERE.values() if not (ROOT / test).is_file()] == []
