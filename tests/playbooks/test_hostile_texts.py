# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of hostile hosts, as they come out of Ansible: the bytes that reach a terminal, on every release."""

from __future__ import annotations

import contextlib
import re
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from ..support.expectations import LSA
from ..support.fleet import CONNECTIONS, over_both, registry
from ..support.fleet import PASSWORD as PASSWORD_OF_FLEETS
from ..support.runs import Controller

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..support.fleet import FleetFactory
    from ..support.runs import Run

#: It has what a library folds, quotes or escapes on the way.
PASSWORD = "correct  horse\\battery's"
#: A control sequence of one character, a line that reads from right to left, a template, a separator of lines.
HOSTILE = "\x9b31m \u202egnp.exe\u2066 {{ 1 / 0 }} {{ lookup('pipe', 'id') }} \u2028\u200b"
NAMED = r"\x9b31m \u202egnp.exe\u2066 {{ 1 / 0 }} {{ lookup('pipe', 'id') }} \u2028\u200b"
UNSEEN = re.compile("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")

FAULT = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header><a:RelatesTo>{message}</a:RelatesTo></s:Header>
 <s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:{subcode}</s:Value></s:Subcode></s:Code>
 <s:Reason><s:Text>{text}</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"""

#: The subcode and the text of the fault that a host sends.
FAULTS: dict[str, tuple[str, str]] = {
    "steers": (f"Refused{HOSTILE}", HOSTILE),
    "repeats": ("Refused", f"The password {PASSWORD} of Administrator was refused, Mr. {' '.join(PASSWORD.split())}"),
    "endless": ("x" * 200_000, "y" * 200_000),  # almost as much as is read of an answer
}


class _Host(BaseHTTPRequestHandler):
    """Answers each request with the fault that its path names."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = self.rfile.read(int(self.headers["Content-Length"])).decode()
        message = re.search("MessageID[^>]*>([^<]*)<", request)
        subcode, text = FAULTS[self.path.strip("/")]
        body = FAULT.format(message=message[1] if message else "", subcode=subcode, text=text).encode()
        self.send_response(500)
        self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: t.Any) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server on loopback that answers with faults only."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Host) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        with contextlib.ExitStack() as ends:
            ends.callback(serving.join)
            ends.callback(server.shutdown)
            yield server.server_address[1]


def hosts(port: int) -> dict[str, t.Any]:
    """Each fault over each connection, with the password in the clear: the host has to know it to repeat it."""
    variables = {
        "winrm": {"ansible_winrm_transport": "basic", "ansible_winrm_message_encryption": "never"},
        "psrp": {"ansible_psrp_auth": "basic", "ansible_psrp_message_encryption": "never"},
    }
    return {
        f"{fault}-{connection}": {
            **variables[connection],
            "ansible_connection": connection,
            "ansible_host": "127.0.0.1",
            "ansible_port": port,
            "ansible_user": "Administrator",
            "ansible_password": PASSWORD,
            f"ansible_{connection}_path": f"/{fault}",
            f"ansible_{connection}_{'scheme' if connection == 'winrm' else 'protocol'}": "http",
        }
        for fault in FAULTS
        for connection in CONNECTIONS
    }


def assert_harmless(run: Run) -> None:
    """Return the output. It has no colors of Ansible's own, because it does not go to a terminal."""
    assert not UNSEEN.search(run.output), ascii(UNSEEN.findall(run.output))
    assert "Traceback" not in run.output
    assert "division by zero" not in run.output
    assert "uid=" not in run.output
    assert len(run.output) < 100_000


@pytest.mark.canary
def test_a_fault_can_neither_steer_nor_hide_nor_fill_nor_tell(tmp_path: Path, port: int) -> None:
    subject = Controller(tmp_path / "controller")
    subject.inventory.write_text(yaml.safe_dump({"windows": {"hosts": hosts(port)}}))
    for via in ("wmi", "reg"):
        run = subject.play({"name": "facts", "winsec.lsa.use_machine_id_facts": {"via": via}}, options=["-v"])
        assert_harmless(run)
        told = {host: result.result["msg"] for host, result in run.of("facts").items()}
        assert len(told) == len(FAULTS) * len(CONNECTIONS)
        for host, message in told.items():
            assert len(message) < 1500, host
            assert not any(part in message for part in ("horse", "battery")), (host, message)
        for connection in CONNECTIONS if via == "wmi" else ():
            assert NAMED in told[f"steers-{connection}"]
            assert "The password ******** of Administrator was refused, Mr. ********" in told[f"repeats-{connection}"]
            assert told[f"endless-{connection}"].count("x" * 400) == 1


@pytest.mark.canary
def test_data_of_a_registry_can_do_nothing_either(fleet: FleetFactory) -> None:
    password = PASSWORD_OF_FLEETS
    subject = fleet(
        over_both(
            {
                "steers": {"registry": registry(("REG_SZ", HOSTILE))},
                "list": {"registry": registry(("REG_MULTI_SZ", ["a", HOSTILE]))},
                "repeats": {"registry": registry(("REG_SZ", f"it is {password}"))},
                "endless": {"registry": registry(("REG_SZ", "x" * 100_000))},
            }
        )
    )
    check = {"name": "enforce", "winsec.lsa.use_machine_id": {}, "check_mode": True, "diff": True}
    run = subject.play({"name": "facts", "winsec.lsa.use_machine_id_facts": {}}, check, options=["-v"])
    assert run.exit_status == 0, run.output
    assert_harmless(run)
    assert password not in run.output
    for connection in CONNECTIONS:
        data = {
            name: run.of("facts")[f"{name}-{connection}"].result["ansible_facts"]["use_machine_id"]["value"]["data"]
            for name in ("steers", "list", "repeats", "endless")
        }
        assert data == {"steers": NAMED, "list": ["a", NAMED], "repeats": "it is ********", "endless": None}
        (warning,) = run.of("enforce")[f"steers-{connection}"].result["warnings"]
        assert rf"HKLM\{LSA}\UseMachineId holds REG_SZ '\x9b31m \u202egnp.exe" in warning
        assert warning.endswith("It would be replaced.")
    audit = subject.playbook("winsec.lsa.audit")
    assert_harmless(audit)
    assert password not in audit.output
    assert r"\x9b31m" in audit.output
