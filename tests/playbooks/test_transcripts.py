# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recorder of transcripts on hosts of the endpoint: what it asks, what it writes, and what it keeps to itself."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

from ..support.fleet import PASSWORD, registry, value
from ..support.recorder import ROOT, make_transcript, replay

if t.TYPE_CHECKING:
    from ..support.fleet import FleetFactory

LSA = r"SYSTEM\CurrentControlSet\Control\Lsa"
IDENTITY = {
    r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters": {
        "Hostname": {"type": "REG_SZ", "data": "SRV01"},
        "Domain": {"type": "REG_SZ", "data": "contoso.example.org"},
    },
    r"SOFTWARE\Microsoft\Windows NT\CurrentVersion": {
        "RegisteredOwner": {"type": "REG_SZ", "data": "Jane Doe"},
        "InstallTime": {"type": "REG_QWORD", "data": 133500000000000000},
    },
}
#: Every connection and login that the recorder has to work over, each with another release and another value.
HOSTS: dict[str, dict[str, t.Any]] = {
    "srv01.contoso.example.org": {
        "release": "2022",
        "username": r"CONTOSO\jdoe",
        "registry": {**IDENTITY, **registry(("REG_DWORD", 1))},
        "answers": {"language": "de-DE"},
    },
    "srv02.contoso.example.org": {
        "release": "2008",
        "connection": "psrp",
        "username": "jdoe",
        "authentication": ["ntlm"],
        "registry": registry(("REG_SZ", "1"), ("REG_DWORD", 0)),
    },
    "srv03": {"release": "11", "connection": "psrp", "scheme": "https", "username": "jdoe", "registry": IDENTITY},
    "srv04": {
        "release": "2012",
        "scheme": "https",
        "authentication": ["ntlm"],
        "username": "jdoe",
        "answers": {"namespaces": ["root/default"], "enumeration": "empty_first"},
    },
    "srv05": {"username": "jdoe", "misbehave": {"fault": "access_denied", "only": ["wmi"]}},
}
SECRETS = ("srv0", "contoso", "jdoe", "jane", "133500000000000000", "127.0.0.1", PASSWORD)
READS = {"Enumerate", "Pull", "EnumValues"}


def test_hosts_are_recorded_over_every_connection_and_only_read(fleet: FleetFactory, tmp_path: Path) -> None:
    subject = fleet(HOSTS)
    before = {host: subject.stored(host) for host in HOSTS}
    recording = make_transcript(subject, tmp_path / "transcripts", "all")
    assert recording.exit_status == 0, recording.output
    assert set(recording.files) == {
        "windows_server_2022_winrm_wmi.yml",
        "windows_server_2008_psrp_wmi.yml",
        "windows_11_psrp_wmi.yml",
        "windows_server_2012_winrm_wmi.yml",
        "windows_winrm_wmi.yml",  # does not say what it is
    }
    for name, text in recording.files.items():
        for secret in SECRETS:
            assert secret not in text.casefold(), (name, secret)
    assert PASSWORD not in recording.output
    assert "srv01.contoso.example.org -> host.domain.example" in recording.output
    replay(tmp_path / "transcripts")
    for host in HOSTS:
        assert subject.stored(host) == before[host], host
        asked = {action for action in subject.actions(host) if action and not action.startswith("Get")}
        assert asked <= READS | {"WinsecLsaTranscript"}, asked


def test_the_same_release_is_recorded_beside_the_one_before(fleet: FleetFactory, tmp_path: Path) -> None:
    subject = fleet({"one": {}, "two": {}})
    for host in ("one", "two"):
        recording = make_transcript(subject, tmp_path / "transcripts", host)
    assert set(recording.files) == {"windows_server_2022_winrm_wmi.yml", "windows_server_2022_winrm_wmi_2.yml"}


def test_writing_on_request_changes_nothing(fleet: FleetFactory, tmp_path: Path) -> None:
    subject = fleet({"one": {"registry": registry(("REG_DWORD", 0))}, "text": {"registry": registry(("REG_SZ", "1"))}})
    before = {host: subject.stored(host) for host in ("one", "text")}
    recording = make_transcript(subject, tmp_path / "transcripts", "all", WRITE="yes")
    assert recording.exit_status == 0, recording.output
    replay(tmp_path / "transcripts")
    assert {host: subject.stored(host) for host in before} == before
    assert value(before["one"], LSA, "UseMachineId") == ("REG_DWORD", 0)
    assert (subject.actions("one")["SetDWORDValue"], subject.actions("one")["DeleteValue"]) == (1, 1)
    assert (subject.actions("text")["SetDWORDValue"], subject.actions("text")["DeleteValue"]) == (0, 1)


def test_a_vault_and_further_variables_are_ansibles_business(fleet: FleetFactory, tmp_path: Path) -> None:
    subject = fleet({"one": {"password": "from-the-vault"}})
    inventory = subject.inventory.read_text().replace("from-the-vault", "not-this")
    subject.inventory.write_text(inventory)
    vault, secret = tmp_path / "login.yml", tmp_path / "vault-password"
    vault.write_text("ansible_password: from-the-vault\n")
    secret.write_text("open sesame\n")
    encrypt = ["ansible-vault", "encrypt", f"--vault-password-file={secret}", str(vault)]
    subprocess.run(encrypt, check=True, capture_output=True)
    options = f"--vault-password-file={secret} --extra-vars=@{vault}"
    recording = make_transcript(subject, tmp_path / "transcripts", "one", OPTIONS=options)
    assert recording.exit_status == 0, recording.output
    assert len(recording.files) == 1


def test_a_refused_login_is_tried_once_and_nothing_is_written(fleet: FleetFactory, tmp_path: Path) -> None:
    subject = fleet({"one": {}})
    subject.inventory.write_text(subject.inventory.read_text().replace(PASSWORD, "wrong"))
    recording = make_transcript(subject, tmp_path / "transcripts", "one")
    assert recording.exit_status != 0
    assert "The host refused the login" in recording.output
    assert recording.files == {}
    assert len(subject.requests("one")) == 1


def test_no_host_is_not_every_host(fleet: FleetFactory, tmp_path: Path) -> None:
    subject = fleet({"one": {}})
    recording = make_transcript(subject, tmp_path / "transcripts", "")
    assert recording.exit_status != 0
    assert "no host is named" in recording.output
    assert subject.requests("one") == []


def test_the_guide_gives_the_commands_that_are_tested_here() -> None:
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_transcripts.rst").read_text(encoding="utf-8")
    commands = [line.strip() for line in guide.splitlines() if line.startswith(("  make ", "  .venv/"))]
    assert commands == [
        "make transcript HOST=srv01 INVENTORY=inventory.yml",
        "make transcript HOST=srv01 INVENTORY=inventory.yml OPTIONS='--ask-vault-pass --extra-vars @login.yml'",
        "make transcript HOST=srv01 INVENTORY=inventory.yml VIA=reg",
        "make transcript HOST=srv01 INVENTORY=inventory.yml WRITE=yes",
        # The test that replay() runs, in an environment made for it.
        "make .venv",
        '.venv/bin/python -m nox -s "unit(without-ansible)" -- -k test_replay',
    ]
