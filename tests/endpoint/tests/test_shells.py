# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shells in which reg.exe runs: over pywinrm and pypsrp, with command lines as Ansible's connections send them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypsrp.exceptions import WSManFaultError
from winrm.exceptions import WinRMOperationTimeoutError

from winsec_endpoint.fleet.hosts import load
from winsec_endpoint.fleet.options import OptionError

from .reg import BIG
from .shell_clients import WRAPPERS, Result, Winrm, shell
from .support import SHELL, Fleet, alive, wait_until

REG_EXE = [sys.executable, "-I", str(Path(__file__).with_name("reg.py"))]
NTLM = {"authentication": ["ntlm"]}
FORMS: dict[str, dict[str, Any]] = {
    "winrm": {},
    "psrp": {"connection": "psrp"},
    "winrm-ntlm": NTLM,
    "psrp-ntlm": {**NTLM, "connection": "psrp"},
    "winrm-https": {"scheme": "https"},
    "psrp-https": {"scheme": "https", "connection": "psrp"},
    "old": {"connection": "psrp", "release": "2008r2"},
    "german": {"answers": {"language": "de-DE", "prefixes": "omi", "header_order": "reversed"}},
    "gone": {"reg_exe": [*REG_EXE[:-1], "/nonexistent"]},
}
HOSTS = {name: {"reg_exe": REG_EXE, **form} for name, form in FORMS.items()}
BOTH = ["winrm", "psrp"]
EVERY = [name for name in HOSTS if name.startswith(("winrm", "psrp"))] + ["old", "german"]


@pytest.mark.parametrize("host", EVERY)
def test_a_command_runs(fleet: Fleet, host: str) -> None:
    with shell(fleet, host) as opened:
        result = opened.run(r'reg.exe query "HKLM\SYSTEM\Current Control" /v UseMachineId')
    assert result == Result(0, b"query\r\nHKLM\\SYSTEM\\Current Control\r\n/v\r\nUseMachineId\r\n", "")


@pytest.mark.parametrize("host", BOTH)
def test_a_shell_runs_one_command_after_the_other(fleet: Fleet, host: str) -> None:
    with shell(fleet, host) as opened:
        assert [opened.run(f"reg query {name}").stdout for name in "ab"] == [b"query\r\na\r\n", b"query\r\nb\r\n"]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_wrappers(fleet: Fleet, wrapper: str) -> None:
    with shell(fleet, "winrm") as opened:
        assert opened.run("reg.exe query x", wrapper) == Result(0, b"query\r\nx\r\n", "")


@pytest.mark.parametrize(
    ("script", "winrm", "psrp"), [("seven", 1, 7), ("absent", 1, 1), ("absent; reg query x", 0, 0)]
)
def test_exit_status(fleet: Fleet, script: str, winrm: int, psrp: int) -> None:
    """PowerShell ends with 0 or 1, unless it is told to exit with that of the last program, as the plugin psrp does."""
    for host, status in (("winrm", winrm), ("psrp", psrp)):
        with shell(fleet, host) as opened:
            assert opened.run(f"reg.exe query x /v {script}").status == status
            assert opened.run("reg.exe query x").status == 0


def test_exit_status_that_a_script_asks_for(fleet: Fleet) -> None:
    with shell(fleet, "winrm") as opened:
        assert opened.run("reg query seven; EXIT $LastExitCode\r\n") == Result(7, b"query\r\nseven\r\n", "")
        assert opened.run("exit $LASTEXITCODE").status == 0


@pytest.mark.parametrize("host", BOTH)
def test_streams_are_kept_apart(fleet: Fleet, host: str) -> None:
    with shell(fleet, host) as opened:
        result = opened.run("reg.exe query absent")
    assert result == Result(1, b"query\r\nabsent\r\n", "ERROR: Schlüssel absent\r\n")


@pytest.mark.parametrize("host", BOTH)
@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("reg query a; reg.exe query b", "query a query b"),
        ("reg query a ;REG.EXE query 'b'\r\n\r\nreg query c;", "query a query b query c"),
        ("""reg add 'it''s' /d "say ""x"";" """, """add it's /d say_"x";"""),
        (r'reg query HKLM\"Current Control" "a"b', r"query HKLM\Current_Control a b"),
    ],
)
def test_scripts(fleet: Fleet, host: str, script: str, lines: str) -> None:
    with shell(fleet, host) as opened:
        result = opened.run(script)
    assert (result.status, result.stdout.decode().replace(" ", "_").split()) == (0, lines.split())


