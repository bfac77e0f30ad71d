# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of a change, on a domain in memory: stopped after every step, refused at every step, and repaired."""

from __future__ import annotations

import datetime
import functools
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.edit import (
    Domain,
    LockedFile,
    change,
    observe,
)
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.errors import (
    ChangedMeanwhile,
    GroupPolicyError,
    Undecided,
)
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.extensions import with_security
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.links import container, path_to
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.plan import File, Found, Gpo, Plan, plan
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.report import (
    describe,
    differences,
    versions_of,
    winners,
)
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.versions import Versions

FOLDER = r"winsec.test\Policies\{1}"
INI, INF = rf"{FOLDER}\GPT.INI", rf"{FOLDER}\Machine\Microsoft\Windows NT\SecEdit\GptTmpl.inf"
GPO = Gpo("CN={1}", "{1}", "Hardening", FOLDER, 4, None)
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
TEMPLATE = b'[Version]\r\nsignature="$CHICAGO$"\r\n[Registry Values]\r\n'
LINE = rb"MACHINE\System\CurrentControlSet\Control\Lsa\UseMachineId=4,1" + b"\r\n"


class Killed(BaseException):
    """The process is gone."""


class Memory:
    """A domain in memory, which is also its directory and its share. Each request can be the last."""

    def __init__(self, gpo: Gpo = GPO, template: bytes | None = TEMPLATE) -> None:
        self.gpo = gpo
        self.files = {INI: File(b"[General]\r\nVersion=4\r\n", START)}
        if template is not None:
            self.files[INF] = File(template, START)
        self.requests: list[str] = []
        self.at: int | None = None
        self.exception: BaseException = Killed()
        self.is_dead = self.is_lost = False
        self.locks: set[str] = set()

    def request(self, name: str) -> None:
        if self.is_dead:
            raise Killed
        if len(self.requests) == self.at or (self.is_lost and self.at is not None and len(self.requests) > self.at):
            self.is_dead = isinstance(self.exception, Killed)
            self.requests.append(name)
            raise self.exception
        self.requests.append(name)

    def revived(self) -> Memory:
        self.at, self.is_dead, self.requests = None, False, []
        self.locks.clear()
        return self

    def now(self) -> datetime.datetime:
        return max(t.cast("datetime.datetime", file.written) for file in self.files.values()) + datetime.timedelta(
            seconds=1
        )

    @property
    def halves(self) -> Domain:
        return Domain(Directory(self), Share(self))


class Directory:
    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def read(self, dn: str) -> Gpo:
        self.memory.request(f"read {dn}")
        return self.memory.gpo

    def swap(self, gpo: Gpo, version: int, extensions: str | None) -> None:
        self.memory.request("swap")
        if self.memory.gpo.version != gpo.version:
            raise ChangedMeanwhile("Somebody else was faster")
        self.memory.gpo = self.memory.gpo._replace(version=version, extensions=extensions)


class Share:
    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def read(self, path: str) -> File:
        self.memory.request(f"read {path}")
        return self.memory.files.get(path, File(None, None))

    def lock(self, path: str, *, readable: bool) -> LockedFile:
        self.memory.request(f"lock {path}")
        assert readable == (path == INI)
        if path in self.memory.locks:
            raise ChangedMeanwhile("Somebody else has it open")
        self.memory.locks.add(path)
        return Locked(self.memory, path)


class Locked:
    def __init__(self, memory: Memory, path: str) -> None:
        self.memory, self.path, self.before = memory, path, memory.files.get(path)
        self.is_closed = False

    def read(self) -> File:
        self.memory.request(f"read {self.path}")
        return self.memory.files.get(self.path, File(None, None))

    def write(self, data: bytes) -> None:
        self.memory.request(f"write {self.path}")
        self.memory.files[self.path] = File(b"".join([data[:1], data[1:]]), self.memory.now())  # as other bytes

    def undo(self) -> None:
        self.memory.request(f"undo {self.path}")
        if self.before:
            self.memory.files[self.path] = self.before
        else:
            self.memory.files.pop(self.path, None)

    def close(self) -> None:
        if not self.is_closed and not self.memory.is_dead:
            self.memory.request(f"close {self.path}")
            self.memory.locks.discard(self.path)
            self.is_closed = True


decide = functools.partial(plan, wanted={"use_machine_id": "enabled"}, allow_version_mismatch=False)


