# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret appears nowhere, whichever way it logs in, right or wrong, and as verbose as Ansible can be."""

from __future__ import annotations

import typing as t

import pytest

from ..support.fleet import CONNECTIONS, PASSWORD, over_both
from ..support.leaks import all_that_is_left, leaks
from ..support.logins import WAYS, change

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory

#: It has what a library quotes, folds or escapes on the way.
WRONG = "wr0ng m4rker/&%'\\\"ü"
PROXY = "pr0xym4rker"
DEAD_PROXY = f"http://user:{PROXY}@127.0.0.1:1"


def variables(host: str) -> dict[str, t.Any]:
    if host.startswith("wrong"):
        return {"ansible_password": WRONG}
    if host.startswith("proxy"):
        return {"ansible_winrm_proxy": DEAD_PROXY, "ansible_psrp_proxy": DEAD_PROXY}
    if host.startswith("ssh"):
        return {"ansible_connection": "ssh", "ansible_shell_type": "cmd", "ansible_ssh_executable": "/bin/false"}
    return {}


@pytest.mark.canary
def test_a_secret_appears_nowhere(fleet: FleetFactory) -> None:
    forms = {name: way.form for name, way in WAYS.items()}
    wrong = {f"wrong{name}": way.form for name, way in WAYS.items() if name != "certificate"}
    subject = fleet(over_both({**forms, **wrong, "proxy": {}, "ssh": {}}))
    change(subject, variables)
    run, seen = all_that_is_left(subject)
    changed = {result.host for result in run.results if result.status == "changed"}
    assert changed >= {f"{name}-{connection}" for name in forms for connection in CONNECTIONS}, run.output
    keys = [line for file in subject.folder.glob("*key.pem") for line in file.read_text().split("\n")[1:-2]]
    assert keys
    assert leaks(seen, PASSWORD, WRONG, PROXY, *keys) == []
    for text in seen.values():
        assert "PRIVATE KEY" not in text
        assert "Traceback" not in text


def test_a_leak_would_be_found() -> None:
    for text in (f"x{WRONG}x", "wr0ng%20m4rker%2F%26%25%27%5C%22%C3%BC", "d3IwbmcgbTRya2VyLyYlJ1wiw7w=", repr([WRONG])):
        assert leaks({"stdout": text}, WRONG) == ["stdout"], text
    assert leaks({"stdout": "Administrator: wr0ng"}, WRONG) == []
