# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account that is refused is left alone before Windows locks it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._fleet.accounts import (
    Accounts,
    Login,
    is_refusal,
)


def begin(accounts: Accounts, times: int = 1, name: str = "svc") -> None:
    for _time in range(times):
        assert accounts.permission(name) == "go"
        accounts.begin(name)


def test_no_more_logins_are_in_flight_than_may_be_refused() -> None:
    accounts = Accounts(3)
    begin(accounts, 3)
    assert accounts.permission("svc") == "wait"
    accounts.end("svc", "one", "refused")
    assert accounts.permission("svc") == "wait", "two are in flight, and two may still be refused"
    accounts.end("svc", "two", None)
    begin(accounts)
    accounts.end("svc", "three", "refused")
    accounts.end("svc", "four", "refused")
    assert accounts.permission("svc") == "stop"
    assert accounts.refused_by("svc") == ("one", "three", "four")


def test_an_account_that_was_accepted_is_not_limited() -> None:
    accounts = Accounts(1)
    begin(accounts)
    accounts.accept("svc")
    begin(accounts, 100)
    accounts.end("svc", "one", None)
    begin(accounts)


def test_only_hosts_in_a_row_count() -> None:
    accounts = Accounts(2)
    ends: list[Login | t.Literal["accepted"]] = ["refused", "accepted", "refused", None, "accepted", "refused"]
    for number, login in enumerate(ends):
        begin(accounts)
        if login == "accepted":
            accounts.accept("svc")
        accounts.end("svc", str(number), "refused" if login == "refused" else None)
    assert accounts.permission("svc") == "go"
    begin(accounts)
    assert accounts.permission("svc") == "wait", "after a refusal, the limit holds again"
    accounts.end("svc", "last", "refused")
    assert accounts.permission("svc") == "stop"


def test_hosts_that_accepted_an_old_password_do_not_clear_refusals_as_they_end() -> None:
    accounts = Accounts(3)
    begin(accounts)
    accounts.accept("svc")
    begin(accounts, 99)
    for number in range(3):
        accounts.end("svc", f"refuses{number}", "refused")
        accounts.end("svc", f"accepted{number}", None)
    assert accounts.permission("svc") == "stop"
    assert accounts.refused_by("svc") == ("refuses0", "refuses1", "refuses2")


def test_accounts_do_not_meet() -> None:
    accounts = Accounts(1)
    begin(accounts)
    accounts.end("svc", "host", "refused")
    begin(accounts, name="other")
    for _time in range(3):
        assert accounts.permission(None) == "go"
        accounts.begin(None)
        accounts.end(None, "host", "refused")
    assert accounts.refused_by(None) == ()


@pytest.mark.parametrize("user", ["svc", "SVC", r"EXAMPLE\svc", "svc@example.com", r".\Svc", "svc@EXAMPLE.COM"])
def test_an_account_is_one_however_it_is_named(user: str) -> None:
    accounts = Accounts(1)
    begin(accounts, name=user)
    accounts.end(user, "host", "refused")
    assert accounts.permission("svc") == "stop"


def test_a_host_that_accepts_one_of_several_names_says_nothing_of_the_others() -> None:
    accounts, good, bad = Accounts(3), r"ONE\admin", r"TWO\admin"
    for number in range(3):
        begin(accounts, name=good)
        accounts.accept(good)
        accounts.end(good, f"good{number}", None)
        begin(accounts, name=bad)
        accounts.end(bad, f"bad{number}", "refused")
    assert accounts.permission(bad) == "stop"
    assert accounts.refused_by(bad) == ("bad0", "bad1", "bad2")
    assert accounts.permission("admin") == "stop", "which may be either"
    begin(accounts, 100, name=good)


def test_logins_that_are_accepted_under_one_name_do_not_delay_those_under_another() -> None:
    accounts, proven, new = Accounts(2), r"ONE\admin", r"TWO\admin"
    begin(accounts, name=proven)
    accounts.accept(proven)
    begin(accounts, 64, name=proven)
    begin(accounts, 2, name=new)
    assert accounts.permission(new) == accounts.permission("admin") == "wait"


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("Failed to connect to the host via ssh: svc@srv01: Permission denied (publickey,password).", True),
        ("Invalid/incorrect username/password. Skipping remaining 3 retries", True),
        (
            "Kerberos auth failure for principal svc@A: kinit: Password incorrect while getting initial credentials",
            True,
        ),
        ("(Preauthentication failed, -1765328360)", True),
        ("kinit: Client's credentials have been revoked while getting initial credentials", True),
        ("Server not found in Kerberos database", False),
        ("Clock skew too great", False),
        ("ssh: connect to host srv01 port 22: Connection refused", False),
    ],
)
def test_programs_say_whether_the_account_was_refused(message: str, refused: bool) -> None:
    assert is_refusal(ValueError(message)) == refused
    shown = ValueError("A text that is cut...")
    shown.__cause__ = RuntimeError(message)
    shown.__cause__.__cause__ = shown
    assert is_refusal(shown) == refused
