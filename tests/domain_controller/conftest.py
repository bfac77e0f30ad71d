# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
import uuid
from pathlib import Path

import pytest

from ..support.programs import complaint
from .policies import Policy, new_policy
from .samba import ADMINISTRATOR, NAME, PASSWORD, DomainController, running_domain_controller

if t.TYPE_CHECKING:
    from collections.abc import Iterator

Result: t.TypeAlias = "dict[str, t.Any]"
Run: t.TypeAlias = "t.Callable[..., Result]"


def pytest_sessionstart() -> None:
    """Say what to install. A domain that is not there is no reason to skip a test."""
    if missing := complaint("domain_controller"):
        pytest.exit(missing, returncode=2)
    if os.geteuid() != 0:
        pytest.exit(
            "a domain controller needs root: its ports are fixed, and its files have several owners", returncode=2
        )


@pytest.fixture(scope="session")
def controller() -> Iterator[DomainController]:
    with running_domain_controller() as started:
        yield started


@pytest.fixture
def policy(controller: DomainController, request: pytest.FixtureRequest) -> Policy:
    """A GPO that is new."""
    return new_policy(controller, f"{request.node.name[:40]} {uuid.uuid4()}")


class Runner:
    """Runs modules as the administrator, unless options say otherwise."""

    def __init__(self, controller: DomainController) -> None:
        self._controller = controller
        #: What runs them, by the environment in which it does.
        self._servers: dict[tuple[tuple[str, str], ...], subprocess.Popen[str]] = {}

    def __call__(self, name: str = "use_machine_id_gpo", **options: t.Any) -> Result:
        authority = str(self._controller.authority)
        login = {"server": NAME, "username": ADMINISTRATOR, "password": PASSWORD, "ca_path": authority}
        arguments = {name: value for name, value in (login | options).items() if value is not None}
        status, output, errors = self._run(name, arguments)
        assert "Traceback" not in errors + output, errors + output
        if status == 9:
            return {"killed": True}
        result: Result = json.loads(output)
        print(json.dumps(result, indent=1))
        assert PASSWORD not in json.dumps(without_arguments(result)) + errors
        result["warnings"] = [text_of(warning) for warning in result.get("warnings", [])]
        # One that is ended because a library does not return tells none.
        return result | {"requests": json.loads(errors.rpartition("requests: ")[2] or "[]")}

    def _run(self, name: str, arguments: dict[str, t.Any]) -> tuple[int, str, str]:
        environment = module_environment(self._controller)
        key = tuple(sorted(environment.items()))
        server = self._servers.get(key)
        if not server:
            command = [sys.executable, str(Path(__file__).with_name("run_module.py"))]
            pipe = subprocess.PIPE
            server = self._servers[key] = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps([name, arguments]) + "\n")
        server.stdin.flush()
        status, output, errors = json.loads(server.stdout.readline())
        return status, output, errors

    def close(self) -> None:
        for server in self._servers.values():
            server.communicate(timeout=60)


@pytest.fixture(scope="session")
def run(controller: DomainController) -> Iterator[Run]:
    runner = Runner(controller)
    yield runner
    runner.close()


def text_of(warning: t.Any) -> str:
    """A warning is a text, and since ansible-core 2.19 an event that has one."""
    return str(warning["event"]["msg"]) if isinstance(warning, dict) else str(warning)


def without_arguments(result: Result) -> Result:
    return {name: value for name, value in result.items() if name != "diff"}


def module_environment(controller: DomainController) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return {**ours, **controller.environment, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
