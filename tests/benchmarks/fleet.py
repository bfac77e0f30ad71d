# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the audit of thousands of embedded hosts beside what Ansible itself costs, and hold it against the goals.

``make bench`` calls this after bench.py. It prints tables, says of each goal whether it was met, and fails for none.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import datetime
import http.client
import json
import os
import resource
import statistics
import tempfile
import time
import typing as t
from pathlib import Path

from .running import COMPLIANT, Cost, cost_of, endpoint

#: CPU milliseconds per host of the audit before it was one process: 19.6 s for 100 hosts, with assert at 1.9 s.
FORMER = 196.0

PLAYS: dict[str, dict[str, t.Any]] = {
    "assert": {"ansible.builtin.assert": {"that": "true", "quiet": True}},
    "win_reg_stat": {"ansible.windows.win_reg_stat": {"path": r"HKLM:\SYSTEM"}, "ignore_errors": True},
}
AUDIT = ["winsec.lsa.audit", "-e", "use_machine_id_audit_output=audit.jsonl"]
NOTHING_FAILS = ["-e", '{"use_machine_id_audit_fail_on": []}']

#: A message of the size of ours, and how many a host gets.
BODY = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body/></s:Envelope>".ljust(1166)
MESSAGES = 5


class Rig:
    """An endpoint with a fleet, and Ansible on it."""

    def __init__(self, folder: Path, forms: dict[str, dict[str, t.Any]], connection: str) -> None:
        self.folder = folder
        fleet = {"hosts": {name: {"registry": COMPLIANT, **form} for name, form in forms.items()}}
        (folder / "fleet.yml").write_text(json.dumps(fleet))  # JSON is YAML
        for name, task in PLAYS.items():
            play = {"hosts": "windows", "gather_facts": False, "tasks": [task]}
            (folder / f"{name}.yml").write_text(json.dumps([play]))
        self._connection = connection

    def running(self) -> contextlib.AbstractContextManager[None]:
        return endpoint(self.folder, "--idle-exit=30m", f"--connection={self._connection}")

    def run(self, *arguments: str) -> Cost:
        return cost_of(["ansible-playbook", "--forks=20", *arguments], self.folder)

    def until_others_were_done(self) -> float:
        """Seconds from the first start to the end of the last host that did not hang, as the records have them."""
        records = [json.loads(line) for line in (self.folder / "audit.jsonl").read_text().splitlines()]
        good = [record for record in records if record["verdict"] == "compliant"]
        times = [[datetime.datetime.fromisoformat(r[key][:-1]) for r in good] for key in ("started", "finished")]
        return (max(times[1]) - min(times[0])).total_seconds()

    def by_http_client(self) -> float:
        """Seconds of CPU for the same number of messages of the same size to each host, and nothing else."""
        hosts = json.loads((self.folder / "inventory.yml").read_text())["windows"]["hosts"].values()
        ports = [host["ansible_port"] for host in hosts]
        login = base64.b64encode(b"Administrator:wrong").decode()
        headers = {"Content-Type": "application/soap+xml;charset=UTF-8", "Authorization": f"Basic {login}"}
        start = time.process_time()
        for port in ports:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            for _message in range(MESSAGES):
                connection.request("POST", "/wsman", BODY, headers)
                connection.getresponse().read()
            connection.close()
        return time.process_time() - start


@contextlib.contextmanager
def rig(forms: dict[str, dict[str, t.Any]], connection: str = "winrm") -> t.Iterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="winsec-lsa-fleet-") as folder:
        subject = Rig(Path(folder), forms, connection)
        with subject.running():
            yield subject


def median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(part) for part in zip(*costs, strict=True)))


def show(what: str, measured: str, goal: str, met: bool | None) -> None:
    verdict = "" if met is None else "met" if met else "MISSED"
    print(f"| {what} | {measured} | {goal} | {verdict} |", flush=True)


