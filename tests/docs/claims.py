# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which test runs which snippet, and why some are run by none."""

from __future__ import annotations

import typing as t
from fnmatch import fnmatch

if t.TYPE_CHECKING:
    from .snippets import Snippet

#: Documents whose snippets a test elsewhere runs, all of them: it has the hosts that they need.
RUN_ELSEWHERE = {
    "docs/docsite/rst/guide_transcripts.rst": "tests/integration/test_transcripts.py",
    "tests/endpoint/README.md": "tests/endpoint/tests/test_readme.py",
}

#: Snippets that no test runs: the document, the first line of the text, and the reason.
NOT_RUN = {
    ("README.md", "make demo    # audit, enforce and enforce again on the fleet"): "the gate itself runs both commands",
    ("CONTRIBUTING.md", "make demo    # see it work: about half a minute"): "the gate itself runs both commands",
    (
        "README.md",
        "plugins/action, modules    the two actions: arguments in, result out; and their documentation, no code",
    ): ("a list of folders"),
}


def run_elsewhere(snippet: Snippet) -> str | None:
    """Return the test file that runs the snippets of this document."""
    return next((test for pattern, test in RUN_ELSEWHERE.items() if fnmatch(snippet.file, pattern)), None)


def reason_not_to_run(snippet: Snippet) -> str | None:
    """Return why no test runs a snippet."""
    return NOT_RUN.get((snippet.file, snippet.first_line))
