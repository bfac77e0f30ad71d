# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract on Wine: hosts that keep their releases, so that cases come in rounds.

Over SSH, and over WS-Management in shells of the endpoint.
"""

from __future__ import annotations

import abc
import contextlib
import typing as t

from ..support.runs import Controller
from ..wine.hosts import HOSTS
from ..wine.ssh_server import SshServer
from ..wine.wsman import over_wsman
from .cases import BRIEF, CASES, Case
from .combinations import Combination, Rig
from .loops import Loop
from .outcome import Outcome, Placed, take

if t.TYPE_CHECKING:
    from ..wine.rig import Rig as Hosts
    from .combinations import Outcomes, Programs

WINE = "Wine"
NTLM_SHELL = "NTLM over HTTP, reg.exe in a shell"

#: Where all cases are checked.
ALL = Combination(WINE, "ssh", "cmd")

LIMITS: dict[str, str] = {
    f"all cases on {WINE} over another way than ssh with cmd": (
        "only BRIEF (cases.py), for time: a command takes about a second"
    ),
    f"{WINE}, winrm and psrp, WMI": "StdRegProv of Wine 8 has neither GetDWORDValue nor DeleteValue",
    f"{WINE}, ssh, PowerShell": "powershell.exe of Wine 8 does nothing; a stand-in knows strings and ';' and no more",
}


class WineRig(Rig):
    """One way to reg.exe on the hosts of ``tests/wine``."""

    via = "auto"

    def __init__(self, connection: str, way: str) -> None:
        self._combination = Combination(WINE, connection, way)
        super().__init__(str(self._combination), [self._combination], ["wine"])

    def wants(self, combination: Combination) -> tuple[Case, ...]:
        return CASES if combination == ALL else BRIEF

    @abc.abstractmethod
    def reached(self, hosts: Hosts, programs: Programs, name: str) -> contextlib.AbstractContextManager[Controller]:
        """Ansible on all hosts, under their names, in a folder whose name says what for."""

    def run(self, programs: Programs) -> Outcomes:
        outcomes: Outcomes = {}
        with self.reached(programs.wine, programs, "cases") as controller:
            for placed in self._rounds():
                for host, outcome in _round(programs.wine, controller, placed).items():
                    outcomes[self._combination, placed[host].case] = outcome
        return outcomes

    def loop(self, combination: Combination, programs: Programs) -> Loop:
        del combination  # there is one
        hosts = programs.wine
        hosts.reset()
        with self.reached(hosts, programs, "loop") as controller:
            return Loop.over(controller, ("win10", "win11"), self.via, lambda host: hosts.stored()[host])

    def _rounds(self) -> list[dict[str, Placed]]:
        """One case for each host at a time. Those that any host will do for go where the fewest are."""
        queues: dict[str, list[Case]] = {name: [] for name in HOSTS}
        for case in sorted(self.cases(self._combination), key=lambda case: len(case.releases)):
            min((queues[name] for name in case.releases), key=len).append(case)
        return [
            {host: Placed(queue[number], host, self.via) for host, queue in queues.items() if number < len(queue)}
            for number in range(max(map(len, queues.values())))
        ]


class SshRig(WineRig):
    """Over an OpenSSH server of its own, with the same default shell on every host."""

    def __init__(self, shell: str) -> None:
        super().__init__("ssh", shell)

    @contextlib.contextmanager
    def reached(self, hosts: Hosts, programs: Programs, name: str) -> t.Iterator[Controller]:
        controller = Controller(programs.folder / f"ssh-{self._combination.way}-{name}", hosts.environment)
        services = [hosts.service(name, self._combination.way) for name in HOSTS]
        server = SshServer(controller.folder, services)
        try:
            server.start()
            hosts.write_inventory(controller.inventory, server, dict.fromkeys(HOSTS, self._combination.way))
            yield controller
        finally:
            server.stop()


class ShellRig(WineRig):
    """Over winrm or psrp."""

    via = "reg"

    def __init__(self, connection: str) -> None:
        super().__init__(connection, NTLM_SHELL)

    def reached(self, hosts: Hosts, programs: Programs, name: str) -> contextlib.AbstractContextManager[Controller]:
        connection = self._combination.connection
        return over_wsman(hosts, connection, programs.folder / f"shell-{connection}-{name}", authentication=["ntlm"])


def _round(hosts: Hosts, controller: Controller, placed: dict[str, Placed]) -> dict[str, Outcome]:
    cases = {host: each.case for host, each in placed.items()}
    hosts.store(
        {host: case.stored for host, case in cases.items()}, [host for host, case in cases.items() if case.imitated]
    )
    before = hosts.stored()
    with contextlib.ExitStack() as stack:
        for host, case in cases.items():
            if case.denial:
                stack.enter_context(hosts.permissions(case.denial.access, host, key=case.denial.key))
        results = take(controller, placed, ":".join(placed))
    after = hosts.stored()
    return {host: Outcome(placed[host], before[host], after[host], results[host]) for host in placed}


def rigs() -> tuple[Rig, ...]:
    return (SshRig("cmd"), SshRig("powershell"), ShellRig("winrm"), ShellRig("psrp"))