def beside_ansible(hosts: int, rounds: int) -> dict[str, Cost]:
    """The audit over both connections, beside the smallest task and a task of ansible.windows."""
    found = {}
    for connection in ("winrm", "psrp"):
        with rig({"host": {"count": hosts}}, connection) as subject:
            costs = [(subject.run("assert.yml"), subject.run(*AUDIT)) for _round in range(rounds)]
            floor, audit = (median(list(part)) for part in zip(*costs, strict=True))
            found[connection] = audit
            one, base = audit.cpu / hosts * 1000, floor.cpu / hosts * 1000
            show(f"audit, {hosts:,} hosts, {connection}, CPU a host", f"{one:.1f} ms", "at most 6 ms", one <= 6)
            quarter = f"{base:.1f} ms, so {one / base:.2f}"
            show(f"`assert`, {hosts:,} hosts, {connection}", quarter, "audit at most 0.25 of it", one <= base / 4)
            if connection == "winrm":
                limit = subject.by_http_client() / hosts * 1000
                show(f"{MESSAGES} messages a host by `http.client`", f"{limit:.1f} ms", "none: the limit", None)
    peer(min(hosts, 100))
    show("the audit before", f"{FORMER:.0f} ms", "none: 100 hosts, another day", None)
    return found


def peer(hosts: int) -> None:
    """A task of ansible.windows. The endpoint takes all that it sends and answers at once: no PowerShell runs."""
    with rig({"host": {"count": hosts, "reg_exe": ["false"]}}) as subject:
        cost = subject.run("win_reg_stat.yml")
    show(f"`win_reg_stat` of ansible.windows, {hosts} hosts", f"{cost.cpu / hosts * 1000:.1f} ms", "none", None)


def sizes(hosts: list[int]) -> dict[int, Cost]:
    """Over fleets of several sizes."""
    found = {}
    for count in hosts:
        with rig({"host": {"count": count}}) as subject:
            found[count] = cost = subject.run(*AUDIT)
            figures = f"{cost.wall:.1f} s, {cost.cpu / count * 1000:.1f} ms of CPU a host, {cost.memory:.0f} MiB"
            most = count == max(hosts) >= 10000
            goal = "at most 90 s and 400 MB" if most else "none"
            show(f"audit, {count:,} hosts", figures, goal, cost.wall <= 90 and cost.memory <= 381 if most else None)
    *_others, last_but_one, last = sorted(hosts)
    ratio = (found[last].cpu / last) / (found[last_but_one].cpu / last_but_one)
    show(f"a host of {last:,} to a host of {last_but_one:,}", f"{ratio:.2f}", "at most 1.2", ratio <= 1.2)
    return found


def slow(hosts: int, wall: float) -> None:
    """With a delay for each answer."""
    with rig({"host": {"count": hosts, "misbehave": {"delay": 0.02}}}) as subject:
        ratio = subject.run(*AUDIT).wall / wall
    show(f"{hosts:,} hosts, 20 ms of delay for each answer", f"{ratio:.2f} of the time", "at most 1.3", ratio <= 1.3)


def hanging(hosts: int) -> None:
    """With hosts that do not answer until their time is up, among the others."""
    blocks, count = 20, hosts // 20
    good: dict[str, t.Any] = {f"good{block:02}": {"count": count - count // 20} for block in range(blocks)}
    bad = {f"hangs{block:02}": {"count": count // 20, "misbehave": {"delay": 300}} for block in range(blocks)}
    with rig(good) as subject:
        subject.run(*AUDIT)
        without = subject.until_others_were_done()
    mixed = {name: form for pair in zip(good.items(), bad.items(), strict=True) for name, form in pair}
    with rig(mixed) as subject:
        subject.run(*AUDIT, *NOTHING_FAILS)
        ratio = subject.until_others_were_done() / max(without, 1)
    show(f"{hosts:,} hosts, 1 in 20 hangs, the others", f"{ratio:.2f} of the time", "at most 1.1", ratio <= 1.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=2000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000, 10000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # for the endpoint, which has a port for each host
    print(f"{os.cpu_count()} cores\n\n| what | measured | goal | |\n| --- | --- | --- | --- |")
    beside_ansible(options.hosts, options.rounds)
    found = sizes(options.sizes)
    slow(max(options.sizes), found[max(options.sizes)].wall)
    hanging(options.hosts)


if __name__ == "__main__":
    main()
