# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is stopped at any step, by death, by an error or by a lost network: what is left, and the next run.

That each request may fail is proved in memory, by the tests of edit.py. Here it is proved for those that write.
"""

from __future__ import annotations

import time
import typing as t

import pytest

from .conftest import Result, Run
from .policies import OURS, Policy, new_policy, template
from .samba import DomainController
from .test_change import USE

BEFORE = template("MACHINE\\Software\\x=4,1")
AFTER = template(f"{USE}=4,1", "MACHINE\\Software\\x=4,1")
NEW = template(f"{USE}=4,1")

#: A GPO with a template of others, and one without any, whose folders have to be made: what is there before and after.
FORMS: dict[str, tuple[bytes | None, bytes]] = {"with a template": (BEFORE, AFTER), "without one": (None, NEW)}


def reset(policy: Policy, before: bytes | None = BEFORE) -> None:
    policy.set(versionNumber="4", gPCMachineExtensionNames="")
    if before is None:
        policy.empty()
    else:
        policy.put(before)
    policy.gpt_ini.write_bytes(b"[General]\r\nVersion=4\r\n")


class Change(t.NamedTuple):
    """The requests of a change of such a GPO: all, and the number of those that a check sends, which are first."""

    requests: list[str]
    first: int

    def nth(self, name: str, number: int) -> int:
        """The place of a request of this name, counted from 1."""
        return [place for place, request in enumerate(self.requests) if request == name][number - 1]


@pytest.fixture(scope="module")
def changes(controller: DomainController, run: Run) -> dict[str, Change]:
    policy, found = new_policy(controller, "to count requests"), {}
    for form, (before, _after) in FORMS.items():
        reset(policy, before)
        checked = run(gpo=policy.guid, _ansible_check_mode=True)["requests"]
        sent = run(gpo=policy.guid)["requests"]
        assert sent[: len(checked)] == checked
        found[form] = Change(sent, len(checked))
    return found


def is_whole(policy: Policy, form: str) -> bool:
    """A GPO applies if its template is one of both, and the versions differ by no more than this change."""
    versions = {int(policy.attributes()["versionNumber"]), int(policy.gpt_ini.read_bytes().strip().rpartition(b"=")[2])}
    found = policy.template.read_bytes() if policy.template.exists() else None
    # A new template is empty for the time of two requests, which says as much as none.
    allowed = (*FORMS[form], *([b""] if FORMS[form][0] is None else []))
    return found in allowed and versions in ({4}, {4, 5}, {5})


def finished(policy: Policy, run: Run, form: str) -> Result:
    """The run after, which needs no option. What a dead process had open is closed when the server has noticed."""
    deadline = time.monotonic() + 60
    while "Somebody else has" in (result := run(gpo=policy.guid)).get("msg", "") and time.monotonic() < deadline:
        pass
    assert not result.get("failed"), result
    assert policy.template.read_bytes() == FORMS[form][1]
    assert (
        policy.attributes()["versionNumber"] == policy.gpt_ini.read_bytes().strip().rpartition(b"=")[2].decode() == "5"
    )
    assert policy.attributes()["gPCMachineExtensionNames"] == OURS
    return result


@pytest.mark.parametrize("form", FORMS)
def test_a_run_that_is_killed_before_any_request_is_finished_by_the_next(
    policy: Policy, run: Run, changes: dict[str, Change], form: str
) -> None:
    change = changes[form]
    for at in range(change.first, len(change.requests)):
        reset(policy, FORMS[form][0])
        assert run(gpo=policy.guid, at=at, then="die") == {"killed": True}
        assert is_whole(policy, form), (at, change.requests[at])
        finished(policy, run, form)
    assert run(gpo=policy.guid)["changed"] is False


#: The requests that write. Once the directory has changed, nothing is undone.
WRITES = {"template": ("SMB Write", 1), "directory": ("LDAP modify", 1), "version": ("SMB Write", 2)}
FORM = "with a template"


@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_fails_leaves_everything_as_it_was_or_says_so(
    policy: Policy, run: Run, changes: dict[str, Change], write: str
) -> None:
    is_undone = write != "version"
    reset(policy)
    before = policy.state()
    failed = run(gpo=policy.guid, at=changes[FORM].nth(*WRITES[write]), then="fail")
    assert "A request failed" in failed["msg"]
    assert failed["changed"] is not is_undone
    assert (policy.state() == before) is is_undone
    assert is_whole(policy, FORM)
    finished(policy, run, FORM)


@pytest.mark.parametrize("write", WRITES)
def test_a_network_that_is_lost_is_named_and_the_next_run_finishes(
    policy: Policy, run: Run, changes: dict[str, Change], write: str
) -> None:
    reset(policy)
    lost = run(gpo=policy.guid, at=changes[FORM].nth(*WRITES[write]), then="cut", timeout=30)
    assert lost["failed"]
    assert lost["changed"]
    assert "dc1.example.com" in lost["msg"]
    assert is_whole(policy, FORM)
    finished(policy, run, FORM)


def test_an_editor_at_the_same_moment_is_noticed_and_nothing_is_changed(
    policy: Policy, run: Run, changes: dict[str, Change]
) -> None:
    reset(policy)
    database = str(policy.controller.folder / "private" / "sam.ldb")
    edit = f"dn: {policy.dn}\nchangetype: modify\nreplace: versionNumber\nversionNumber: 5\n"
    command = ["sh", "-c", f"echo '{edit}' | ldbmodify -H {database}"]
    refused = run(gpo=policy.guid, at=changes[FORM].nth("LDAP modify", 1), then="run", command=command)
    assert "Somebody else has changed the GPO" in refused["msg"]
    assert refused["changed"] is False
    assert policy.template.read_bytes() == BEFORE
    assert policy.gpt_ini.read_bytes() == b"[General]\r\nVersion=4\r\n"
    assert "gPCMachineExtensionNames" not in policy.attributes()


def test_a_file_that_somebody_has_open_is_left(policy: Policy, run: Run) -> None:
    reset(policy)
    before = policy.state()
    with policy.opened():
        refused = run(gpo=policy.guid)
    assert "Somebody else has" in refused["msg"]
    assert "STATUS_SHARING_VIOLATION" in refused["msg"]
    assert policy.state() == before
