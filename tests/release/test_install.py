# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection is built, and installed from a Git repository, with nothing but ansible-core."""

from __future__ import annotations

import os
import subprocess
import tarfile
import typing as t
from pathlib import Path

import pytest

from ..support.checkout import copy_to, shipped

ADDED = {"MANIFEST.json", "FILES.json"}

#: What following the documents, a Mac and an editor leave in a checkout; some of it must never get out.
LITTER = (
    "inventory/windows.yml",
    "inventory.yml",
    "group_vars/windows.yml",
    "host_vars/srv01.yml",
    "report/report.json",
    "journal.jsonl",
    "requirements.yml",
    "dist/winsec-lsa-0.9.0.tar.gz",
    "collections/ansible_collections/x",
    ".env",
    "plugins/.DS_Store",
    "plugins/action/__pycache__/use_machine_id.cpython-311.pyc",
    "docs/build/html/index.html",
)

Galaxy = t.Callable[..., str]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    copy_to(tmp_path / "checkout")
    return tmp_path / "checkout"


@pytest.fixture
def galaxy(tmp_path: Path) -> Galaxy:
    """ansible-galaxy in an empty home, where no library answers that ansible-core does not require."""
    (tmp_path / "missing" / "distlib").mkdir(parents=True)
    (tmp_path / "missing" / "distlib" / "__init__.py").write_text("raise ImportError('not installed')\n")
    (tmp_path / "home").mkdir()
    variables = {"HOME": str(tmp_path / "home"), "PYTHONPATH": str(tmp_path / "missing"), "ANSIBLE_HOME": ""}

    def run(*arguments: str) -> str:
        command = ["ansible-galaxy", "collection", *arguments]
        environment = {**os.environ, **variables, "ANSIBLE_HOME": str(tmp_path / "home" / ".ansible")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_tarball_is_built_by_ansible_core_alone(checkout: Path, galaxy: Galaxy, tmp_path: Path) -> None:
    for name in LITTER:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).touch()
    galaxy("build", str(checkout), "--output-path", str(tmp_path))
    (tarball,) = tmp_path.glob("winsec-lsa-*.tar.gz")
    with tarfile.open(tarball) as archive:
        assert {member.name for member in archive if not member.isdir()} == shipped() | ADDED


def test_it_is_installed_from_a_git_repository(checkout: Path, galaxy: Galaxy, tmp_path: Path) -> None:
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    for command in (("init", "--quiet"), ("add", "--all"), (*identity, "commit", "--quiet", "--message=all")):
        subprocess.run(["git", *command], cwd=checkout, check=True)
    galaxy("install", f"git+file://{checkout}", "--collections-path", str(tmp_path / "installed"))
    installed = tmp_path / "installed" / "ansible_collections" / "winsec" / "lsa"
    found = {str(file.relative_to(installed)) for file in installed.rglob("*") if file.is_file()}
    assert found == shipped() | ADDED
    assert "winsec.lsa" in galaxy("list", "--collections-path", str(tmp_path / "installed"))
