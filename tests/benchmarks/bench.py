# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure facts, module, role and enforce on a large embedded fleet, beside ``ansible.builtin.assert`` there.

``make bench`` calls this with the collection and the endpoint installed. It prints what it measured and judges nothing:
README.md in this folder says how to read it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import tempfile
import typing as t
from collections import Counter
from pathlib import Path

from .running import COMPLIANT, Cost, cost_of, endpoint

#: The plays, of one task or role each.
PLAYS: dict[str, dict[str, t.Any]] = {
    "assert": {"tasks": [{"ansible.builtin.assert": {"that": "true", "quiet": True}}]},
    "facts": {"tasks": [{"winsec.lsa.use_machine_id_facts": {}}]},
    "facts, gpo: false": {"tasks": [{"winsec.lsa.use_machine_id_facts": {"gpo": False}}]},
    "module": {"tasks": [{"winsec.lsa.use_machine_id": {}}]},
    "role": {"roles": ["winsec.lsa.use_machine_id"]},
}
#: What each round runs, in this order. Ad hoc, Ansible imports connection plugins in every fork, not once before.
COMMANDS = {name: ["ansible-playbook", f"{name}.yml"] for name in PLAYS} | {
    "enforce": ["ansible-playbook", "winsec.lsa.enforce"],
    "facts, ad hoc": ["ansible", "windows", "-m", "winsec.lsa.use_machine_id_facts"],
}
BASE = "assert"
#: What of a run is compared.
COMPARED = ("wall", "cpu")

HEAD = """\
| connection | run | wall | CPU | wall to assert | CPU to assert | POSTs a host | bodies a host | with headers |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


class Traffic(t.NamedTuple):
    """The traffic of one run with the host that got most."""

    posts: int = 0
    body_bytes: int = 0
    all_bytes: int = 0


class Bench:
    """One running endpoint, and Ansible on it."""

    def __init__(self, folder: Path, options: argparse.Namespace, connection: str) -> None:
        self._folder = folder
        self._forks = options.forks
        self._connection = connection
        # JSON is YAML.
        host = {"release": "2022", "registry": COMPLIANT, "count": options.hosts, "scheme": options.scheme}
        fleet = {"hosts": {"host": host}}
        (folder / "fleet.yml").write_text(json.dumps(fleet))
        for name, play in PLAYS.items():
            (folder / f"{name}.yml").write_text(json.dumps([{"hosts": "windows", "gather_facts": False, **play}]))

    def running(self) -> contextlib.AbstractContextManager[None]:
        return endpoint(self._folder, "--log=log", f"--connection={self._connection}")

    def run(self, name: str) -> Cost:
        return cost_of([*COMMANDS[name], f"--forks={self._forks}"], self._folder)

    def traffic(self, name: str) -> Traffic:
        """Run once for what is sent; this warms up as well."""
        log = self._folder / "log"
        log.write_text("")  # the endpoint appends
        self.run(name)
        posts: Counter[str] = Counter()
        bodies: Counter[str] = Counter()
        everything: Counter[str] = Counter()
        for request in map(json.loads, log.read_text().splitlines()):
            posts[request["host"]] += 1
            bodies[request["host"]] += request["request_bytes"]
            everything[request["host"]] += request["request_bytes"] + request["request_header_bytes"]
        return Traffic(*(max(counted.values()) for counted in (posts, bodies, everything))) if posts else Traffic()


def measure(options: argparse.Namespace, connection: str) -> None:
    with tempfile.TemporaryDirectory(prefix="winsec-lsa-bench-") as folder:
        bench = Bench(Path(folder), options, connection)
        with bench.running():
            traffic = {name: bench.traffic(name) for name in COMMANDS}
            rounds = [{name: bench.run(name) for name in COMMANDS} for _round in range(options.rounds)]
    for name in COMMANDS:
        print(row(connection, name, rounds, traffic[name]), flush=True)


def row(connection: str, name: str, rounds: list[dict[str, Cost]], traffic: Traffic) -> str:
    """Medians. A ratio compares two runs of the same round, so that a busy moment of the machine counts for both."""
    wall, cpu = (statistics.median(getattr(costs[name], part) for costs in rounds) for part in COMPARED)
    ratios = [
        statistics.median(getattr(costs[name], part) / getattr(costs[BASE], part) for costs in rounds)
        for part in COMPARED
    ]
    sent = f"{traffic.posts} | {traffic.body_bytes} B | {traffic.all_bytes} B"
    return f"| {connection} | {name} | {wall:.1f} s | {cpu:.1f} s | {ratios[0]:.2f} | {ratios[1]:.2f} | {sent} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--forks", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connection", choices=("winrm", "psrp"), action="append", help="both unless given")
    parser.add_argument("--scheme", choices=("http", "https"), default="http")
    options = parser.parse_args()
    fleet = f"{options.hosts} hosts, {options.scheme}, {options.forks} forks"
    print(f"{fleet}, {options.rounds} rounds, {os.cpu_count()} cores\n\n{HEAD}")
    for connection in options.connection or ("winrm", "psrp"):
        measure(options, connection)


if __name__ == "__main__":
    main()