def brought(memory: Memory, decide: t.Callable[[Found], Plan] = decide) -> Plan:
    """Do as the module does."""
    decided = decide(observe(memory.halves, memory.gpo))
    return change(memory.halves, memory.gpo, decide, lambda _found: None) if decided.changed else decided


def is_done(memory: Memory) -> bool:
    after = memory.files[INF].data == TEMPLATE + LINE, memory.files[INI].data == b"[General]\r\nVersion=5\r\n"
    return all(after) and memory.gpo == GPO._replace(version=5, extensions=with_security(None))


def test_the_order_of_a_change() -> None:
    memory = Memory()
    assert brought(memory).changed
    assert is_done(memory)
    short = [
        request.replace(FOLDER, "").replace(r"\Machine\Microsoft\Windows NT\SecEdit", "") for request in memory.requests
    ]
    assert short == [
        *(r"read \GptTmpl.inf", r"read \GPT.INI", r"lock \GPT.INI", r"lock \GptTmpl.inf", "read CN={1}"),
        *(r"read \GptTmpl.inf", r"read \GPT.INI", r"write \GptTmpl.inf", r"read \GptTmpl.inf", "swap"),
        *(r"close \GptTmpl.inf", r"write \GPT.INI", r"read \GPT.INI", r"close \GPT.INI"),
    ]
    assert memory.locks == set()
    memory.requests.clear()
    assert not brought(memory).changed
    assert len(memory.requests) == 2


REQUESTS = 14
#: Under the locks: both, the object, both files, and the template written and read back.
REQUESTS_BEFORE_SWAP = 7


@pytest.mark.parametrize("at", range(REQUESTS))
def test_a_run_that_is_killed_is_finished_by_the_next(at: int) -> None:
    memory = Memory()
    memory.at = at
    with pytest.raises(Killed):
        brought(memory)
    assert memory.files[INF].data in (TEMPLATE, TEMPLATE + LINE)  # it still applies
    assert not brought(memory.revived()).changed or is_done(memory)
    assert is_done(memory)
    assert not brought(memory).changed


@pytest.mark.parametrize("at", range(REQUESTS))
def test_a_request_that_fails_changes_nothing_or_says_what(at: int) -> None:
    memory = Memory()
    memory.at, memory.exception = at, GroupPolicyError("No answer", "Look.")
    with pytest.raises(GroupPolicyError) as failed:
        brought(memory)
    assert failed.value.changed is (memory.gpo.version != 4)
    if memory.gpo.version == 4:
        assert memory.files == Memory().files
    else:
        assert memory.files[INF].data == TEMPLATE + LINE
        assert failed.value.problem == "The GPO was changed, but maybe not its version in GPT.INI: No answer"
        assert failed.value.next_step == "Run the task again, which finishes the change. Look."
    brought(memory.revived())
    assert is_done(memory)


@pytest.mark.parametrize("at", range(REQUESTS))
def test_an_error_that_nobody_expects_is_undone_too(at: int) -> None:
    memory = Memory()
    memory.at, memory.exception = at, RuntimeError("A bug")
    with pytest.raises((RuntimeError, GroupPolicyError)) as failed:
        brought(memory)
    if memory.gpo.version == 4:
        assert memory.files == Memory().files
    else:
        assert isinstance(failed.value, GroupPolicyError)
        assert failed.value.changed
        assert "RuntimeError: A bug" in failed.value.problem
    brought(memory.revived())
    assert is_done(memory)


@pytest.mark.parametrize("at", range(REQUESTS))
def test_where_no_request_is_answered_any_more_a_change_is_said(at: int) -> None:
    memory = Memory()
    memory.at, memory.exception, memory.is_lost = at, GroupPolicyError("No answer", "Look."), True
    with pytest.raises(GroupPolicyError, match="No answer") as failed:
        brought(memory)
    is_begun = memory.files[INF].data != TEMPLATE
    assert failed.value.changed >= is_begun  # whether the request that was not answered was carried out is not known
    assert ("Run the task again" in str(failed.value)) is failed.value.changed
    brought(memory.revived())
    assert is_done(memory)


@pytest.mark.parametrize("is_made", [False, True])
def test_a_change_that_may_have_been_made_is_finished(is_made: bool) -> None:
    memory = Memory()
    memory.at, memory.exception = 9, Undecided("The connection was lost", "Run the task again.")
    with pytest.raises(Undecided) as failed:
        brought(memory)
    assert failed.value.changed
    assert memory.files[INF].data == TEMPLATE + LINE
    if is_made:
        memory.gpo = memory.gpo._replace(version=5, extensions=with_security(None))
    brought(memory.revived())
    assert is_done(memory)


