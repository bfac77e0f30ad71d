# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How everything is tested: the one place where environments are set up.

``make test`` and ``make test-all`` call these sessions; ``.venv/bin/python -m nox --list`` shows them. Each session has
an environment of its own under .nox/, kept until a requirement changes. Ansible gets an empty home, never the user's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import nox

nox.needs_version = ">=2026.8.17"
nox.options.tags = ["test"]
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.allow_parallel = True

ROOT = Path(__file__).parent
ENDPOINT = ROOT / "tests" / "endpoint"
REQUIREMENTS = ROOT / "tests" / "requirements"
COLLECTION_REQUIREMENTS = ROOT / "meta" / "ee-requirements.txt"

# Each release of ansible-core with the oldest and the newest Python that its authors support on the controller.
ANSIBLE_CORES = {
    "2.16": ((3, 10), (3, 12)),
    "2.17": ((3, 10), (3, 12)),
    "2.18": ((3, 11), (3, 13)),
    "2.19": ((3, 11), (3, 13)),
    "2.20": ((3, 12), (3, 14)),
    "2.21": ((3, 12), (3, 14)),
}
PYTHON = sys.version_info[:2]
RUNNABLE = [core for core, (oldest, newest) in ANSIBLE_CORES.items() if oldest <= PYTHON <= newest]
# Where one release has to do. It runs on the Python versions of current distributions.
MAIN_CORE = "2.19" if "2.19" in RUNNABLE else RUNNABLE[-1]

# Tags: what `make test` runs, and what `make test-all` adds to it.
QUICK = ["test", "test-all"]
THOROUGH = ["test-all"]

CANARIES = ("-m", "canary")

# Certificates for downloads. The libraries that speak WinRM would trust hosts by them, and warn.
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

Environment = dict[str, str | None]


# --- What sessions have in common ------------------------------------------------------------------------------------


def install(session: nox.Session, *purposes: str, core: str | None = None, endpoint: bool = False) -> None:
    """Install tests/requirements/<purpose>.txt, and on request ansible-core with what the collection needs, once."""
    files = [REQUIREMENTS / f"{purpose}.txt" for purpose in purposes]
    arguments, project = [], ""
    if core:
        files.append(COLLECTION_REQUIREMENTS)
        # ansible-galaxy reads the manifest of galaxy.yml with distlib.
        arguments += [f"ansible-core~={core}.0", "distlib"]
    if endpoint:
        arguments.append(f"--editable={ENDPOINT}")
        project = (ENDPOINT / "pyproject.toml").read_text()
    wanted = fingerprint([*arguments, project, *map(resolved, files)])
    stamp = Path(session.virtualenv.location) / "installed.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if stamp.exists():
        session.log("Requirements have changed: making the environment anew")
        virtualenv = [sys.executable, "-m", "virtualenv", "--clear", session.virtualenv.location]
        session.run(*virtualenv, external=True, silent=True)
    session.install(*arguments, *(f"--requirement={file}" for file in files))
    stamp.write_text(wanted)


def resolved(requirements: Path) -> str:
    """Return the text of a requirements file and of those that it includes."""
    text = requirements.read_text()
    included = [line.removeprefix("-r ") for line in text.splitlines() if line.startswith("-r ")]
    return "\n".join([text, *(resolved(requirements.parent / name) for name in included)])


def fingerprint(parts: list[str]) -> str:
    return hashlib.sha256("\0".join([sys.version, *parts]).encode()).hexdigest()


def fresh_folder(session: nox.Session, name: str) -> Path:
    """Return an empty folder in the session's own temporary folder."""
    folder = Path(session.create_tmp()).absolute() / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def clean_environment(session: nox.Session) -> Environment:
    """Return variables that give Ansible an empty home, none of the user's settings, and a UTF-8 locale."""
    home = fresh_folder(session, "home")
    config = home / "ansible.cfg"
    config.touch()
    foreign = ("ANSIBLE_", "MOLECULE_", "PYTEST_", "PYTHONPATH", "XDG_", *CERTIFICATES)
    environment: Environment = {name: None for name in os.environ if name.startswith(foreign)}
    # A pyenv shim answers for Python versions that are not there, and ansible-test believes it.
    path = [folder for folder in os.environ["PATH"].split(os.pathsep) if "shims" not in Path(folder).parts]
    return environment | {
        "HOME": str(home),
        "PATH": os.pathsep.join(path),
        "LC_ALL": "C.UTF-8",
        # The endpoint is on this machine; a proxy is not asked for it.
        "NO_PROXY": "localhost,127.0.0.0/8,::1",
        "no_proxy": "localhost,127.0.0.0/8,::1",
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_LOCAL_TEMP": str(home / ".ansible" / "tmp"),
        "ANSIBLE_CONFIG": str(config),
    }