@pytest.mark.parametrize("host", BOTH)
@pytest.mark.parametrize(
    ("script", "culprit"),
    [
        ("whoami", "whoami"),
        ("reg query a; Get-Item x", "Get-Item"),
        ("reg query a & reg query b", "&"),
        ("reg query $env:x", "$env:x"),
        ("reg query (1)", "(1)"),
        ("reg query a | x", "|"),
        ("reg query a > b", ">"),
        ("'reg' query a", "'reg'"),
        ('reg query "$x"', '"$x"'),
        ('reg query "a', '"a'),
        ("reg query a exit $LASTEXITCODE x", "$LASTEXITCODE"),
    ],
)
def test_of_anything_else_nothing_runs(fleet: Fleet, host: str, script: str, culprit: str) -> None:
    with shell(fleet, host) as opened:
        result = opened.run(script)
    assert (result.status, result.stdout) == (1, b"")
    assert f"The term '{culprit}' is not recognized" in result.stderr
    assert "no PowerShell runs here" in result.stderr


@pytest.mark.parametrize("line", ["ipconfig /all", "reg.exe query x", "powershell -EncodedCommand", "PowerShell -c x"])
def test_the_cmd_shell_knows_the_wrapper_only(fleet: Fleet, line: str) -> None:
    with shell(fleet, "winrm") as opened:
        command_id = opened.protocol.run_command(opened.shell_id, *line.split(" ", 1)[:1], line.split(" ")[1:])
        stdout, stderr, status = opened.protocol.get_command_output(opened.shell_id, command_id)
    assert (stdout, status, b"no PowerShell runs here" in stderr) == (b"", 1, True)


@pytest.mark.parametrize("host", [*BOTH, "old"])
def test_large_output_comes_in_several_answers(fleet: Fleet, host: str) -> None:
    before = len(fleet.log())
    with shell(fleet, host) as opened:
        assert opened.run("reg.exe query big").stdout == b"query\r\nbig\r\n" + BIG
    answers = [entry for entry in fleet.log()[before:] if entry["action"] == "Receive"]
    assert len(answers) >= 400_000 * 4 / 3 / 150_000
    assert {entry["status"] for entry in answers} == {200}


@pytest.mark.parametrize(("host", "version"), [("psrp", "2.3"), ("old", "2.1")])
def test_protocol_of_the_release(fleet: Fleet, host: str, version: str) -> None:
    with shell(fleet, host) as opened:
        assert opened.pool.protocol_version == version


@pytest.mark.parametrize("host", [*BOTH, "old"])
def test_large_input_comes_in_several_messages(fleet: Fleet, host: str) -> None:
    """WinRM takes at most 150 or 500 KB; pypsrp sends the rest of a message by Send."""
    data = "y" * (900_000 if host != "winrm" else 100_000)
    with shell(fleet, host) as opened:
        # Linux limits one argument to 128 KiB.
        script = "reg.exe add " + " ".join(data[start : start + 50_000] for start in range(0, len(data), 50_000))
        assert opened.run(script).stdout.replace(b"\r\n", b"") == f"add{data}".encode()


def test_who_waits_is_told_to_ask_again(fleet: Fleet, tmp_path: Path) -> None:
    opened = Winrm(fleet.client("winrm"), operation_timeout_sec=1)
    command_id = opened.start(f"reg.exe wait {tmp_path / 'go'}")
    with pytest.raises(WinRMOperationTimeoutError):
        opened.protocol.get_command_output_raw(opened.shell_id, command_id)
    (tmp_path / "go").touch()
    assert opened.protocol.get_command_output(opened.shell_id, command_id)[2] == 0


def by_signal(opened: Winrm, command_id: str) -> None:
    opened.protocol.cleanup_command(opened.shell_id, command_id)


def by_closing(opened: Winrm, command_id: str) -> None:
    opened.close()


