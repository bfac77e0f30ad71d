# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change to a GPO is right byte by byte, and an independent reader understands it."""

from __future__ import annotations

import collections
import json
from pathlib import Path

import pytest

from .conftest import Result, Run
from .policies import OURS, REGISTRY, THREE, ZERO, Policy, template
from .samba import BASE, DomainController

USE, FALLBACK = (
    "MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\UseMachineId",
    "MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\MSV1_0\\AllowNullSessionFallback",
)


def test_a_new_gpo(policy: Policy, run: Run) -> None:
    """Without the extension nothing is applied; a new GPO has no version; check mode tells all."""
    policy.set(versionNumber="")
    before = policy.state()
    would = run(gpo=policy.guid, null_session_fallback="disabled", _ansible_check_mode=True, _ansible_diff=True)
    assert policy.state() == before
    result = run(gpo=policy.guid, null_session_fallback="disabled", _ansible_diff=True)
    for key in ("changed", "diff", "previous", "settings", "versions"):
        assert would[key] == result[key]
    assert result["changed"]
    said = {"configured": "not_defined", "state": "not_defined"}
    assert result["previous"] == {"use_machine_id": said, "null_session_fallback": said}
    assert result["settings"] == {"use_machine_id": "enabled", "null_session_fallback": "disabled"}
    assert policy.template.read_bytes() == template(f"{FALLBACK}=4,0", f"{USE}=4,1")
    assert policy.gpt_ini.read_bytes() == b"[General]\r\nVersion=1\r\n"
    assert policy.attributes()["versionNumber"] == "1"
    assert policy.attributes()["gPCMachineExtensionNames"] == OURS


def test_an_independent_reader_understands_each_edit(policy: Policy, run: Run) -> None:
    """A line is added, changed and removed, beside another that stays."""
    run(gpo=policy.guid, state="unmanaged", null_session_fallback="disabled")
    for state, line in (("enabled", f"{USE}=4,1"), ("disabled", f"{USE}=4,0"), ("not_defined", None)):
        assert run(gpo=policy.guid, state=state)["changed"]
        exported = policy.exported()
        assert f"{FALLBACK}=4,0" in exported
        assert (USE in exported, line is None or line in exported) == (line is not None, True)


def cost(result: Result) -> dict[str, int]:
    """How many requests were made of the directory and of SYSVOL."""
    return dict(collections.Counter(request.partition(" ")[0] for request in result["requests"]))


def test_the_cost_of_each_task(policy: Policy, run: Run) -> None:
    """Each login to SMB is four requests; each file is opened, read and closed. A check looks at permissions, too."""
    policy.put(template())
    assert cost(run(gpo=policy.guid, _ansible_check_mode=True)) == {"LDAP": 6, "SMB": 10}
    assert cost(run(gpo=policy.guid)) == {"LDAP": 8, "SMB": 20}
    assert cost(run(gpo=policy.guid)) == {"LDAP": 5, "SMB": 10}
    assert cost(run("use_machine_id_gpo_info", gpo=policy.guid)) == {"LDAP": 5, "SMB": 10}


def test_a_second_run_changes_nothing_and_locks_nothing(policy: Policy, run: Run) -> None:
    first = run(gpo=policy.guid)
    before = policy.state()
    second = run(gpo=policy.guid)
    assert (first["changed"], second["changed"]) == (True, False)
    assert "diff" not in first
    assert policy.state() == before
    assert not any("Write" in request or "modify" in request for request in second["requests"])
    assert second["versions"]["before"] == second["versions"]["after"] == first["versions"]["after"]


