# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, readiness, inventory, log, restart and every way to end."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from .support import COMMAND, LSA, Client, Fleet, alive, wait_until

VALUE = {"sValueName": "UseMachineId"}


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def command(directory: Path, *arguments: str, hosts: str = "{h: {}}") -> list[str]:
    (directory / "fleet.yml").write_text(f"hosts: {hosts}\n")
    files = ["--fleet", str(directory / "fleet.yml"), "--inventory", str(directory / "inventory.yml")]
    return [*COMMAND, *files, *arguments]


def client(directory: Path) -> Client:
    return Client(yaml.safe_load((directory / "inventory.yml").read_text())["windows"]["hosts"]["h"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_with_status_0(start: Any, number: signal.Signals) -> None:
    fleet: Fleet = start({"h": {"misbehave": {"delay": 60, "only": ["EnumKey"]}}, "t": {"scheme": "https"}})
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(fleet.client().call, "EnumKey")
        time.sleep(0.1)
        fleet.process.send_signal(number)
        assert fleet.process.wait(60) == 0
        assert pending.exception(60)


def test_inventory(start: Any) -> None:
    fleet: Fleet = start({"a": {}, "b": {"connection": "psrp", "scheme": "https"}}, defaults={"password": "p"})
    assert stat.S_IMODE(fleet.inventory_file.stat().st_mode) == 0o600
    windows = yaml.safe_load(fleet.inventory_file.read_text())["windows"]
    assert windows["children"] == {"winrm_hosts": {"hosts": {"a": None}}, "psrp_hosts": {"hosts": {"b": None}}}
    assert fleet.variables("a") == {
        "ansible_host": "127.0.0.1",
        "ansible_port": fleet.variables("a")["ansible_port"],
        "ansible_user": "Administrator",
        "ansible_password": "p",
        "ansible_connection": "winrm",
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": "basic",
    }
    assert fleet.variables("b")["ansible_psrp_cert_validation"] == "validate"
    assert Path(fleet.variables("b")["ansible_psrp_ca_cert"]).read_text().startswith("-----BEGIN CERTIFICATE")


def test_the_default_password_is_another_one_in_each_run(start: Any) -> None:
    passwords = set()
    for _run in range(2):
        fleet: Fleet = start({"h": {}})
        passwords.add(fleet.variables("h")["ansible_password"])
        fleet.stop()
    assert len(passwords) == 2
    assert all(len(password) >= 16 for password in passwords)


def test_inventory_of_kerberos(start: Any) -> None:
    account = {"authentication": ["kerberos"], "username": "alice@WINSEC.TEST"}
    fleet: Fleet = start({"a": {**account, "kerberos_name": "a.winsec.test"}, "b": {**account, "connection": "psrp"}})
    assert fleet.variables("a")["ansible_winrm_transport"] == "kerberos"
    assert fleet.variables("a")["ansible_winrm_kerberos_hostname_override"] == "a.winsec.test"
    assert fleet.variables("b")["ansible_psrp_auth"] == "kerberos"
    assert fleet.variables("b")["ansible_psrp_negotiate_hostname_override"] == "b"
    assert fleet.client("a").exchange(b"", password="wrong")[2].get_all("WWW-Authenticate") == ["Negotiate", "Kerberos"]


def test_same_fleet_over_the_other_connection(start: Any) -> None:
    fleet: Fleet = start({"h": {"connection": "winrm"}}, "--connection", "psrp")
    assert fleet.variables("h")["ansible_psrp_message_encryption"] == "never"


def test_log_counts_requests_and_bytes(start: Any) -> None:
    fleet: Fleet = start({"h": {}})
    answer = fleet.client().call("GetDWORDValue", **VALUE)
    fleet.client().post(b"secret", password="wrong")
    good, bad = fleet.log()
    assert (good["host"], good["action"], good["resource"]) == ("h", "GetDWORDValue", "root/cimv2/StdRegProv")
    assert (good["status"], good["authenticated"], good["response_bytes"]) == (200, True, len(answer.payload))
    assert good["request_bytes"] > 1000
    assert good["request_header_bytes"] > 100
    assert (bad["status"], bad["authenticated"], bad["request_bytes"], bad["action"]) == (401, False, 6, "")
    assert [(entry["mechanism"], entry["login"]) for entry in (good, bad)] == [
        ("basic", "accepted"),
        ("basic", "refused"),
    ]
    assert "Basic" not in (fleet.directory / "log").read_text()


def test_state_survives_a_restart(start: Any) -> None:
    hosts = {"h": {"registry": {LSA: {"UseMachineId": {"type": "REG_DWORD", "data": 0}}}}}
    first: Fleet = start(hosts)
    assert first.client().call("SetDWORDValue", uValue=1, **VALUE).code == 0
    assert first.client().call("DeleteValue", sValueName="Bounds").code == 0
    first.stop()
    second: Fleet = start(hosts)
    assert second.client().call("GetDWORDValue", **VALUE).text("uValue") == "1"
    assert second.client().call("GetBinaryValue", sValueName="Bounds").code == 1


def test_ends_with_its_parent(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys; child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE);"
        "child.stdout.readline(); print(child.pid)"
    )
    launch = [sys.executable, "-c", script, *command(tmp_path)]
    done = subprocess.run(launch, capture_output=True, text=True, check=True)
    assert wait_until(lambda: not alive(int(done.stdout)))


def test_idle_exit_in_the_foreground(tmp_path: Path) -> None:
    idle = command(tmp_path, "--idle-exit", "0.5s")
    subprocess.run(idle, stdout=subprocess.DEVNULL, check=True, timeout=120)


def test_detached_ends_when_idle(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    subprocess.run(
        command(tmp_path, "--detach", "--pid-file", str(pid_file), "--idle-exit", "1s"), check=True, timeout=120
    )
    assert wait_until(lambda: not pid_file.exists())


def test_detached_serves_after_its_launcher_and_refuses_a_second(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    launch = command(tmp_path, "--detach", "--pid-file", str(pid_file), "--idle-exit", "10m")
    done = subprocess.run(launch, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    pid = int(pid_file.read_text())
    assert client(tmp_path).call("EnumKey").status == 200
    again = subprocess.run(launch, capture_output=True, text=True, check=False, timeout=120)
    assert (again.returncode, f"process {pid} is still running" in again.stderr) == (1, True)
    assert client(tmp_path).call("EnumKey").status == 200
    os.kill(pid, signal.SIGTERM)
    assert wait_until(lambda: not alive(pid))


def test_detached_ends_on_sigterm(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    launch = command(tmp_path, "--detach", "--pid-file", str(pid_file), "--idle-exit", "10m")
    subprocess.run(launch, check=True, timeout=120)
    pid = int(pid_file.read_text())
    os.kill(pid, signal.SIGTERM)
    assert wait_until(lambda: not alive(pid))
    assert not pid_file.exists()


def test_detached_tells_why_it_did_not_start(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "h.yml").write_text("not: a registry")
    pid_file = tmp_path / "pid"
    launch = command(tmp_path, "--detach", "--pid-file", str(pid_file), "--state", str(state))
    done = subprocess.run(launch, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "h.yml: not: expected a mapping" in done.stderr
    assert not pid_file.exists()
    assert not (tmp_path / "inventory.yml").exists()


def test_detach_needs_a_pid_file(tmp_path: Path) -> None:
    done = subprocess.run(command(tmp_path, "--detach"), capture_output=True, text=True, check=False)
    assert (done.returncode, "--pid-file" in done.stderr) == (2, True)


def test_two_hundred_hosts_and_twenty_clients(start: Any) -> None:
    fleet: Fleet = start({"web": {"count": 200}})
    hosts = yaml.safe_load(fleet.inventory_file.read_text())["windows"]["hosts"]

    def enable(name: str) -> int:
        return Client(hosts[name]).call("SetDWORDValue", uValue=1, **VALUE).code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(enable, hosts)) == {0}
    assert all(fleet.state(name)[LSA]["UseMachineId"]["data"] == 1 for name in hosts)