def install_collection(session: nox.Session, environment: Environment) -> Path:
    """Build the collection and install it from its tarball, as a user does; return the tarball."""
    tree = collection_tree(session)
    dist = fresh_folder(session, "dist")
    collections = fresh_folder(session, "collections")
    environment["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
    galaxy = ["ansible-galaxy", "collection"]
    session.run(*galaxy, "build", f"--output-path={dist}", str(tree), env=environment, silent=True)
    (tarball,) = dist.glob("winsec-lsa-*.tar.gz")
    install_options = ["--offline", f"--collections-path={collections}"]
    session.run(*galaxy, "install", *install_options, str(tarball), env=environment, silent=True)
    return tarball


def project_files() -> list[Path]:
    """List what git tracks or would track, relative to the root. The endpoint is a project of its own."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    files = sorted({ROOT / name for name in names if name})
    return [file.relative_to(ROOT) for file in files if file.is_file() and not file.is_relative_to(ENDPOINT)]


def collection_tree(session: nox.Session) -> Path:
    """Copy the project to .../ansible_collections/winsec/lsa, where Ansible's tools want it, and return that folder."""
    copy = fresh_folder(session, "tree") / "ansible_collections" / "winsec" / "lsa"
    for file in project_files():
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, copy / file, follow_symlinks=False)
    # Some of the tools ask git for the files. The checkout around it would answer that all of them are ignored.
    subprocess.run(["git", "init", "--quiet", str(copy)], check=True)
    return copy


def skip_unless_runnable(session: nox.Session, core: str) -> None:
    """Say which ansible-core is not tested on this Python, and which Python to take instead."""
    if core not in RUNNABLE:
        (oldest, newest) = (".".join(map(str, version)) for version in ANSIBLE_CORES[core])
        here = ".".join(map(str, PYTHON))
        session.skip(f"NOT TESTED: ansible-core {core} wants Python {oldest} to {newest}, this is {here}")


# --- make test -------------------------------------------------------------------------------------------------------