@pytest.mark.parametrize("stop", [by_signal, by_closing])
def test_a_command_is_stopped(fleet: Fleet, tmp_path: Path, stop: Callable[[Winrm, str], None]) -> None:
    opened = Winrm(fleet.client("winrm"))
    command_id = opened.start(f"reg.exe wait {tmp_path / 'go'}")
    file = tmp_path / "go.pid"
    assert wait_until(lambda: file.exists() and file.read_text())
    stop(opened, command_id)
    assert wait_until(lambda: not alive(int(file.read_text())))
    with pytest.raises(Exception, match=r"command identifier|shell was not found"):
        opened.protocol.get_command_output_raw(opened.shell_id, command_id)


def test_a_running_command_ends_with_the_endpoint(start: Any, tmp_path: Path) -> None:
    fleet: Fleet = start({"h": {"reg_exe": REG_EXE}})
    Winrm(fleet.client()).start(f"reg.exe wait {tmp_path / 'go'}")
    file = tmp_path / "go.pid"
    assert wait_until(lambda: file.exists() and file.read_text())
    assert fleet.stop() == 0
    assert not alive(int(file.read_text()))


def test_unknown_shells_and_commands(fleet: Fleet) -> None:
    opened = Winrm(fleet.client("winrm"))
    with pytest.raises(Exception, match="command identifier that does not exist"):
        opened.protocol.get_command_output_raw(opened.shell_id, "0")
    opened.close()
    with pytest.raises(Exception, match="shell was not found"):
        opened.protocol.run_command(opened.shell_id, "x")
    answer = fleet.client("winrm").ask(f"{SHELL}/Command", f"{SHELL}/cmd", selectors={"ShellId": opened.shell_id})
    assert (answer.subcode, answer.numbers) == ("InvalidSelectors", [2150858843])


@pytest.mark.parametrize("data", ["", "AAAA", "?"])
def test_data_that_is_not_a_message_of_psrp_is_refused(fleet: Fleet, data: str) -> None:
    with shell(fleet, "psrp") as opened, pytest.raises(WSManFaultError, match="XML schema"):
        opened.pool.shell.command("", [data] if data != "" else ["AAAAAAAAAAEAAAAAAAAAAAMAAAAA"])


def test_a_program_that_cannot_run(fleet: Fleet) -> None:
    with shell(fleet, "gone") as opened:
        assert opened.run("reg.exe query x").status == 1


def test_wmi_refused_and_shells_served(start: Any) -> None:
    rules = [{"fault": "access_denied", "only": ["wmi"]}, {"fault": "quota_shells", "only": ["shells"], "after": 6}]
    fleet: Fleet = start({"h": {"reg_exe": REG_EXE, "misbehave": rules}})
    assert fleet.client().call("GetDWORDValue", sValueName="UseMachineId").subcode == "AccessDenied"
    assert fleet.client().query("SELECT * FROM Win32_OperatingSystem").subcode == "AccessDenied"
    with shell(fleet, "h") as opened:
        assert opened.run("reg.exe query x").status == 0
    with pytest.raises(Exception, match="maximum number of concurrent shells"):
        fleet.client().pywinrm().open_shell()
    actions = [entry["action"] for entry in fleet.log()]
    assert actions == ["GetDWORDValue", "Enumerate", "Create", "Command", "Receive", "Signal", "Delete", "Create"]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"reg_exe": ["/nonexistent/wine64", "reg.exe"]}, "there is no program /nonexistent/wine64"),
        ({"reg_exe": "reg.exe"}, "expected a list"),
    ],
)
def test_mistakes(tmp_path: Path, form: dict[str, Any], message: str) -> None:
    file = tmp_path / "fleet.yml"
    file.write_text(f"hosts: {{h: {form}}}")
    with pytest.raises(OptionError, match=message):
        load(file)


def test_psrp_needs_pypsrp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "fleet.yml"
    file.write_text(f"hosts: {{h: {{reg_exe: {REG_EXE}}}}}")
    monkeypatch.setattr("winsec_endpoint.fleet.hosts.find_spec", lambda name: None)
    assert load(file)
    with pytest.raises(OptionError, match=r"needs pypsrp: install it"):
        load(file, "psrp")
