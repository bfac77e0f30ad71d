# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets, in each of their forms, in what the playbooks leave where Ansible is as verbose as can be."""

from __future__ import annotations

import base64
import json
import typing as t
import urllib.parse
from pathlib import Path

import yaml

if t.TYPE_CHECKING:
    from .fleet import Fleet
    from .runs import Run

#: Where the playbooks and Ansible leave what they know.
SINKS = ("ansible.log", "facts", "journal.jsonl", "out", "results")

_SETTINGS = {
    "ANSIBLE_LOG_PATH": "ansible.log",
    "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
    "ANSIBLE_CACHE_PLUGIN_CONNECTION": "facts",
}
_VARIABLES = {
    "use_machine_id_journal": "journal.jsonl",
    "use_machine_id_audit_report": "out",
    "use_machine_id_audit_fail_on": [],  # or the other playbooks would not begin
}
_OPTIONS = ("-vvvvv", "--diff", "-e", json.dumps(_VARIABLES))
_PLAYBOOKS = ("winsec.lsa.audit", "winsec.lsa.enforce", "winsec.lsa.revert")


def all_that_is_left(subject: Fleet) -> tuple[Run, dict[str, str]]:
    """Audit, enforce and revert, and return the texts that this leaves, by their names."""
    playbook = subject.folder / "site.yml"
    playbook.write_text(yaml.safe_dump([{"ansible.builtin.import_playbook": name} for name in _PLAYBOOKS]))
    run = subject.playbook(str(playbook), *_OPTIONS, environment=_SETTINGS)
    texts = {"stdout": run.output}
    for name in SINKS:
        files = _files(subject.folder / name)
        assert files, name
        texts |= {str(file): file.read_text(errors="replace") for file in files}
    return run, texts


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]


def leaks(texts: t.Mapping[str, str], *secrets: str) -> list[str]:
    """The names of the texts that have one of the secrets in some form."""
    forms = {form for secret in secrets for form in _forms(secret)}
    return [name for name, text in texts.items() if any(form in text for form in forms)]


def _forms(secret: str) -> set[str]:
    """As it is, in one line, quoted, escaped, and as the parts of a login encode it."""
    texts = {secret, " ".join(secret.split())}
    forms = {*texts, urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret)}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    for encoding in ("utf-8", "utf-16-le", "latin-1"):
        data = secret.encode(encoding, "replace")
        forms |= {data.hex(), *_in_base64(data)}
    return forms


def _in_base64(data: bytes) -> t.Iterator[str]:
    """The part of it that every text has which has the data, whatever is in front of them: ``user:`` for example."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + data).decode().rstrip("=")
        yield encoded[(0, 2, 3)[shift] :][:-1]