@nox.session(tags=QUICK)
def lint(session: nox.Session) -> None:
    """Check style, YAML, changelog fragments and licence headers."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("yamllint", "--strict", ".")
    session.run("shellcheck", ".ci/run", "tests/prerequisites.sh", "tests/wine/winshell.sh")
    session.run("antsibull-changelog", "lint")
    session.run("reuse", "lint", "--lines")


@nox.session(tags=QUICK)
def types(session: nox.Session) -> None:
    """Run mypy on the collection under its full name, then on the endpoint and this file."""
    install(session, "types", core=MAIN_CORE, endpoint=True)
    mypy = ["mypy", f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={ROOT / '.mypy_cache'}"]
    tree = collection_tree(session)
    with session.chdir(tree):
        packages = [f"--package=ansible_collections.winsec.lsa.{name}" for name in ("plugins", "tests")]
        session.run(*mypy, *packages, env={"MYPYPATH": str(tree.parents[2])})
    with session.chdir(ENDPOINT):
        session.run(*mypy, "src", "tests", env={"MYPYPATH": "src"})
    session.run(*mypy, "noxfile.py")


@nox.session(tags=QUICK)
@nox.parametrize("core", [nox.param(None, id="without-ansible"), nox.param(MAIN_CORE, id="with-ansible")])
def unit(session: nox.Session, core: str | None) -> None:
    """Test the parts: once without ansible-core, which the pure ones must not need, once with it."""
    install(session, "unit", core=core)
    session.run("pytest", "tests/unit", *session.posargs, env=clean_environment(session))


@nox.session(tags=QUICK)
def endpoint(session: nox.Session) -> None:
    """Test the embedded Windows look-alike by itself."""
    install(session, "endpoint", endpoint=True)
    session.run("pytest", "tests/endpoint/tests", *session.posargs, env=clean_environment(session))


@nox.session(tags=QUICK)
@nox.parametrize("core", [nox.param(core, id=core) for core in reversed(ANSIBLE_CORES)])
def playbooks(session: nox.Session, core: str) -> None:
    """Run playbooks on the endpoint with the installed tarball: all on one ansible-core, canaries on the others."""
    skip_unless_runnable(session, core)
    install(session, "playbooks", core=core, endpoint=True)
    run_playbooks(session, *(() if core == MAIN_CORE else CANARIES))


def run_playbooks(session: nox.Session, *selection: str) -> None:
    """Run tests of playbooks with the collection as its tarball installs it."""
    environment = clean_environment(session)
    install_collection(session, environment)
    session.run("pytest", "tests/integration", "--numprocesses=2", *selection, *session.posargs, env=environment)


# --- make demo, and measurements --------------------------------------------------------------------------------------


@nox.session(allow_parallel=False)
def demo(session: nox.Session) -> None:
    """Show the collection at work on an embedded fleet."""
    install(session, "demo", core=MAIN_CORE, endpoint=True)
    environment = clean_environment(session)
    install_collection(session, environment)
    session.run("python", "tests/demo/demo.py", *session.posargs, env=environment)


@nox.session(allow_parallel=False)
def bench(session: nox.Session) -> None:
    """Measure round trips, bytes and time on a large embedded fleet."""
    install(session, "playbooks", core=MAIN_CORE, endpoint=True)
    environment = clean_environment(session)
    install_collection(session, environment)
    session.run("python", "tests/benchmarks/bench.py", *session.posargs, env=environment)


# --- make test-all ----------------------------------------------------------------------------------------------------


@nox.session(tags=THOROUGH)
def oldest_libraries(session: nox.Session) -> None:
    """Run canaries with the oldest libraries that the collection promises to work with."""
    install(session, "playbooks", "oldest_libraries", core=RUNNABLE[0], endpoint=True)
    run_playbooks(session, *CANARIES)


@nox.session(tags=THOROUGH)
def kerberos(session: nox.Session) -> None:
    """Log in by Kerberos, in a realm made for the run."""
    session.run("python", "tests/kerberos/programs.py")  # before pip fails to build something in many words
    install(session, "kerberos", core=MAIN_CORE, endpoint=True)
    environment = clean_environment(session)
    install_collection(session, environment)
    session.run("pytest", "tests/kerberos", "--numprocesses=2", *session.posargs, env=environment)


@nox.session(tags=THOROUGH)
def wine(session: nox.Session) -> None:
    """Run playbooks over SSH, on the registry of Wine."""
    session.run("python", "tests/wine/programs.py")  # before anything is installed
    install(session, "playbooks", core=MAIN_CORE)
    environment = clean_environment(session)
    install_collection(session, environment)
    session.run("pytest", "tests/wine", *session.posargs, env=environment)


@nox.session(tags=THOROUGH)
def build(session: nox.Session) -> None:
    """Build, install and verify the collection; the tarball holds what it should and nothing else."""
    install(session, core=MAIN_CORE)
    environment = clean_environment(session)
    tarball = install_collection(session, environment)
    session.run("ansible-galaxy", "collection", "verify", "--offline", "winsec.lsa", env=environment)
    with tarfile.open(tarball) as archive:
        packed = {member.name for member in archive.getmembers() if not member.isdir()}
    expected = {str(file) for file in project_files() if is_shipped(file)} | {"MANIFEST.json", "FILES.json"}
    if packed != expected:
        session.error(f"missing: {sorted(expected - packed)}; not expected: {sorted(packed - expected)}")
    session.log(f"{tarball.name}: {len(packed)} files as expected")


def is_shipped(file: Path) -> bool:
    """Tell whether a file of the project belongs in the tarball."""
    folders = {"LICENSES", "docs", "meta", "playbooks", "plugins", "roles"}
    files = {"README.md", "CHANGELOG.md", "COPYING", "changelogs/changelog.yaml"}
    return str(file) in files or file.parts[0] in folders


@nox.session(tags=THOROUGH)
def sanity(session: nox.Session) -> None:
    """Run ansible-test sanity."""
    install(session, "sanity", core=MAIN_CORE)
    environment = clean_environment(session)
    tree = collection_tree(session)
    # ansible-test makes environments of its own and keeps them in its home, so this one outlives the session. It would
    # download get-pip from a host of its own, but takes a script that is already in its cache.
    home = Path(session.create_tmp()).absolute() / "ansible-test-home"
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in ("get_pip_23_1_2.py", "get_pip_24_2.py"):
        (cache / name).write_text("import ensurepip\nensurepip.bootstrap(default_pip=True)\n")
    environment |= {"HOME": str(home), "ANSIBLE_HOME": str(home / ".ansible")}
    for name in CERTIFICATES:
        environment.pop(name, None)
    with session.chdir(tree):
        sanity = ["ansible-test", "sanity", "--venv", f"--python={PYTHON[0]}.{PYTHON[1]}", *session.posargs]
        output = str(session.run(*sanity, env=environment, silent=True))
    # It is content to find no file, or to lack a program.
    if "skipped" in output or "not found" in output:
        session.error(output)
    session.log(f"{output.count('Running sanity test')} sanity tests passed")


@nox.session(tags=THOROUGH)
def ansible_lint(session: nox.Session) -> None:
    """Run ansible-lint with the profile production."""
    install(session, "ansible_lint", core=MAIN_CORE)
    tree = collection_tree(session)
    environment = clean_environment(session) | {"ANSIBLE_COLLECTIONS_PATH": str(tree.parents[2])}
    with session.chdir(tree):
        session.run("ansible-lint", "--strict", *session.posargs, env=environment)


@nox.session(tags=THOROUGH)
def docs_lint(session: nox.Session) -> None:
    """Check plugin documentation and every reference in it."""
    install(session, "docs_lint", core=MAIN_CORE)
    tree = collection_tree(session)
    options = ["--plugin-docs", "--validate-collection-refs=all", "--check-extra-docs-refs"]
    with session.chdir(tree):
        session.run("antsibull-docs", "lint-collection-docs", *options, ".", env=clean_environment(session))