def test_a_template_that_can_not_be_put_back_is_said() -> None:
    memory = Memory()

    class Stubborn(Locked):
        def undo(self) -> None:
            raise GroupPolicyError("No room left")

    class StubbornShare(Share):
        def lock(self, path: str, *, readable: bool) -> LockedFile:
            super().lock(path, readable=readable)
            return Stubborn(memory, path)

    memory.at, memory.exception = REQUESTS_BEFORE_SWAP, GroupPolicyError("No answer")
    domain = Domain(Directory(memory), StubbornShare(memory))
    with pytest.raises(
        GroupPolicyError, match=r"No answer\. The template could not be put back: No room left"
    ) as failed:
        change(domain, GPO, decide, lambda _found: None)
    assert failed.value.changed


def test_an_editor_at_the_same_moment_is_noticed() -> None:
    memory = Memory()

    def edit(_found: Found) -> None:
        memory.gpo = memory.gpo._replace(version=5)

    with pytest.raises(ChangedMeanwhile, match="faster"):
        change(memory.halves, GPO, decide, edit)
    assert memory.files == Memory().files
    assert memory.locks == set()


def in_a_share_that_stores(change_data: t.Callable[[bytes], bytes], of: str, memory: Memory) -> Domain:
    class Forgetful(Locked):
        def write(self, data: bytes) -> None:
            super().write(change_data(data))

    class ForgetfulShare(Share):
        def lock(self, path: str, *, readable: bool) -> LockedFile:
            super().lock(path, readable=readable)
            return Forgetful(memory, path) if path == of else Locked(memory, path)

    return Domain(Directory(memory), ForgetfulShare(memory))


@pytest.mark.parametrize("stored", [lambda data: data[:-4], lambda data: data + b"x"], ids=["less", "more"])
def test_a_write_that_does_not_stick_is_undone(stored: t.Callable[[bytes], bytes]) -> None:
    memory = Memory()
    with pytest.raises(GroupPolicyError, match="template was written, but reads differently afterwards"):
        change(in_a_share_that_stores(stored, INF, memory), GPO, decide, lambda _found: None)
    assert memory.files == Memory().files


@pytest.mark.parametrize("stored", [lambda data: data[:-4], lambda data: data + b"x"], ids=["less", "more"])
def test_a_version_that_does_not_stick_is_said(stored: t.Callable[[bytes], bytes]) -> None:
    memory = Memory()
    with pytest.raises(GroupPolicyError, match=r"GPT\.INI was written, but reads differently afterwards") as failed:
        change(in_a_share_that_stores(stored, INI, memory), GPO, decide, lambda _found: None)
    assert failed.value.changed
    assert memory.gpo.version == 5


def test_a_version_that_is_there_already_is_not_written_again() -> None:
    """An interrupted change of somebody else, who begins with GPT.INI."""
    memory = Memory(GPO._replace(extensions=with_security(None)), TEMPLATE + LINE)
    memory.files[INI] = File(b"[General]\r\nVersion=5\r\n", START)
    assert brought(memory).changed
    assert is_done(memory)
    assert [request for request in memory.requests if "write" in request] == []


def test_a_gpo_without_files() -> None:
    memory = Memory(GPO._replace(version=None), template=None)
    memory.files[INI] = File(None, START)
    assert brought(memory).settings["use_machine_id"] == "enabled"
    assert memory.gpo.version == 1
    assert memory.files[INI].data == b"[General]\r\nVersion=1\r\n"


def found(template: bytes | None, container: int, ini: int, **gpo: t.Any) -> Found:
    version = b"[General]\r\nVersion=%d\r\n" % ini
    return Found(GPO._replace(version=container, **gpo), File(template, START), File(version, START))


RIGHT: dict[str, t.Any] = {"template": TEMPLATE + LINE, "extensions": with_security(None)}


