# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release candidate: what would be published, built in a copy of the project."""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import nox

from ..support.checkout import shipped
from .environments import (
    ENDPOINT,
    ROOT,
    Environment,
    collection_tree,
    fresh_folder,
    install_collection,
)

_COMPLAINT = re.compile("WARNING|ERROR")
# The importer lints the YAML files with the documentation of plugins as Python, and E203 is how ruff formats slices.
_UNFOUNDED = re.compile(r"WARNING: plugins/(modules|filter)/\w+\.yml:|\.py:\d+:\d+: E203 ")


def build_candidate(session: nox.Session, environment: Environment) -> Path:
    """Build and check the collection, which stays installed in the environment, and the endpoint; return the folder."""
    tarball = install_collection(session, environment, _release_tree(session, environment))
    _check_contents(session, tarball)
    session.run("ansible-galaxy", "collection", "verify", "--offline", "winsec.lsa", env=environment)
    _import_collection(session, tarball, environment)
    _build_endpoint(session, tarball.parent)
    _write_sums(tarball.parent)
    return tarball.parent


def hand_over(session: nox.Session, built: Path) -> None:
    """Leave what was built in dist/, and say what the project itself can't do for a release."""
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    shutil.copytree(built, dist)
    session.log("\n".join(["In dist/:", *(f"  {file.name}" for file in sorted(dist.iterdir()))]))
    by_hand = (ROOT / "CONTRIBUTING.md").read_text().partition("What is left to do by hand:\n")[2]
    session.log(f"Left to do by hand:\n{by_hand}")


def _release_tree(session: nox.Session, environment: Environment) -> Path:
    """Return a copy of the project as the release will have it: the final version, and its changelog."""
    tree = collection_tree(session)
    galaxy = tree / "galaxy.yml"
    galaxy.write_text(re.sub(r"^(version: .+)-dev$", r"\1", galaxy.read_text(), flags=re.MULTILINE))
    with session.chdir(tree):
        collections = {"ANSIBLE_COLLECTIONS_PATH": str(tree.parents[2])}
        session.run("antsibull-changelog", "release", env=environment | collections, silent=True)
    return tree


def _check_contents(session: nox.Session, tarball: Path) -> None:
    """Fail unless the tarball of the collection holds what it should, and nothing else."""
    with tarfile.open(tarball) as archive:
        packed = {member.name for member in archive.getmembers() if not member.isdir()}
    expected = shipped() | {"MANIFEST.json", "FILES.json"}
    if packed != expected:
        session.error(f"missing: {sorted(expected - packed)}; not expected: {sorted(packed - expected)}")
    session.log(f"{tarball.name}: {len(packed)} files as expected")


def _import_collection(session: nox.Session, tarball: Path, environment: Environment) -> None:
    """Import the tarball as Galaxy and Automation Hub do. They accept warnings; this does not."""
    checks = {f"GALAXY_IMPORTER_{check}": "true" for check in ("CHECK_REQUIRED_TAGS", "RUN_FLAKE8")}
    command = ["python", "-m", "galaxy_importer.main", str(tarball)]
    with session.chdir(fresh_folder(session, "import")):  # it leaves a file behind
        output = str(session.run(*command, env=environment | checks, silent=True))
    complaints = [line for line in output.splitlines() if _COMPLAINT.search(line) and not _UNFOUNDED.search(line)]
    if complaints or "completed successfully" not in output:
        session.error("\n".join([output, "", *complaints]))


def _build_endpoint(session: nox.Session, dist: Path) -> None:
    """Build the endpoint as a wheel and as a source archive, with the license, and check what is in them."""
    copy = fresh_folder(session, "endpoint") / "winsec-endpoint"
    shutil.copytree(ENDPOINT, copy, ignore=shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__"))
    shutil.copy2(ROOT / "COPYING", copy)
    session.run("python", "-m", "build", f"--outdir={dist}", str(copy), silent=True)
    (wheel,), (archive,) = dist.glob("*.whl"), dist.glob("winsec_endpoint-*.tar.gz")
    session.run("twine", "check", "--strict", str(wheel), str(archive))
    source = copy / "src"
    expected = {str(file.relative_to(source)) for file in source.rglob("*") if file.suffix in (".py", ".typed")}
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    if packed != expected:
        session.error(f"missing: {sorted(expected - packed)}; not expected: {sorted(packed - expected)}")


def _write_sums(dist: Path) -> None:
    """Write SHA256SUMS, as sha256sum does."""
    files = sorted(dist.iterdir())
    sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    (dist / "SHA256SUMS").write_text(sums)
