# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change the pure parts in many small ways, with cosmic-ray, and see whether a test notices.

``python -m tests.mutants.run [PART...]`` works on a copy of the checkout. It fails if a mutant survives that
survivors.yml does not know, with the reason why no test can tell it from the original.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import yaml

from ..support import checkout

SURVIVORS = Path(__file__).parent / "survivors.yml"
TESTS = "tests/unit/plugins"

#: By part, the files that are changed and the tests that have to notice.
PARTS: dict[str, tuple[list[str], str]] = {
    "policy": (["plugins/plugin_utils/_policy"], f"{TESTS}/plugin_utils/_policy"),
    "responses": (["plugins/plugin_utils/_wsman/responses.py"], f"{TESTS}/plugin_utils/_wsman"),
    "faults": (["plugins/plugin_utils/_wsman/faults.py"], f"{TESTS}/plugin_utils/_wsman"),
    "reg_exe": (
        ["plugins/plugin_utils/_windows/reg_exe_output.py", "plugins/plugin_utils/_windows/reg_exe_version.py"],
        f"{TESTS}/plugin_utils/_windows",
    ),
    "audit": (["plugins/plugin_utils/_audit"], f"{TESTS}/plugin_utils/_audit"),
    "templates": (["plugins/module_utils/_group_policy"], f"{TESTS}/module_utils/_group_policy"),
    "journal": (
        [f"plugins/plugin_utils/_journal/{name}.py" for name in ("entries", "restoration", "runs")],
        f"{TESTS}/plugin_utils/_journal",
    ),
}

_CONFIGURATION = """\
[cosmic-ray]
module-path = {files}
timeout = 120.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider {tests}"
[cosmic-ray.distributor]
name = "local"
[cosmic-ray.filters.operators-filter]
# In this code, nearly all of these stand in annotations, which are not run.
exclude-operators = ["core/ReplaceBinaryOperator_BitOr_.*"]
"""


class Mutant(t.NamedTuple):
    """One change: the file, the line as it was, and the kind of change."""

    file: str
    line: str
    operator: str


def main(names: list[str]) -> int:
    known = {Mutant(entry["file"], entry["line"], entry["operator"]) for entry in yaml.safe_load(SURVIVORS.read_text())}
    unknown: list[Mutant] = []
    with tempfile.TemporaryDirectory() as folder:
        checkout.copy_to(Path(folder))
        for name in names or PARTS:
            count, survivors = _mutate(Path(folder), *PARTS[name])
            print(f"{name:<10} {count} mutants, {1 - len(survivors) / count:.1%} killed", flush=True)
            unknown += [survivor for survivor in survivors if survivor not in known]
    for mutant in unknown:
        print(f"- {json.dumps(mutant._asdict())}")
    return 1 if unknown else 0


def _mutate(folder: Path, files: list[str], tests: str) -> tuple[int, list[Mutant]]:
    """Return the number of mutants and those that survived."""
    configuration = _CONFIGURATION.format(files=json.dumps(files), python=sys.executable, tests=tests)
    (folder / "mutants.toml").write_text(configuration)
    (folder / "mutants.sqlite").unlink(missing_ok=True)
    _run(folder, "cosmic-ray", "init", "mutants.toml", "mutants.sqlite")
    _run(folder, "cr-filter-operators", "mutants.sqlite", "mutants.toml")
    _run(folder, "cosmic-ray", "exec", "mutants.toml", "mutants.sqlite")
    count, survivors = 0, []
    for line in _run(folder, "cosmic-ray", "dump", "mutants.sqlite").splitlines():
        item, result = json.loads(line)
        if result["worker_outcome"] == "skipped":
            continue
        count += 1
        if result["test_outcome"] == "survived":
            (change,) = item["mutations"]
            source = (checkout.ROOT / change["module_path"]).read_text("utf-8").splitlines()
            place = source[change["start_pos"][0] - 1].strip()
            survivors.append(Mutant(change["module_path"], place, change["operator_name"].removeprefix("core/")))
    return count, survivors


def _run(folder: Path, program: str, *arguments: str) -> str:
    command = [str(Path(sys.executable).parent / program), *arguments]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