def test_what_an_interrupted_run_left_is_finished_without_an_option() -> None:
    assert decide(found(container=5, ini=4, **RIGHT)).versions == (5, 5)
    wrapped = decide(found(container=1, ini=0xFFFF, **RIGHT))
    assert (wrapped.versions, wrapped.changed, wrapped.changes_container) == ((1, 1), True, False)
    wrapped = decide(found(container=0xFFFF, ini=1, **RIGHT))
    assert (wrapped.versions, wrapped.changed, wrapped.changes_container) == ((1, 1), True, True)
    assert decide(found(container=4, ini=5, **RIGHT)).changes_container
    stale = found(container=4, ini=4, **RIGHT)
    stale = stale._replace(template=stale.template._replace(written=START + datetime.timedelta(seconds=1)))
    assert decide(stale).versions == (5, 5)
    for version in (4, 1 << 20):
        done = decide(found(container=version, ini=version, **RIGHT))
        assert (done.changed, done.changes_container, done.writes_template) == (False, False, False)


def test_a_gpo_that_has_no_files_and_is_to_say_nothing_gets_none() -> None:
    empty = Found(GPO, File(None, None), File(b"[General]\r\nVersion=4\r\n", START))
    nothing = plan(empty, {"use_machine_id": "not_defined"}, allow_version_mismatch=False)
    assert (nothing.template, nothing.changed, nothing.warnings) == (None, False, [])


@pytest.mark.parametrize(("before", "wanted"), [(b"4,1", "disabled"), (b"4,0", "enabled"), (b"4,1", "not_defined")])
def test_an_edit_is_written_whether_the_text_becomes_more_or_less(before: bytes, wanted: t.Any) -> None:
    stored = TEMPLATE + LINE.replace(b"4,1", before)
    edited = plan(found(stored, 4, 4), {"use_machine_id": wanted}, allow_version_mismatch=False)
    assert (edited.writes_template, edited.settings["use_machine_id"]) == (True, wanted)
    assert edited.template not in (None, stored)


@pytest.mark.parametrize(("container", "ini"), [(5, 4), (9, 4), (4 | 1 << 16, 4)])
def test_an_edit_of_a_gpo_whose_versions_disagree_needs_the_option(container: int, ini: int) -> None:
    disagreeing = found(TEMPLATE, container, ini)
    with pytest.raises(GroupPolicyError, match="The versions of the GPO disagree"):
        decide(disagreeing)
    allowed = plan(disagreeing, {"use_machine_id": "enabled"}, allow_version_mismatch=True)
    assert [number & 0xFFFF for number in allowed.versions] == [max(container & 0xFFFF, ini) + 1] * 2


def test_nothing_to_do_is_a_warning_where_versions_disagree() -> None:
    left = decide(found(container=9, ini=4, **RIGHT))
    assert not left.changed
    assert "disagree: 9 in the directory, 4 in GPT.INI" in left.warnings[0]


def test_an_extension_that_is_missing_is_a_change() -> None:
    repaired = decide(found(TEMPLATE + LINE, 4, 4))
    assert (repaired.extensions, repaired.versions) == (with_security(None), (5, 5))
    assert not repaired.writes_template
    # A GPO that says nothing names none.
    nothing = plan(found(TEMPLATE, 4, 4), {"use_machine_id": "not_defined"}, allow_version_mismatch=False)
    assert not nothing.changed


def test_what_a_user_has_to_know_is_a_warning() -> None:
    removed = plan(
        found(TEMPLATE + LINE, 4, 4, flags=3), {"use_machine_id": "not_defined"}, allow_version_mismatch=False
    )
    assert len(removed.warnings) == 2
    assert "disabled" in removed.warnings[0]
    assert "keep the value in their registry" in removed.warnings[1]
    invalid = plan(
        found(LINE.join([b"[Registry Values]\r\n", b""]).replace(b"4,1", b"4,7"), 4, 4),
        {},
        allow_version_mismatch=False,
    )
    assert [warning.split(":")[0] for warning in invalid.warnings] == [
        "The template has no section [Version]",
        "What the GPO says about use_machine_id is invalid",
    ]


OTHER_LINE = LINE.replace(b"UseMachineId", rb"MSV1_0\AllowNullSessionFallback")


