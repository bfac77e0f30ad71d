# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
import yaml

from ..support.fleet import Fleet

if t.TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--hosts", type=int, default=30, help="of the fleet in test_fleet_walk.py")


class Place(t.NamedTuple):
    """Where a document is followed: an empty home, a folder to work in, and the hosts that the document speaks of."""

    folder: Path
    fleet: Fleet

    def environment(self, *without: str) -> dict[str, str]:
        """The environment of a user who has set nothing; ``without`` those variables of the session."""
        hidden = {"ANSIBLE_CONFIG", "ANSIBLE_HOME", "ANSIBLE_LOCAL_TEMP", *without}
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        kept = {name: text for name, text in os.environ.items() if name not in hidden}
        return kept | {"HOME": str(home), "ANSIBLE_NOCOLOR": "1"}

    def lead_names_to_fleet(self, folder: str = ".") -> None:
        """Say where the names of the document are: an address and a port for each, nothing else is replaced."""
        hosts = yaml.safe_load(self.fleet.inventory.read_text())["windows"]["hosts"]
        (self.folder / folder / "host_vars").mkdir(parents=True)
        for name, variables in hosts.items():
            address = {key: variables[key] for key in ("ansible_host", "ansible_port")}
            (self.folder / folder / "host_vars" / f"{name}.yml").write_text(yaml.safe_dump(address))


@pytest.fixture
def make_place(tmp_path: Path) -> Iterator[t.Callable[[dict[str, t.Any]], Place]]:
    running: list[Fleet] = []

    def make(hosts: dict[str, t.Any]) -> Place:
        running.append(Fleet(tmp_path / "fleet", hosts))
        folder = tmp_path / "work"
        folder.mkdir()
        return Place(folder, running[-1])

    yield make
    for fleet in running:
        fleet.close()
