# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit of one host from one reading."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._audit.examination import Examination, examine
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import (
    AccessDenied,
    HostError,
    LoginRefused,
    NotServed,
    Unreachable,
    WindowsHost,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.hosts import Host

SERVER = WindowsVersion(10, 0, 20348, "server")
SERVER_2003 = WindowsVersion(5, 2, 3790, "server")
ENFORCE: dict[str, t.Any] = {
    "state": "enabled",
    "null_session_fallback": "unmanaged",
    "unsupported": "skip",
    "gpo_conflict": "warn",
}


class Examined(t.NamedTuple):
    """The outcome of an audit, and whether the host has let the user in."""

    found: Examination
    error: HostError | None
    logged_in: bool

    @property
    def verdict(self) -> str:
        return str(self.found.record()["verdict"])


def examined(host: Host, *, gpo: bool = True, **arguments: str) -> Examined:
    @contextlib.contextmanager
    def reach() -> t.Iterator[WindowsHost]:
        yield t.cast(WindowsHost, host)

    logged_in: list[bool] = []
    found, error = examine(reach, {**ENFORCE, **arguments}, gpo, lambda: logged_in.append(True))
    assert len(logged_in) <= 1, "it is said once"
    return Examined(found, error, bool(logged_in))


def test_a_host_as_required_is_compliant() -> None:
    audit = examined(Host(SERVER, dword(1), None))
    assert (audit.verdict, audit.error, audit.logged_in) == ("compliant", None, True)
    assert audit.found.record()["use_machine_id"]["configured"] == "enabled"


def test_what_enforcing_would_change_is_found_from_the_same_reading() -> None:
    host = Host(SERVER, dword(0), None)
    record = examined(host).found.record()
    assert (record["verdict"], record["changes"]) == (
        "not compliant",
        [{"setting": "use_machine_id", "from": "disabled", "to": "enabled"}],
    )
    assert record["use_machine_id"]["configured"] == "disabled", "the facts are those before"
    assert host.asked_for_owners == 1


def test_the_owner_is_in_the_facts_and_in_the_reason() -> None:
    record = examined(Host(SERVER, dword(1), None, gpo=dword(0))).found.record()
    assert record["use_machine_id"]["gpo"]["name"] == "Print servers"
    assert "UseMachineId is set to disabled by the GPO 'Print servers'" in record["reason"]


@pytest.mark.parametrize("conflict", ["warn", "ignore"])
def test_a_host_that_is_not_to_be_asked_for_owners_is_not_asked(conflict: str) -> None:
    host = Host(SERVER, dword(0), None, gpo=dword(0))
    audit = examined(host, gpo=False, gpo_conflict=conflict)
    assert (audit.verdict, host.asked_for_owners) == ("not compliant", 0)
    assert audit.found.record()["use_machine_id"]["gpo"]["reason"].startswith("Group Policy was not asked for")


@pytest.mark.parametrize(("gpo", "asked"), [(True, 1), (False, 1)])
def test_where_a_conflict_is_a_failure_the_owner_is_asked_for_in_any_case(gpo: bool, asked: int) -> None:
    host = Host(SERVER, dword(0), None, gpo=dword(0))
    audit = examined(host, gpo=gpo, gpo_conflict="fail")
    assert (audit.verdict, host.asked_for_owners) == ("failed", asked)
    assert "UseMachineId is to be enabled, but the GPO 'Print servers'" in audit.found.failure
    assert str(audit.error) == audit.found.failure
    assert audit.found.record()["use_machine_id"]["configured"] == "disabled", "what was read is kept"


def test_a_conflict_is_not_a_failure_otherwise() -> None:
    assert examined(Host(SERVER, dword(0), None, gpo=dword(0))).verdict == "not compliant"


def test_a_release_without_the_policy_is_skipped_or_fails() -> None:
    skipped = examined(Host(SERVER_2003, None, None))
    assert (skipped.verdict, skipped.error) == ("not applicable", None)
    failed = examined(Host(SERVER_2003, None, None), unsupported="fail")
    assert failed.verdict == "failed"
    assert "Windows Server 2003 (version 5.2.3790) does not have this policy" in failed.found.failure
    for version in (SERVER, WindowsVersion(6, 0, 6003, "server")):
        for unsupported in ("skip", "fail"):
            assert examined(Host(version, dword(1), None), unsupported=unsupported).verdict == "compliant"


@pytest.mark.parametrize(
    ("error", "verdict", "logged_in"),
    [
        (Unreachable, "unreachable", False),
        (LoginRefused, "unreachable", False),
        (NotServed, "failed", False),
        (AccessDenied, "failed", True),
    ],
)
def test_a_host_that_says_no_has_said_so_to_a_user_that_it_let_in_or_not(
    error: type[HostError], verdict: str, logged_in: bool
) -> None:
    audit = examined(Host(SERVER, error=error("No", "Look.")))
    assert (audit.verdict, str(audit.error), audit.logged_in) == (verdict, "No. Look.", logged_in)
    assert (audit.found.record()["reason"], audit.found.record()["message"]) == ("No. Look.", "No. Look.")
    assert audit.found.record()["use_machine_id"] is None
