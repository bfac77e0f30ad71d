# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets of a connection are found, and masked in every text that contains one."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.secrets import Secrets

from ..connections import Connection

PASSWORD = "correct horse"


def secrets(transport: str = "psrp", **options: t.Any) -> Secrets:
    return Secrets.of(t.cast(t.Any, Connection(transport, options)))


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    "option", ["remote_password", "certificate_key_password", "password", "private_key_passphrase"]
)
def test_secrets_are_those_of_the_connection(option: str) -> None:
    assert secrets(**{option: PASSWORD}) == Secrets((PASSWORD,))


def test_a_password_for_the_library_alone_is_one() -> None:
    extras = {"ansible_psrp_certificate_key_password": PASSWORD, "ansible_psrp_certificate_thumbprint": "AB"}
    assert secrets(_extras=extras) == Secrets((PASSWORD,))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://me:S3cretProxyPw@proxy:99999", "Failed to parse: http://me:S3cretProxyPw@proxy:99999"),
        ("http://me:S3cretProxyPw@proxy:3128", "no proxy for me:S3cretProxyPw"),
        ("http://me:S3cret01/Proxy@proxy:3128", "'me:S3cret01' is not a valid host or port"),
        ("me:S3cretProxyPw@proxy:3128", "me:S3cretProxyPw@proxy:3128 has no scheme"),
        ("http://me:S3cret%20ProxyPw@proxy:3128", "refused: S3cret ProxyPw"),
    ],
)
def test_the_login_of_a_proxy_is_one(monkeypatch: pytest.MonkeyPatch, address: str, shown: str) -> None:
    psrp, winrm = secrets(proxy=address), secrets("winrm", _extras={"ansible_winrm_proxy": address})
    monkeypatch.setenv("HTTPS_PROXY", address)
    for found in (psrp, winrm, secrets()):
        assert "S3cret" not in found.shown(shown)


def test_a_piece_of_a_few_letters_hides_no_message() -> None:
    found = secrets(proxy="http://me:a@b:cde@proxy:3128")
    assert found.shown("Permission denied: a, b, cde") == "Permission denied: a, b, cde"
    assert "a@b:cde" not in found.shown("no proxy for me:a@b:cde")


def test_only_who_speaks_http_meets_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:S3cretProxyPw@proxy:3128")
    assert secrets("ssh") == Secrets(())
    assert "S3cretProxyPw" in secrets("winrm").texts


def test_a_proxy_without_a_login_is_none() -> None:
    assert secrets(proxy="http://proxy:3128") == Secrets(())


def test_nothing_is_left_of_the_longer_of_two() -> None:
    found = secrets(password="swordfish", private_key_passphrase="swordfish2026")
    assert found.shown("bad swordfish2026") == "bad ********"


@pytest.mark.parametrize(
    "said",
    [
        "the password correct  horse's\\battery of me",
        "the password correct horse's\\battery of me",
        f"the password {'correct  horse' + chr(39) + 's' + chr(92) + 'battery'!r} of me",
        "http://me:correct%20%20horse%27s%5Cbattery@host",
    ],
)
def test_a_secret_is_found_however_a_text_has_it(said: str) -> None:
    found = secrets(password="correct  horse's\\battery").shown(said)
    assert "********" in found
    assert not any(part in found for part in ("correct", "horse", "battery"))


def test_a_secret_is_masked_before_a_text_is_cut() -> None:
    shown = secrets(password="swordfish2026").shown("x" * 495 + "swordfish2026")
    assert "sword" not in shown
    assert shown == "x" * 495 + "*****..."
