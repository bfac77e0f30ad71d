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
from pathlib import Path

import yaml

from .changes import Change, Mutant, changes_to
from .suite import Suite

SURVIVORS = Path(__file__).parent / "survivors.yml"

_PLUGIN_UTILS, _MODULE_UTILS = "plugins/plugin_utils", "plugins/module_utils"

#: By part, patterns of the files that are changed, and below tests/unit of the tests that have to notice.
PARTS: dict[str, tuple[str, str]] = {
    "policy": (f"{_PLUGIN_UTILS}/_policy/*.py", f"{_PLUGIN_UTILS}/_policy"),
    "reg_exe": (f"{_PLUGIN_UTILS}/_windows/reg_exe_*.py", f"{_PLUGIN_UTILS}/_windows/test_reg_exe*.py"),
    "faults": (f"{_PLUGIN_UTILS}/_wsman/faults.py", f"{_PLUGIN_UTILS}/_wsman/test_faults.py"),
    "responses": (f"{_PLUGIN_UTILS}/_wsman/responses.py", f"{_PLUGIN_UTILS}/_wsman/test_responses.py"),
    "xml": (f"{_PLUGIN_UTILS}/_wsman/xml.py", f"{_PLUGIN_UTILS}/_wsman/test_responses.py"),
    "templates": (f"{_MODULE_UTILS}/_group_policy/*.py", f"{_MODULE_UTILS}/_group_policy"),
    "audit": (f"{_PLUGIN_UTILS}/_audit/*.py", f"{_PLUGIN_UTILS}/_audit"),
    "journal": (f"{_PLUGIN_UTILS}/_journal/[er]*.py", f"{_PLUGIN_UTILS}/_journal"),
}


def measure(name: str) -> int:
    """Measure a part, or one file of it, and say what survives. 1 if that is not what was known."""
    part, _slash, stem = name.partition("/")
    pattern, tests = PARTS[part]
    files = sorted(str(file) for file in Path().glob(pattern) if stem in ("", file.stem))
    known = {Mutant(entry["file"], entry["line"], entry["operator"]) for entry in yaml.safe_load(SURVIVORS.read_text())}
    suite = Suite(sorted(map(str, Path("tests/unit").glob(tests))))
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
