# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recorder of transcripts over SSH: what it runs, what it writes, and the replay."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ..support.expectations import ONE, ZERO, Stored
from ..support.fleet import CONNECTIONS
from ..support.recorder import make_transcript, replay
from .wsman import over_wsman

if t.TYPE_CHECKING:
    from pathlib import Path

    from .rig import Rig

STORED = {"vista": Stored(ONE), "srv2022": Stored(("REG_SZ", "1"), ZERO)}


def test_hosts_are_recorded_and_only_read(rig: Rig, tmp_path: Path) -> None:
    rig.store(STORED)
    before = rig.stored()
    recording = make_transcript(rig, tmp_path / "transcripts", "vista:srv2022:dc2019")
    assert recording.exit_status == 0, recording.output
    names = {"windows_vista_ssh_reg.yml", "windows_server_2022_ssh_reg.yml", "windows_server_2019_ssh_reg.yml"}
    assert set(recording.files) == names
    replay(tmp_path / "transcripts")
    assert rig.stored() == before
    for host in ("vista", "srv2022", "dc2019"):
        assert all(command.startswith("reg.exe query ") for command in rig.commands(host)), host
    for name, text in recording.files.items():
        assert not [secret for secret in ("127.0.0.", str(rig.folder), "decoy") if secret in text], name
    assert "Wert wurde nicht gefunden" in recording.files["windows_server_2022_ssh_reg.yml"]
    # In code page 932, a character for each byte.
    said = str(yaml.safe_load(recording.files["windows_server_2019_ssh_reg.yml"])["exchanges"])
    assert "レジストリ".encode("cp932").decode("latin-1") in said.encode().decode("unicode_escape")


def test_writing_on_request_changes_nothing(rig: Rig, tmp_path: Path) -> None:
    rig.store(STORED)
    before = rig.stored()
    recording = make_transcript(rig, tmp_path / "transcripts", "vista:srv2022", WRITE="yes")
    assert recording.exit_status == 0, recording.output
    replay(tmp_path / "transcripts")
    assert rig.stored() == before
    writes = {
        host: [command.split()[1] for command in rig.commands(host) if " query " not in command]
        for host in ("vista", "srv2022")
    }
    assert writes == {"vista": ["add", "delete"], "srv2022": ["add"]}


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_reg_exe_is_recorded_over_winrm_and_psrp_on_request(rig: Rig, tmp_path: Path, connection: str) -> None:
    rig.store(STORED)
    before = rig.stored()
    with over_wsman(rig, connection, tmp_path / "fleet", authentication=["ntlm"]) as fleet:
        recording = make_transcript(fleet, tmp_path / "transcripts", "vista:srv2022", VIA="reg")
    assert recording.exit_status == 0, recording.output
    assert set(recording.files) == {f"windows_vista_{connection}_reg.yml", f"windows_server_2022_{connection}_reg.yml"}
    replay(tmp_path / "transcripts")
    assert rig.stored() == before