LIVELY = (
    '[Unicode]\r\nUnicode=yes\r\n; \u00fc\r\n[registry values]\r\nMACHINE\\Software\\x=7,a, b,"c,d"\r\n\r\n'
    '[Service General Setting]\r\n"WinRM",2,""\r\n[Version]\r\nsignature="$CHICAGO$"\r\nRevision=1'
)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "cp1252"])
def test_one_line_changes_and_comes_and_goes(policy: Policy, run: Run, encoding: str) -> None:
    before = LIVELY.encode(encoding)
    header = "[registry values]\r\n"
    policy.put(before)
    policy.set(gPCMachineExtensionNames=THREE + ZERO + REGISTRY, versionNumber=str(3 << 16 | 7))
    policy.gpt_ini.write_bytes(b"[General]\r\nVersion=%d\r\ndisplayName=\xe9t\xe9=1\r\n" % (3 << 16 | 7))
    result = run(gpo=policy.guid, state="disabled")
    assert policy.template.read_bytes() == LIVELY.replace(header, f"{header}{USE}=4,0\r\n").encode(encoding)
    assert policy.gpt_ini.read_bytes() == b"[General]\r\nVersion=%d\r\ndisplayName=\xe9t\xe9=1\r\n" % (3 << 16 | 8)
    assert policy.attributes()["gPCMachineExtensionNames"] == ZERO + REGISTRY + OURS + THREE
    assert result["versions"]["after"]["directory"] == 3 << 16 | 8
    removed = run(gpo=policy.guid, state="not_defined")
    assert policy.template.read_bytes() == before
    assert any("may keep the value in their registry" in warning for warning in removed["warnings"])
    assert policy.attributes()["gPCMachineExtensionNames"] == ZERO + REGISTRY + OURS + THREE


def test_a_large_template_is_written_in_one_piece(policy: Policy, run: Run) -> None:
    lines = [f"MACHINE\\Software\\Example\\{number:06}=4,1" for number in range(5000)]
    policy.put(template(*lines))
    assert run(gpo=policy.guid)["changed"]
    assert policy.template.read_bytes() == template(f"{USE}=4,1", *lines)
    assert run(gpo=policy.guid, state="not_defined")["changed"]
    assert policy.template.read_bytes() == template(*lines)


def test_a_path_in_another_case_is_found(policy: Policy, run: Run) -> None:
    folder = policy.folder / "Machine" / "MICROSOFT" / "windows nt" / "SECEDIT"
    folder.mkdir(parents=True)
    (folder / "gpttmpl.INF").write_bytes(template(f"{USE}=4,0"))
    (policy.folder / "GPT.INI").rename(policy.folder / "gpt.ini")
    assert run(gpo=policy.guid)["changed"]
    assert (folder / "gpttmpl.INF").read_bytes() == template(f"{USE}=4,1")
    assert (policy.folder / "gpt.ini").read_bytes() == b"[General]\r\nVersion=1\r\n"
    assert sorted(entry.name for entry in policy.folder.rglob("*")) == sorted(
        ["Machine", "User", "gpt.ini", "MICROSOFT", "windows nt", "SECEDIT", "gpttmpl.INF"]
    )


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("65535", "1"),
        (str(5 << 16 | 0xFFFF), str(5 << 16 | 1)),
        (str((0x8000 << 16) - 2**32), str((0x8000 << 16) + 1 - 2**32)),
    ],
)
def test_the_number_for_computers_wraps_and_that_for_users_stays(
    policy: Policy, run: Run, number: str, expected: str
) -> None:
    policy.set(versionNumber=number)
    policy.gpt_ini.write_bytes(b"[General]\r\nVersion=%d\r\n" % (int(number) % 2**32))
    assert run(gpo=policy.guid)["changed"]
    assert policy.attributes()["versionNumber"] == expected
    assert policy.gpt_ini.read_bytes() == b"[General]\r\nVersion=%d\r\n" % (int(expected) % 2**32)


def test_versions_that_disagree_are_refused_unless_allowed(policy: Policy, run: Run) -> None:
    policy.set(versionNumber="9")
    before = policy.state()
    refused = run(gpo=policy.guid)
    assert "The versions of the GPO disagree: 9 in the directory, 0 in GPT.INI" in refused["msg"]
    assert policy.state() == before
    assert run(gpo=policy.guid, allow_version_mismatch=True)["versions"]["after"] == {
        "directory": 10,
        "gpt_ini": 10,
        "directory_computer": 10,
        "gpt_ini_computer": 10,
    }
    # Where nothing has to change, that is a warning.
    policy.set(versionNumber="20")
    drifted = run(gpo=policy.guid)
    assert (drifted["changed"], "disagree: 20 in" in drifted["warnings"][0]) == (False, True)


def test_the_default_policies_are_changed_only_if_allowed(controller: DomainController, run: Run) -> None:
    default = Policy(controller, "{31B2F340-016D-11D2-945F-00C04FB984F9}")
    before = default.state()
    refused = run(gpo="Default Domain Policy")
    assert "set allow_default_policies" in refused["msg"]
    assert default.state() == before
    allowed = run(gpo=default.guid[1:-1].lower(), allow_default_policies=True, _ansible_check_mode=True)
    assert allowed["changed"]
    assert default.state() == before


