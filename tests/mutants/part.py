# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of which the mutants are measured, and the measurement of one of them, in the current folder.

It fails if a mutant survives that survivors.yml does not know, with the reason why no test can tell it from the
original, and if one survives no longer that is listed there.
"""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

import yaml

from .changes import Change, Mutant, changes_to
from .suite import Suite

SURVIVORS = Path(__file__).parent / "survivors.yml"


class Part(t.NamedTuple):
    """Files of a folder of plugins/ that are changed, and the test files of its like that have to notice, by name."""

    folder: str
    files: str
    tests: str


PARTS: dict[str, Part] = {
    "policy": Part(
        "plugin_utils/_policy",
        "benchmarks conflicts decision enforcement meaning owner_evidence ownership report rules variables",
        "benchmarks decision enforcement meaning ownership report rules variables",
    ),
    "reg_exe": Part("plugin_utils/_windows", "reg_exe_output reg_exe_version", "reg_exe reg_exe_output"),
    "faults": Part("plugin_utils/_wsman", "faults", "faults"),
    "responses": Part("plugin_utils/_wsman", "responses xml", "responses"),
    "templates": Part(
        "module_utils/_group_policy",
        "edit errors extensions gpt_ini ini_text links plan report template versions",
        "edit parts template",
    ),
    "audit": Part(
        "plugin_utils/_audit",
        "attention compare console document examination records verdicts",
        "attention compare console document examination verdicts",
    ),
    "reports": Part(
        "plugin_utils/_audit",
        "cklb csv findings folder html lines report stigs xccdf",
        "checklists csv folder html lines",
    ),
    "journal": Part("plugin_utils/_journal", "entries restoration runs", "entries file restoration"),
}


def measure(name: str) -> int:
    """Measure a part, or one file of it, and say what survives. 1 if that is not what was known."""
    known = {Mutant(entry["file"], entry["line"], entry["operator"]) for entry in yaml.safe_load(SURVIVORS.read_text())}
    part, _slash, only = name.partition("/")
    folder, names, tests = PARTS[part]
    files = [f"plugins/{folder}/{file}.py" for file in names.split() if only in ("", file)]
    suite = Suite([f"tests/unit/plugins/{folder}/test_{test}.py" for test in tests.split()])
    count, survived = 0, []
    for file in files:
        changes = list(changes_to(file, Path(file).read_text("utf-8")))
        left = [change for change in changes if not suite.notices(change)]
        print(f"{file}: {len(changes) - len(left)} of {len(changes)} killed", flush=True)
        for change in left:
            if change.mutant not in known:
                print(
                    f"- {json.dumps(change.mutant._asdict())}  # {change.number}: {_changed_line(change)}", flush=True
                )
        count += len(changes)
        survived += [change.mutant for change in left]
    killed = [mutant for mutant in known if mutant.file in files and mutant not in survived]
    for mutant in killed:
        print(f"is listed, but killed: {json.dumps(mutant._asdict())}")
    print(f"{name}: {count - len(survived)} of {count} killed, {1 - len(survived) / count:.1%}", flush=True)
    return 1 if killed or {*survived} - known else 0


def _changed_line(change: Change) -> str:
    return change.text.splitlines()[change.number - 1].strip()


if __name__ == "__main__":
    sys.exit(measure(sys.argv[1]))
