# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which test runs which snippet, and why some are run by none. test_documents.py runs all the rest."""

from __future__ import annotations

import typing as t
from fnmatch import fnmatch

if t.TYPE_CHECKING:
    from .snippets import Snippet

#: Documents whose snippets a test elsewhere runs, or compares with what it runs: it has the hosts that they need.
RUN_ELSEWHERE = {
    "docs/docsite/rst/guide_transcripts.rst": "tests/playbooks/test_transcripts.py",
    "docs/docsite/rst/guide_connect_winrm.rst": "tests/kerberos/test_connect_guides.py",
    "docs/docsite/rst/guide_connect_psrp.rst": "tests/kerberos/test_connect_guides.py",
    "docs/docsite/rst/guide_connect_ssh.rst": "tests/wine/test_connect_guide.py",
    "plugins/modules/use_machine_id_report.yml": "tests/playbooks/test_report.py",
    "docs/docsite/rst/guide_host_or_gpo.rst": "tests/domain_controller/test_documents.py",
    "plugins/modules/use_machine_id_gpo.yml": "tests/domain_controller/test_documents.py",
    "plugins/modules/use_machine_id_gpo_info.yml": "tests/domain_controller/test_documents.py",
    "docs/docsite/rst/guide_molecule.rst": "tests/molecule/test_scenarios.py",
    "docs/docsite/rst/guide_test_without_windows.rst": "tests/release/test_example.py",
}

#: Its fleets, states and logs are loaded by tests/endpoint/tests/test_readme.py, which has the programs that read them.
ENDPOINT = "tests/endpoint/README.md"

#: Snippets that no test runs: the document, the first line of the text, and the reason.
NOT_RUN = {
    ("README.md", "make demo    # audit, enforce and enforce again on a simulated fleet: half a minute"): (
        "the gate itself runs both commands"
    ),
    ("README.md", "$ make demo"): "not a command: test_demo.py compares it with what the demo prints",
    (
        "README.md",
        "task ── action plugin on the controller ─┬─ winrm, psrp: WS-Management calls to WMI ─┬─ the registry",
    ): ("a picture"),
    (ENDPOINT, "pip install ./tests/endpoint"): "done by the session, in which the endpoint is installed",
    (
        ENDPOINT,
        "ansible fallback -i inventory.yml -m ansible.builtin.raw -a 'reg.exe query \"HKLM\\SYSTEM\\Select\"'",
    ): ("wants the reg.exe of Wine: tests/wine/test_wsman.py runs commands of that kind"),
    (ENDPOINT, "pip install -e 'tests/endpoint[test]'"): "the session endpoint runs these tests",
    ("CONTRIBUTING.md", "make demo    # see it work: about half a minute"): "the gate itself runs both commands",
    (
        "docs/docsite/rst/guide_what_the_value_means.rst",
        r"reg delete HKLM\SYSTEM\CurrentControlSet\Control\Lsa /v UseMachineId /f",
    ): "for a shell on Windows; the tests of tests/wine run what the collection sends, which is the same command",
}


def is_run_here(snippet: Snippet) -> bool:
    """Tell whether it is for the tests of this folder to run a snippet."""
    is_excused = (snippet.file, snippet.first_line) in NOT_RUN
    if snippet.file == ENDPOINT and snippet.language != "console" and snippet.first_line != "# fleet.yml":
        return False
    return not is_excused and not any(fnmatch(snippet.file, pattern) for pattern in RUN_ELSEWHERE)
