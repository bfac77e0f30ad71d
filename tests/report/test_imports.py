# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results for DISA's rules: valid by the schema of XCCDF 1.2, and imported by the parser of STIG Manager."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest
from lxml import etree

from ..support.programs import program

XSD = "/usr/share/openscap/schemas/xccdf/1.2/xccdf_1.2.xsd"
IMPORT = Path(__file__).with_name("import.mjs")


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(XSD))


@pytest.mark.parametrize("name", ["everything", "hostile"])
def test_every_xccdf_file_is_valid(reports: Path, schema: etree.XMLSchema, name: str) -> None:
    files = sorted((reports / name / "xccdf").iterdir())
    assert files
    for file in files:
        schema.assertValid(etree.parse(str(file)))


def test_the_schema_rejects_what_is_wrong(reports: Path, schema: etree.XMLSchema) -> None:
    text = (reports / "everything" / "xccdf" / "srv2022.xml").read_text()
    assert not schema.validate(etree.fromstring(text.replace(">fail<", ">failed<").encode()))


class Imported(t.NamedTuple):
    """The reviews that STIG Manager takes from one file."""

    target: str
    benchmark: str
    revision: str | None
    results: dict[str, str]


def stig_manager(files: list[Path]) -> dict[Path, Imported]:
    parser = Path(os.environ["NODE_FOLDER"], "node_modules", "@nuwcdivnpt", "stig-manager-client-modules", "index.js")
    command = [str(program("node")), str(IMPORT), str(parser)]
    names = json.dumps([str(file) for file in files])
    done = subprocess.run(command, input=names, capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")
    return {Path(name): Imported(**found) for name, found in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def imported(reports: Path) -> dict[str, Imported]:
    """By the path of the file below the folder of reports."""
    found = stig_manager(sorted(reports.glob("[eh]*/*/*")))
    return {str(file.relative_to(reports)): one for file, one in found.items()}


def test_stig_manager_imports_every_file(imported: dict[str, Imported]) -> None:
    good = {"SV-254470r991589_rule": "pass", "SV-254471r991589_rule": "fail"}
    benchmark = "MS_Windows_Server_2022_STIG"
    assert imported["everything/xccdf/srv2022.xml"] == Imported("srv2022", benchmark, None, good)
    assert imported["everything/checklist/srv2022.cklb"] == Imported("srv2022", benchmark, "V2R8", good)
    both = {"SV-205916r991589_rule": "fail", "SV-205917r991589_rule": "fail"}
    assert imported["everything/xccdf/dc2019.xml"].results == both
    assert imported["everything/checklist/dc2019.cklb"].results == both
    assert len(imported) == 2 * (8 + 12)
    assert all(found.results for found in imported.values())


def test_stig_manager_knows_hostile_names_as_texts(imported: dict[str, Imported]) -> None:
    from .fleets import HOSTILE

    expected = {text.replace("\u202e", r"\u202e").replace("\x00\ud800", r"\x00\ud800") for text in HOSTILE} | {"named"}
    for kind in ("xccdf", "checklist"):
        assert {found.target for path, found in imported.items() if path.startswith(f"hostile/{kind}/")} == expected


def test_no_host_that_was_lost_has_a_file(imported: dict[str, Imported]) -> None:
    assert {Path(path).stem for path in imported if path.startswith("everything/")} == {
        *("srv2022", "dc2019", "srv2008r2", "srv2012r2", "srv2016", "srv2025", "win10", "win11")
    }


def test_what_was_read_before_a_host_was_lost_is_not_a_pass(tmp_path: Path) -> None:
    from .fleets import lost_halfway

    files = sorted(lost_halfway(tmp_path).glob("*/halfway.*"))
    assert len(files) == 2
    for found in stig_manager(files).values():
        assert found.target == "halfway"
        assert "pass" not in found.results.values()
