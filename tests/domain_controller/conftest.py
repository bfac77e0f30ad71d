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


@pytest.fixture(scope="session")
def run(controller: DomainController) -> Run:
    """Run a module as the administrator, unless options say otherwise."""

    def module(name: str = "use_machine_id_gpo", **options: t.Any) -> Result:
        login = {"server": NAME, "username": ADMINISTRATOR, "password": PASSWORD, "ca_path": str(controller.authority)}
        arguments = {name: value for name, value in (login | options).items() if value is not None}
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("run_module.py")), name],
            env=module_environment(controller),
            input=json.dumps(arguments),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr + done.stdout
        if done.returncode == 9:
            return {"killed": True}
        result: Result = json.loads(done.stdout)
        print(json.dumps(result, indent=1))
        secrets = json.dumps(without_arguments(result)) + done.stderr
        assert PASSWORD not in secrets
        result["warnings"] = [text_of(warning) for warning in result.get("warnings", [])]
        return result | {"requests": int(done.stderr.rpartition("requests: ")[2] or 0)}

    return module


def text_of(warning: t.Any) -> str:
    """A warning is a text, and since ansible-core 2.19 an event that has one."""
    return str(warning["event"]["msg"]) if isinstance(warning, dict) else str(warning)


def without_arguments(result: Result) -> Result:
    return {name: value for name, value in result.items() if name != "diff"}


def module_environment(controller: DomainController) -> dict[str, str]:
    return {**os.environ, **controller.environment, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
