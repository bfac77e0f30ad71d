# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records what Windows hosts answer, with your own Ansible and your own inventory.

    make transcript HOST=srv01 INVENTORY=inventory.yml
    make transcript HOST=srv01 INVENTORY=inventory.yml WRITE=yes OPTIONS='--ask-vault-pass --extra-vars @login.yml'

Needs ansible-playbook on the PATH, and what Ansible itself needs to reach the hosts. See docs/docsite/rst, "Record what
your Windows answers".
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

EPILOGUE = """
Read each file before you share it. It says what the host was asked, what it answered, and what the collection made of
it. This replays it:

    make .venv
    .venv/bin/python -m nox -s "unit(without-ansible)" -- -k test_replay

Then commit it and open a pull request, or attach it to an issue. docs/docsite/rst/guide_transcripts.rst says more.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Record what Windows hosts answer.")
    parser.add_argument("host", help="a host, a group or a pattern of your inventory")
    parser.add_argument("--inventory", help="your inventory; without it, the one that Ansible uses by default")
    parser.add_argument("--via", choices=("wmi", "reg"), default="wmi", help="what to call over winrm and psrp")
    parser.add_argument("--write", action="store_true", help="also write each of the two values as it is")
    parser.add_argument("--folder", type=Path, default=HERE / "recorded", help="where the files go")
    parser.add_argument("options", nargs="*", help="for ansible-playbook, after --")
    arguments = parser.parse_args()
    if not arguments.host:
        parser.error("no host is named: make transcript HOST=srv01")
    ansible = shutil.which("ansible-playbook")
    if ansible is None:
        print("There is no ansible-playbook on the PATH: activate the environment that has your Ansible.")
        return 2
    folder, via, write = str(arguments.folder.resolve()), arguments.via, arguments.write
    variables = {"transcript_folder": folder, "transcript_via": via, "transcript_write": write}
    with tempfile.TemporaryDirectory(prefix="winsec-lsa-") as tree:
        command = [ansible, lay_out(Path(tree)), f"--limit={arguments.host}", f"--extra-vars={json.dumps(variables)}"]
        command += [f"--inventory={arguments.inventory}"] if arguments.inventory else []
        status = subprocess.run([*command, *arguments.options], check=False).returncode
    print(EPILOGUE if status == 0 else "Not every host was recorded: see above.", file=sys.stderr)
    return status


def lay_out(folder: Path) -> str:
    """The playbook, beside which Ansible looks for collections before any that is installed: it finds this checkout."""
    shutil.copy(HERE / "record.yml", folder)
    (folder / "action_plugins").symlink_to(HERE / "action_plugins")
    collection = folder / "collections" / "ansible_collections" / "winsec" / "lsa"
    collection.mkdir(parents=True)
    for name in ("meta", "plugins", "tests"):
        (collection / name).symlink_to(ROOT / name)
    return str(folder / "record.yml")


if __name__ == "__main__":
    sys.exit(main())