@pytest.mark.parametrize(
    ("template", "wanted", "warned"),
    [
        (TEMPLATE + LINE, {}, False),
        (TEMPLATE + LINE.replace(b"4,1", b"4,0"), {"use_machine_id": "enabled"}, False),
        (b"[System Access]\r\n", {}, False),  # a file of Samba: without one of the two it is left alone
        (b"[Registry Values]\r\n" + LINE, {}, True),
        (b"[Registry Values]\r\n" + LINE + OTHER_LINE, {}, True),
    ],
)
def test_there_is_a_warning_only_where_a_template_says_something_that_windows_may_not_read(
    template: bytes, wanted: t.Any, warned: bool
) -> None:
    warnings = plan(found(template, 4, 4), wanted, allow_version_mismatch=False).warnings
    assert [warning.partition(":")[0] for warning in warnings] == ["The template has no section [Version]"] * warned


@pytest.mark.parametrize(("flags", "enabled"), [(0, True), (1, True), (2, False), (3, False), (4, True)])
def test_the_settings_of_computers_are_disabled_apart_from_those_of_users(flags: int, enabled: bool) -> None:
    assert GPO._replace(flags=flags).computer_enabled is enabled


def test_versions_are_shown_whole_and_as_the_half_of_computers() -> None:
    assert versions_of(Versions((3 << 16) + 7, (1 << 16) + 8)) == {
        "directory": 196615,
        "gpt_ini": 65544,
        "directory_computer": 7,
        "gpt_ini_computer": 8,
    }


def test_a_difference_is_shown_as_text() -> None:
    parts = {
        part["before_header"]: (part["before"], part["after"]) for part in differences(decide(found(TEMPLATE, 4, 4)))
    }
    before, after = parts["{1} GptTmpl.inf"]
    assert after == before + LINE.decode().replace("\r\n", "\n")
    assert parts["{1} versionNumber"] == parts["{1} GPT.INI Version"] == ("4\n", "5\n")
    assert parts["{1} gPCMachineExtensionNames"] == ("\n", f"{with_security(None)}\n")
    done = found(container=1 << 20, ini=1 << 20, **RIGHT)
    assert differences(decide(done)) == []
    removed = plan(done, {"use_machine_id": "not_defined"}, allow_version_mismatch=False)
    assert [part["before_header"] for part in differences(removed)] == [
        "{1} GptTmpl.inf",
        "{1} versionNumber",
        "{1} GPT.INI Version",
    ]
    wrapped = decide(found(container=0xFFFF, ini=0xFFFF, **{**RIGHT, "extensions": None}))
    assert [part["after"] for part in differences(wrapped)][1:] == [f"{with_security(None)}\n", "1\n"]
    wide = "\ufeff[Version]\r\nx=\u00fc\r\n".encode("utf-16-le")
    assert differences(decide(found(wide, 4, 4)))[0]["before"] == "[Version]\nx=\u00fc\n"


def test_links_of_a_gpo_and_the_winner_at_a_place() -> None:
    levels = [
        container("DC=test", "[LDAP://cn={1};0][LDAP://cn={2};2]", None),
        container("OU=a,DC=test", "[LDAP://cn={3};0][LDAP://cn={1};1]", None),
        container("OU=b,DC=test", "[LDAP://cn={3};0][LDAP://cn={0};0]", 1),
    ]
    links = describe(GPO, levels)["links"]
    assert [(link["target"], link["enabled"], link["order"]) for link in links] == [
        ("DC=test", True, 2),
        ("OU=a,DC=test", False, 1),
    ]
    path = path_to("ou=A,dc=test", levels)
    assert [level.dn for level in path] == ["DC=test", "OU=a,DC=test"]
    states: dict[str, t.Any] = {
        "cn={1}": {"use_machine_id": "disabled"},
        "cn={2}": {},
        "cn={3}": {"use_machine_id": "enabled"},
    }
    assert winners(path, states)["use_machine_id"] == ("cn={3}", "enabled")
    for state in ("enabled", "disabled", "invalid"):
        said: dict[str, t.Any] = {**states, "cn={2}": {"use_machine_id": state}}
        assert winners(path, said)["use_machine_id"] == ("cn={2}", state)
    # One that can't be read may define it. Below a winner that does not matter.
    assert winners(path, {**states, "cn={2}": None})["use_machine_id"] == (None, None)
    assert winners(path, {**states, "cn={1}": None})["use_machine_id"] == ("cn={3}", "enabled")
    # One that was not found may define it too.
    assert winners(path, {})["use_machine_id"] == (None, None)
    assert winners(path, {"cn={2}": {}, "cn={1}": states["cn={1}"]})["use_machine_id"] == (None, None)
    assert winners(path, {key: {} for key in states})["use_machine_id"] == (None, "not_defined")
