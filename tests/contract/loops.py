# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A loop over hosts of one way to log in: each item reaches its own host, or fails."""

from __future__ import annotations

import typing as t

import yaml

from ..support.expectations import ONE, ZERO, Value
from .outcome import MODULE, Registry, Result, ours

if t.TYPE_CHECKING:
    from pathlib import Path

    from ..support.runs import Controller

LOST = "lost"


class Loop(t.NamedTuple):
    """The items of a loop over two hosts, and a third at a port where nothing listens; and UseMachineId of the two."""

    items: list[Result]
    stored: tuple[Value, Value]

    @classmethod
    def over(
        cls, controller: Controller, hosts: tuple[str, str], via: str, stored: t.Callable[[str], Registry]
    ) -> Loop:
        """Run it on hosts on which nothing is configured. The third has the address of the first, and its login."""
        first, second = hosts
        lost = controller.folder / "lost.yml"
        variables = {**_variables(controller.inventory, first), "ansible_port": 1}
        lost.write_text(yaml.safe_dump({"all": {"hosts": {LOST: variables}}}))
        states = [(first, "enabled"), (second, "disabled"), (first, "enabled"), (LOST, "not_defined")]
        task = {
            MODULE: {"state": "{{ item.1 }}", "via": via},
            "delegate_to": "{{ item.0 }}",
            "loop": [list(pair) for pair in [*states, *states[::-1]]],
            "ignore_unreachable": True,
        }
        run = controller.play({"name": "loop", **task}, hosts="localhost", options=[f"--inventory={lost}"])
        items = run.of("loop")["localhost"].result["results"]
        return cls(items, (ours(stored(first))[0], ours(stored(second))[0]))

    def check(self) -> None:
        """Only the first visit of each host changes anything."""
        found = [(item.get("unreachable", False), item.get("failed", False), item["changed"]) for item in self.items]
        changed, same, lost = (False, False, True), (False, False, False), (True, False, False)
        assert found == [changed, changed, same, lost, lost, same, same, same], self.items
        assert self.stored == (ONE, ZERO)


def _variables(inventory: Path, host: str) -> dict[str, t.Any]:
    form = yaml.safe_load(inventory.read_text())
    group = form["windows"] if "windows" in form else form["all"]["children"]["windows"]
    return {**group.get("vars", {}), **group["hosts"][host]}
