# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of ansible-doc are readable."""

from __future__ import annotations

import re
import subprocess

import pytest

#: Ansible's markup, which has to be gone where a person reads.
MARKUP = re.compile(r"\b(?:[BCEILMOPRUV]|RV)\([^)]*\)")

PAGES = [
    ("module", "winsec.lsa.use_machine_id", "null_session_fallback"),
    ("module", "winsec.lsa.use_machine_id_facts", "via"),
    ("module", "winsec.lsa.use_machine_id_check_variables", "misspelled"),
    ("module", "winsec.lsa.use_machine_id_fleet_info", "max_failed_logins"),
    ("module", "winsec.lsa.use_machine_id_report", "previous"),
    ("module", "winsec.lsa.use_machine_id_gpo", "allow_default_policies"),
    ("module", "winsec.lsa.use_machine_id_gpo_info", "ou"),
    ("filter", "winsec.lsa.to_security_template", "template"),
    ("filter", "winsec.lsa.from_security_template", "_input"),
    ("role", "winsec.lsa.use_machine_id", "use_machine_id_unsupported"),
]


@pytest.mark.parametrize(("kind", "name", "option"), PAGES, ids=[f"{kind} {name}" for kind, name, _option in PAGES])
def test_a_page_reads_as_text(kind: str, name: str, option: str) -> None:
    done = subprocess.run(["ansible-doc", "--type", kind, name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"> {kind.upper()}")
    for word in (name, option):
        assert word in done.stdout
    assert MARKUP.findall(done.stdout) == []
