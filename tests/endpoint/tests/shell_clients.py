# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in shells as Ansible's connection plugins send them, by pywinrm and pypsrp."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pypsrp.complex_objects import PSInvocationState
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool

from .support import Client, Fleet

#: What ansible-core makes of a command line, by version.
WRAPPERS = {
    "2.16": ["PowerShell", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Unrestricted", "-EncodedCommand"],
    "2.21": ["powershell", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Unrestricted", "-EncodedCommand"],
    "pywinrm": ["powershell", "-encodedcommand"],
}


class Result(NamedTuple):
    status: int
    stdout: bytes
    stderr: str


class Winrm:
    """A command as the plugin winrm runs it."""

    def __init__(self, client: Client, **options: Any) -> None:
        self.protocol = client.pywinrm(**options)
        self.shell_id = self.protocol.open_shell(codepage=65001)

    def start(self, script: str, wrapper: str = "2.16") -> str:
        encoded = base64.b64encode(script.encode("utf-16-le")).decode()
        command, *arguments = [*WRAPPERS[wrapper], encoded]
        return self.protocol.run_command(self.shell_id, command, arguments)

    def run(self, script: str, wrapper: str = "2.16") -> Result:
        command_id = self.start(script, wrapper)
        stdout, stderr, status = self.protocol.get_command_output(self.shell_id, command_id)
        self.protocol.cleanup_command(self.shell_id, command_id)
        return Result(status, stdout, stderr.decode())

    def close(self) -> None:
        self.protocol.close_shell(self.shell_id)


class Psrp:
    """A command as the plugin psrp runs it."""

    def __init__(self, client: Client, **options: Any) -> None:
        self.host = PSHost(None, None, False, "test", None, PSHostUserInterface(), None)  # type: ignore[arg-type]  # as the plugin does
        self.wsman = client.pypsrp(**options)
        self.pool = RunspacePool(self.wsman, host=self.host)
        self.pool.open()

    def run(self, script: str) -> Result:
        pipeline = PowerShell(self.pool)
        pipeline.add_script(f"{script}\nexit $LASTEXITCODE", use_local_scope=True)
        pipeline.invoke()
        status = self.host.rc or (1 if pipeline.had_errors else 0)
        self.host.rc = 0
        pipeline.state = PSInvocationState.RUNNING
        pipeline.stop()
        stderr = "".join(f"{error}\r\n" for error in pipeline.streams.error)
        return Result(status, "".join(f"{line}\r\n" for line in pipeline.output).encode(), stderr)

    def close(self) -> None:
        self.pool.close()
        self.wsman.close()


@contextmanager
def shell(fleet: Fleet, host: str) -> Iterator[Any]:
    client = fleet.client(host)
    options = {"auth": "ntlm", "encryption": "always"} if "psrp" in host else {"transport": "ntlm"}
    is_psrp = client.variables["ansible_connection"] == "psrp"
    opened = (Psrp if is_psrp else Winrm)(client, **(options if "ntlm" in host else {}))
    yield opened
    opened.close()