def test_a_gpo_is_found_by_a_name_that_only_one_has(policy: Policy, run: Run, controller: DomainController) -> None:
    policy.set(displayName="Twins (1*)")
    assert run(gpo="Twins (1*)")["gpo"]["id"] == policy.guid
    other = Policy(controller, "{31B2F340-016D-11D2-945F-00C04FB984F9}")
    other.set(displayName="Twins (1*)")
    try:
        ambiguous = run(gpo="Twins (1*)")["msg"]
    finally:
        other.set(displayName="Default Domain Policy")
    assert policy.guid in ambiguous
    assert other.guid in ambiguous
    assert "has no GPO Twins (2*)" in run(gpo="Twins (2*)")["msg"]


def test_links_and_a_disabled_half_are_reported_and_left(policy: Policy, run: Run) -> None:
    policy.set(flags="2")
    policy.controller.tool_by_ldap("gpo", "setlink", BASE, policy.guid, "--enforce")
    try:
        result = run(gpo=policy.guid)
    finally:
        policy.controller.tool_by_ldap("gpo", "dellink", BASE, policy.guid)
    assert result["gpo"]["computer_settings_enabled"] is False
    assert any("The computer settings of the GPO are disabled" in warning for warning in result["warnings"])
    (link,) = result["gpo"]["links"]
    assert (link["target"], link["enabled"], link["enforced"]) == (BASE, True, True)
    assert policy.attributes()["flags"] == "2"


def test_a_backup_has_all_that_is_replaced(policy: Policy, run: Run, tmp_path: Path) -> None:
    policy.put(LIVELY.encode("utf-16"))
    policy.set(gPCMachineExtensionNames=REGISTRY, versionNumber="4")
    policy.gpt_ini.write_bytes(b"[General]\r\nVersion=4\r\n")
    kept = Path(run(gpo=policy.guid, backup=str(tmp_path / "new"))["backup_path"])
    assert (kept / "GptTmpl.inf").read_bytes() == LIVELY.encode("utf-16")
    assert (kept / "GPT.INI").read_bytes() == b"[General]\r\nVersion=4\r\n"
    attributes = json.loads((kept / "attributes.json").read_text())
    assert (attributes["versionNumber"], attributes["gPCMachineExtensionNames"]) == (4, REGISTRY)
    assert kept.stat().st_mode & 0o077 == 0
    assert "backup_path" not in run(gpo=policy.guid, backup=str(tmp_path / "new"))
    (tmp_path / "file").touch()
    before = policy.state()
    assert "could not be written" in run(gpo=policy.guid, state="disabled", backup=str(tmp_path / "file"))["msg"]
    assert policy.state() == before


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("template", "not a security template"),
        ("version", "GPT.INI is damaged"),
        ("list", "is not a list of extensions"),
    ],
)
def test_what_others_have_corrupted_is_refused_and_left(policy: Policy, run: Run, damage: str, message: str) -> None:
    if damage == "template":
        policy.put(b"\x00\x01PReg")
    elif damage == "version":
        policy.gpt_ini.write_bytes(b"[General]\r\nVersion=\xff\r\n")
    else:
        policy.set(gPCMachineExtensionNames="[{827D319E}]")
    before = policy.state()
    assert message in run(gpo=policy.guid)["msg"]
    assert policy.state() == before


def test_no_other_file_is_touched(policy: Policy, run: Run) -> None:
    registry = policy.folder / "Machine" / "Registry.pol"
    registry.write_bytes(b"PReg\x01\0\0\0damaged")
    assert run(gpo=policy.guid)["changed"]
    assert registry.read_bytes() == b"PReg\x01\0\0\0damaged"


def test_permissions_of_the_template_stay(policy: Policy, run: Run) -> None:
    policy.put(template(f"{USE}=4,0"))
    inode, command = policy.template.stat().st_ino, ["ntacl", "get", str(policy.template), "--as-sddl"]
    before = policy.controller.tool(*command)
    assert run(gpo=policy.guid)["changed"]
    assert policy.template.stat().st_ino == inode
    assert policy.controller.tool(*command) == before
