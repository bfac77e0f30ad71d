# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is stopped at any step, by death, by an error or by a lost network: what is left, and the next run."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from .conftest import Result, Run
from .policies import OURS, Policy, template
from .samba import PASSWORD
from .test_change import USE

BEFORE = template("MACHINE\\Software\\x=4,1")
AFTER = template(f"{USE}=4,1", "MACHINE\\Software\\x=4,1")


@pytest.fixture
def steps(policy: Policy, run: Run) -> int:
    """How many requests a change makes."""
    reset(policy)
    return int(run(gpo=policy.guid)["requests"])


def reset(policy: Policy) -> None:
    policy.set(versionNumber="4", gPCMachineExtensionNames="")
    policy.put(BEFORE)
    policy.gpt_ini.write_bytes(b"[General]\r\nVersion=4\r\n")


def is_whole(policy: Policy) -> bool:
    """A GPO applies if its template is one of both, and the versions differ by no more than this change."""
    versions = {int(policy.attributes()["versionNumber"]), int(policy.gpt_ini.read_bytes().strip().rpartition(b"=")[2])}
    return policy.template.read_bytes() in (BEFORE, AFTER) and versions in ({4}, {4, 5}, {5})


def finished(policy: Policy, run: Run) -> Result:
    """The run after, which needs no option."""
    result = run(gpo=policy.guid)
    assert not result.get("failed"), result
    assert policy.template.read_bytes() == AFTER
    assert (
        policy.attributes()["versionNumber"] == policy.gpt_ini.read_bytes().strip().rpartition(b"=")[2].decode() == "5"
    )
    assert policy.attributes()["gPCMachineExtensionNames"] == OURS
    return result


def test_a_run_that_is_killed_is_finished_by_the_next(policy: Policy, run: Run, steps: int) -> None:
    assert steps >= 10
    for at in range(steps):
        reset(policy)
        assert run(gpo=policy.guid, at=at, then="die") == {"killed": True}
        assert is_whole(policy), at
        finished(policy, run)
    assert run(gpo=policy.guid)["changed"] is False


def test_a_request_that_fails_leaves_everything_as_it_was_or_says_so(policy: Policy, run: Run, steps: int) -> None:
    untouched = 0
    for at in range(steps):
        reset(policy)
        before = policy.state()
        failed = run(gpo=policy.guid, at=at, then="fail")
        assert failed["failed"], at
        if policy.state() == before:
            untouched += 1
        else:
            assert is_whole(policy), at
            assert "Run the task again" in failed["msg"] or "A request failed" in failed["msg"]
        finished(policy, run)
    assert untouched >= 8


def test_a_network_that_is_lost_is_named_and_the_next_run_finishes(policy: Policy, run: Run, steps: int) -> None:
    for at in range(steps):
        reset(policy)
        lost = run(gpo=policy.guid, at=at, then="cut", timeout=30)
        assert is_whole(policy), at
        if lost.get("failed"):
            assert "dc1.example.com" in lost["msg"]
        finished(policy, run)


#: Which request changes the directory: the one after the template was written and read back.
SWAP = 9


def test_an_editor_at_the_same_moment_is_noticed_and_nothing_is_changed(policy: Policy, run: Run) -> None:
    reset(policy)
    database = str(policy.controller.folder / "private" / "sam.ldb")
    edit = f"dn: {policy.dn}\nchangetype: modify\nreplace: versionNumber\nversionNumber: 5\n"
    command = ["sh", "-c", f"echo '{edit}' | ldbmodify -H {database}"]
    refused = run(gpo=policy.guid, at=SWAP, then="run", command=command)
    assert "Somebody else has changed the GPO" in refused["msg"]
    assert policy.template.read_bytes() == BEFORE
    assert policy.gpt_ini.read_bytes() == b"[General]\r\nVersion=4\r\n"
    assert "gPCMachineExtensionNames" not in policy.attributes()


def test_a_file_that_somebody_has_open_is_left(policy: Policy, run: Run) -> None:
    reset(policy)
    before = policy.state()
    with opened(policy):
        refused = run(gpo=policy.guid)
    assert "Somebody else has" in refused["msg"]
    assert "STATUS_SHARING_VIOLATION" in refused["msg"]
    assert policy.state() == before


@contextlib.contextmanager
def opened(policy: Policy) -> t.Iterator[None]:
    """Hold the template open for writing, as an editor does."""
    import uuid

    from smbprotocol.connection import Connection
    from smbprotocol.open import CreateDisposition, CreateOptions, ImpersonationLevel, Open, ShareAccess
    from smbprotocol.session import Session
    from smbprotocol.tree import TreeConnect

    connection = Connection(uuid.uuid4(), policy.controller.address)
    connection.connect()
    session = Session(connection, "administrator", PASSWORD, require_encryption=False, auth_protocol="ntlm")
    session.connect()
    tree = TreeConnect(session, rf"\\{policy.controller.address}\sysvol")
    tree.connect()
    tree.is_dfs_share = False
    path = str(policy.template.relative_to(policy.controller.policies.parents[1])).replace("/", "\\")
    file = Open(tree, path)
    generic_write, normal = 0x40000000, 0x80
    share, existing = ShareAccess.FILE_SHARE_READ, CreateDisposition.FILE_OPEN
    file.create(
        *(ImpersonationLevel.Impersonation, generic_write, normal, share, existing),
        CreateOptions.FILE_NON_DIRECTORY_FILE,
    )
    try:
        yield
    finally:
        connection.disconnect()
