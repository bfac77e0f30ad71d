# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of ansible-doc are readable."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

#: Ansible's markup, which has to be gone where a person reads.
MARKUP = re.compile(r"\b(?:[BCEILMOPRUV]|RV)\([^)]*\)")

ROOT = Path(__file__).parents[2]
PAGES = [
    *(("module", file) for file in sorted(ROOT.glob("plugins/modules/*.yml"))),
    *(("filter", file) for file in sorted(ROOT.glob("plugins/filter/*.yml"))),
    *(("role", file.parents[1]) for file in sorted(ROOT.glob("roles/*/meta/argument_specs.yml"))),
]


@pytest.mark.parametrize(("kind", "name"), [(kind, f"winsec.lsa.{file.stem}") for kind, file in PAGES])
def test_a_page_reads_as_text(kind: str, name: str) -> None:
    text = page(kind, name)
    assert text.startswith(f"> {kind.upper()}")
    assert name in text
    assert MARKUP.findall(text) == []


def test_the_page_of_the_module_is_short_and_has_its_examples_in_the_first_half() -> None:
    lines = page("module", "winsec.lsa.use_machine_id").splitlines()
    assert len(lines) < 400
    (examples,) = (number for number, line in enumerate(lines) if "EXAMPLES:" in line)
    assert examples < len(lines) / 2


def page(kind: str, name: str) -> str:
    done = subprocess.run(["ansible-doc", "--type", kind, name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
