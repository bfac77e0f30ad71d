# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to log in to the endpoint's hosts, and what its log says of them."""

from __future__ import annotations

import json
import typing as t
from collections import defaultdict

import yaml

if t.TYPE_CHECKING:
    from .fleet import Fleet

Variables: t.TypeAlias = "dict[str, t.Any]"


class Way(t.NamedTuple):
    """A host's description, how its log calls the login, and whether messages are encrypted inside HTTP."""

    form: dict[str, t.Any]
    mechanism: str
    encrypted: bool


WAYS = {
    "basic": Way({"scheme": "https"}, "basic", encrypted=False),
    "ntlm": Way({"authentication": ["ntlm"]}, "ntlm", encrypted=True),
    "ntlmhttps": Way({"authentication": ["ntlm"], "scheme": "https"}, "ntlm", encrypted=False),
    "credssp": Way({"authentication": ["credssp"]}, "credssp", encrypted=True),
    "credssphttps": Way({"authentication": ["credssp"], "scheme": "https"}, "credssp", encrypted=False),
    "certificate": Way({"authentication": ["certificate"], "scheme": "https"}, "certificate", encrypted=False),
}


def change(subject: Fleet, edit: t.Callable[[str], Variables]) -> None:
    """Give hosts other variables than the endpoint did; None means none at all."""
    form = yaml.safe_load(subject.inventory.read_text())
    for name, known in form["windows"]["hosts"].items():
        changed = {**known, **edit(name)}
        form["windows"]["hosts"][name] = {key: content for key, content in changed.items() if content is not None}
    subject.inventory.write_text(yaml.safe_dump(form))


def logins(subject: Fleet, host: str) -> list[str]:
    """How the attempts to log in ended; one by NTLM takes three requests."""
    return [request["login"] for request in subject.requests(host) if request["login"] in ("accepted", "refused")]


def requests_by_host(subject: Fleet) -> dict[str, list[dict[str, t.Any]]]:
    requests = defaultdict(list)
    for request in map(json.loads, (subject.folder / "log").read_text().splitlines()):
        requests[request["host"]].append(request)
    return requests
