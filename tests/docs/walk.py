# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document followed word for word: its files are written, its commands run, its output looked for.

All is done by one bash, so that an activated environment and an exported variable last as they do for a reader.
"""

from __future__ import annotations

import re
import subprocess
import typing as t
from pathlib import Path, PurePosixPath

import yaml

from .snippets import Snippet

Kind = t.Literal["file", "commands", "output", "play", "tasks"]

#: The first line of a file says where it is kept: "# group_vars/windows.yml", or the same with a remark behind a colon.
_FILE_NAME = re.compile(r"# ([\w./-]+\.\w+)(?::.*)?")
_MARK = "::: "

#: The exit status of ansible-playbook if a task failed.
FAILED = 2


def file_name(snippet: Snippet) -> str | None:
    """Return the name under which a reader is told to keep a snippet."""
    match = _FILE_NAME.fullmatch(snippet.first_line)
    return match[1] if match else None


def kind(snippet: Snippet) -> Kind | None:
    """Tell how a snippet is run; None where there is no way."""
    if snippet.language in ("console", "text"):
        return "commands" if snippet.language == "console" else "output"
    if file_name(snippet):
        return "file"
    if snippet.language not in ("yaml", "yaml+jinja"):
        return None
    content = yaml.safe_load(snippet.text)
    if not isinstance(content, list):
        return None
    return "play" if all("hosts" in item for item in content) else "tasks"


def ends_in_failure(items: t.Any) -> bool:
    """Tell whether plays or tasks fail all the same once they have gone back, for want of an application to check."""
    if isinstance(items, dict):
        return "ansible.builtin.fail" in items or ends_in_failure([*items.values()])
    return isinstance(items, list) and any(map(ends_in_failure, items))


class Walk(t.NamedTuple):
    """The outcome of following a document: the output of each snippet that was run, by its id."""

    exit_status: int
    outputs: dict[str, str]

    @property
    def last(self) -> str:
        """Where it stopped, and with which words."""
        place, output = list(self.outputs.items())[-1]
        return f"{place}:\n{output}"


def follow(
    snippets: t.Sequence[Snippet], folder: Path, environment: dict[str, str], inventory: str, typed: str = ""
) -> Walk:
    """Follow a document in a folder. ``inventory`` is for plays without a command, ``typed`` what commands read."""
    script = "\n".join(["set -eo pipefail", *(_command(snippet, inventory) for snippet in snippets)])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=3600,
        check=False,
    )
    outputs = dict(part.split("\n", 1) for part in f"\n{done.stdout}".split(f"\n{_MARK}")[1:])
    return Walk(done.returncode, outputs)


def _command(snippet: Snippet, inventory: str) -> str:
    mark = f"printf '\\n{_MARK}%s\\n' '{snippet.id}'"
    match kind(snippet):
        case "commands":
            return f"{mark}\n{snippet.text}"
        case "file":
            return f"{mark}\n{_write(str(file_name(snippet)), snippet.text)}"
        case "play":
            name = f"line_{snippet.line}.yml"
            expected = FAILED if ends_in_failure(yaml.safe_load(snippet.text)) else 0
            run = f"status=0; ansible-playbook {name} -i {inventory} || status=$?; test $status = {expected}"
            return f"{mark}\n{_write(name, snippet.text)}\n{run}"
        case _:
            return ""


def _write(name: str, text: str) -> str:
    return f"mkdir -p {PurePosixPath(name).parent}\ncat > {name} <<'END_OF_SNIPPET'\n{text.rstrip()}\nEND_OF_SNIPPET"


def missing_output(snippets: t.Sequence[Snippet], walk: Walk) -> list[str]:
    """Return the lines that a document shows as output and that did not come. Hosts are shown in any order."""
    missing, last = [], ""
    for snippet in snippets:
        if kind(snippet) == "output":
            came = {" ".join(line.split()) for line in walk.outputs[last].splitlines()}
            shown = [" ".join(line.split()) for line in snippet.text.splitlines()]
            missing += [f"{snippet.id}: {line}" for line in shown if line not in came]
        elif kind(snippet):
            last = snippet.id
    return missing
