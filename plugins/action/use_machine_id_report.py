# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

from ansible.release import __version__ as ansible_version

from ..module_utils._texts import visible
from ..plugin_utils._ansible import controller
from ..plugin_utils._ansible.action import Action, Result
from ..plugin_utils._audit.compare import compare, sentences, shortened
from ..plugin_utils._audit.document import Document, Source, Writer, build, read_document, read_source
from ..plugin_utils._audit.folder import content_of, differs, write
from ..plugin_utils._audit.records import ReportError, record_of
from ..plugin_utils._audit.report import JSON, files_of, paths_of_hosts

_COLLECTION = Path(__file__).parents[2]


class ActionModule(Action):
    """Write a report. Asks no host."""

    _requires_connection = False

    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "path": {"type": "path", "required": True},
        "sources": {"type": "list", "elements": "path", "default": []},
        "records": {"type": "list", "elements": "dict", "default": []},
        "previous": {"type": "path"},
    }

    def work(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any], result: Result) -> None:
        folder = Path(arguments["path"]).absolute()
        document = build([*_sources(arguments)], _writer(task_vars))
        if not document["hosts"]:
            raise ReportError("There is no host to report on. Give the task records, or sources that have some.")
        warnings = result["warnings"] = [*_superseded(document)]
        if arguments["previous"]:
            self._compare(Path(arguments["previous"]), document, warnings)
        files = files_of(document)
        obsolete = _obsolete(folder, files)
        result.update(path=str(folder), **_returned(document, files))
        result["changed"] = bool(obsolete) or differs(folder, files)
        if result["changed"] and not self._task.check_mode:
            write(folder, files, obsolete)

    def _compare(self, file: Path, document: Document, warnings: list[str]) -> None:
        if not file.exists():
            warnings.append(f"There is no earlier report {file}: nothing is compared.")
            return
        previous = read_document(str(file), _json(_read(file)))
        document["comparison"] = compare(previous, document)


def _sources(arguments: dict[str, t.Any]) -> t.Iterator[Source]:
    if arguments["records"]:
        # Ansible's own kinds of strings and mappings become plain ones.
        given = json.loads(json.dumps(arguments["records"], default=str))
        yield Source("records", [record_of(one, f"Record {number}") for number, one in enumerate(given, 1)])
    for name in arguments["sources"]:
        yield read_source(name, _read(Path(name)))


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except OSError as exc:
        raise ReportError(f"The file {file} can't be read: {exc.strerror}. Check its name and permissions.") from exc
    except UnicodeDecodeError as exc:
        raise ReportError(f"{file} is not a report. Name a report.json that this collection has written.") from exc


def _json(text: str) -> t.Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _obsolete(folder: Path, files: t.Mapping[str, bytes]) -> list[str]:
    """Return the files that only the old report has: a host that is lost now must not keep its old result.

    Files of anybody else are left alone.
    """
    try:
        earlier = read_document(JSON, _json((content_of(folder / JSON) or b"").decode()))
    except (ValueError, ReportError):
        return []
    return sorted(path for path in paths_of_hosts(earlier) - files.keys() if (folder / path).exists())


def _superseded(document: Document) -> t.Iterator[str]:
    if found := document["meta"]["superseded"]:
        hosts = shortened([*dict.fromkeys(visible(entry["host"]) for entry in found)], 10)
        yield f"Hosts are in several sources, and the record that was finished later counts: {hosts}"


def _returned(document: Document, files: t.Mapping[str, bytes]) -> Result:
    """Return the values that a play may want to use, however many hosts there are."""
    summary = document["summary"]
    return {
        "summary": {key: summary[key] for key in ("hosts", "reached", "verdicts", "attention", "outcomes")},
        "changes": sentences(document["comparison"]) if document["comparison"] else [],
        "xccdf": sum(name.startswith("xccdf/") for name in files),
    }


def _writer(task_vars: t.Mapping[str, t.Any]) -> Writer:
    return Writer(_version(), ansible_version, controller.user(), controller.name(), _inventories(task_vars))


def _version() -> str:
    """Of the collection: as it is installed, or as a checkout will be."""
    for name, pattern in (("MANIFEST.json", r'"version": "([^"]+)"'), ("galaxy.yml", r"(?m)^version: (\S+)$")):
        if (file := _COLLECTION / name).exists() and (match := re.search(pattern, file.read_text("utf-8"))):
            return match[1]
    return "unknown"


def _inventories(task_vars: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """The names of the inventories without their folders; a list of hosts on the command line is not one."""
    sources = (str(source) for source in task_vars.get("ansible_inventory_sources") or ())
    return tuple("command line" if "," in source else Path(source).name for source in sources)
