# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets of the endpoint: hosts to run Ansible on, and what that leaves behind."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import subprocess
import time
import typing as t
from collections import Counter
from pathlib import Path

import yaml

from .expectations import LSA, MSV1_0
from .runs import Controller

CONNECTIONS = ("winrm", "psrp")

#: That of every host unless the fleet says otherwise. It is random, so that no other text can be taken for it.
PASSWORD = secrets.token_hex(12)


#: As Microsoft's OMI answers (tests/transcripts/public/omi_*.yml), but for its faults.
OMI: dict[str, str] = {
    "prefixes": "omi",
    "response_action": "bare",
    "output_element": "bare",
    "output_namespace": "method",
    "return_value": "first",
    "projection": "whole",
    "enumeration": "one_context",
}


class Fleet(Controller):
    """A running endpoint with its inventory, its stored registries and its log of requests."""

    def __init__(self, folder: Path, hosts: dict[str, t.Any], environment: dict[str, str] | None = None) -> None:
        super().__init__(folder, environment)
        (folder / "fleet.yml").write_text(yaml.safe_dump({"defaults": {"password": PASSWORD}, "hosts": hosts}))
        command = ["winsec-endpoint", "--fleet=fleet.yml", "--inventory=inventory.yml", "--state=state", "--log=log"]
        command += ["--idle-exit=10m"]
        variables = {**os.environ, **(environment or {})}
        self._process = subprocess.Popen(command, cwd=folder, env=variables, stderr=subprocess.PIPE, text=True)
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 1200  # ten thousand hosts take minutes
        while not self.inventory.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError(f"the endpoint did not start: {self._process.communicate()[1]}")
            time.sleep(0.02)

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=60)

    def variables(self, host: str) -> dict[str, t.Any]:
        """Return the variables of a host in the inventory."""
        return dict(yaml.safe_load(self.inventory.read_text())["windows"]["hosts"][host])

    def stored(self, host: str) -> dict[str, dict[str, t.Any]]:
        """The values of a host below HKEY_LOCAL_MACHINE, by key and by name, as the endpoint keeps them."""
        return t.cast(
            "dict[str, dict[str, t.Any]]", yaml.safe_load((self.folder / "state" / f"{host}.yml").read_text())
        )

    def requests(self, host: str) -> list[dict[str, t.Any]]:
        """The requests that a host has got until now."""
        lines = (self.folder / "log").read_text().splitlines() if (self.folder / "log").exists() else []
        return [request for request in map(json.loads, lines) if request["host"] == host]

    def actions(self, host: str) -> Counter[str]:
        return Counter(request["action"] for request in self.requests(host))

    def forget_requests(self) -> None:
        (self.folder / "log").write_text("")


FleetFactory: t.TypeAlias = t.Callable[[dict[str, t.Any]], Fleet]


@contextlib.contextmanager
def fleets(folder: Path) -> t.Iterator[FleetFactory]:
    """Start fleets that end with the context."""
    numbers = itertools.count()
    with contextlib.ExitStack() as running:

        def start(hosts: dict[str, t.Any]) -> Fleet:
            return running.enter_context(contextlib.closing(Fleet(folder / f"fleet{next(numbers)}", hosts)))

        yield start


def over_both(hosts: dict[str, t.Any]) -> dict[str, t.Any]:
    """Each host twice, once for each connection plugin, in one fleet: Ansible starts once for both."""
    return {
        f"{name}-{connection}": {**form, "connection": connection}
        for name, form in hosts.items()
        for connection in CONNECTIONS
    }


def registry(use_machine_id: t.Any = None, fallback: t.Any = None, name: str = "UseMachineId") -> dict[str, t.Any]:
    """The two values as a fleet describes them, each as (type, data) or absent."""
    form: dict[str, t.Any] = {}
    if use_machine_id is not None:
        form[LSA] = {name: dict(zip(("type", "data"), use_machine_id, strict=True))}
    if fallback is not None:
        form[MSV1_0] = {"AllowNullSessionFallback": dict(zip(("type", "data"), fallback, strict=True))}
    return form


def value(stored: dict[str, dict[str, t.Any]], key: str, name: str) -> tuple[str, t.Any] | None:
    """A stored value whatever the case of its name; None where there is none."""
    for found, form in stored[key].items():
        if found.lower() == name.lower():
            return (form["type"], form["data"])
    return None
