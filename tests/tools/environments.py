# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment of the sessions in noxfile.py: requirements, installed once, an empty home, the built collection.

antsibull-nox has sessions of some of these kinds. They install ansible-core from GitHub and run containers. Those here
need package indexes alone, take what the tarball installs, and fail where a tool skips something.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nox

from ..support import checkout

ROOT = checkout.ROOT
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
# What they are tested on, if they run on it: Debian 12's, and that of the Debian 13 which debian13.sh makes.
TESTED_PYTHONS = ((3, 11), (3, 13))
PYTHON = sys.version_info[:2]
RUNNABLE = [core for core, (oldest, newest) in ANSIBLE_CORES.items() if oldest <= PYTHON <= newest]
# Where one release has to do. It runs on the Python versions of current distributions.
MAIN_CORE = "2.19" if "2.19" in RUNNABLE else RUNNABLE[-1]

# Certificates for downloads. The libraries that speak WinRM would trust hosts by them, and warn.
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

# What a collection has to work with alone ("Ansible community package collections requirements").
RUNTIME_FOLDERS = ("meta", "plugins", "roles", "playbooks")

Environment = dict[str, str | None]


def install(
    session: nox.Session, *purposes: str, core: str | None = None, endpoint: bool = False, oldest: bool = False
) -> None:
    """Install tests/requirements/<purpose>.txt, and on request ansible-core with what the collection needs, once.

    That is the newest, or the oldest that the collection promises to work with.
    """
    files = [REQUIREMENTS / f"{purpose}.txt" for purpose in purposes]
    arguments, project = [], ""
    if core:
        files.append(COLLECTION_REQUIREMENTS)
        arguments.append(f"ansible-core~={core}.0")
    if oldest:
        arguments += [f"{library}=={bound}" for library, bound in lower_bounds()]
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
    from_source = any("[kerberos]" in resolved(file) for file in files)
    variables = compiling() if from_source else None
    start = time.monotonic()
    by = install_packages(session, [*arguments, *(f"-r{file}" for file in files)], variables or {})
    session.log(f"Installed by {by} in {time.monotonic() - start:.0f} s")
    stamp.write_text(wanted)


def install_packages(session: nox.Session, arguments: list[str], variables: dict[str, str]) -> str:
    """Install by uv, which takes a tenth of pip's time, or else by pip; return the name of who did.

    uv knows nothing of pip's settings. Where these name an index without which it finds nothing, it fails.
    """
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "pip", "install", "--quiet", "--system-certs", f"--python={session.virtualenv.location}", *arguments]
    if subprocess.run(command, env={**os.environ, **variables}, check=False).returncode == 0:
        return "uv"
    # pip would compile all that it installs, and not what is imported only. That takes as long as the rest.
    session.install("--no-compile", *arguments, env=variables)
    return "pip"


def lower_bounds() -> list[tuple[str, str]]:
    """Return the name of each library that the collection needs, and the oldest version that does."""
    return re.findall(r"^([\w-]+) >= (\S+)$", COLLECTION_REQUIREMENTS.read_text(), re.MULTILINE)


def compiling() -> dict[str, str]:
    """Return variables for libraries that come as source: without optimization they are built in half the time.

    What was built is kept for later runs and other checkouts, apart from what other projects install.
    """
    cache = subprocess.run([sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=False)
    if cache.returncode != 0:
        return {"CFLAGS": "-O0 -g0"}
    apart = Path(cache.stdout.strip()) / "winsec-lsa"
    return {"CFLAGS": "-O0 -g0", "PIP_CACHE_DIR": str(apart), "UV_CACHE_DIR": str(apart / "uv")}


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
    # Ansible looks a thousand times a second whether a host has answered. Several at once leave little to the hosts.
    config.write_text("[defaults]\ninternal_poll_interval = 0.01\n")
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


def install_collection(session: nox.Session, environment: Environment, tree: Path | None = None) -> Path:
    """Build the collection and install it from its tarball, as a user does; return the tarball."""
    tree = tree or collection_tree(session)
    dist = fresh_folder(session, "dist")
    collections = fresh_folder(session, "collections")
    environment["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
    galaxy = ["ansible-galaxy", "collection"]
    session.run(*galaxy, "build", f"--output-path={dist}", str(tree), env=environment, silent=True)
    (tarball,) = dist.glob("winsec-lsa-*.tar.gz")
    install_options = ["--offline", f"--collections-path={collections}"]
    session.run(*galaxy, "install", *install_options, str(tarball), env=environment, silent=True)
    return tarball


def with_collection(session: nox.Session) -> Environment:
    """Return a clean environment in which the collection is installed."""
    environment = clean_environment(session)
    install_collection(session, environment)
    return environment


def leave_what_has_to_suffice(environment: Environment) -> None:
    """Take from the installed collection every folder that it must not need when it runs."""
    collection = Path(str(environment["ANSIBLE_COLLECTIONS_PATH"])) / "ansible_collections" / "winsec" / "lsa"
    for folder in (path for path in collection.iterdir() if path.is_dir() and path.name not in RUNTIME_FOLDERS):
        shutil.rmtree(folder)


def project_files() -> list[Path]:
    """List what git tracks or would track, relative to the root. The endpoint is a project of its own."""
    return [file for file in checkout.files() if not (ROOT / file).is_relative_to(ENDPOINT)]


def collection_tree(session: nox.Session) -> Path:
    """Copy the project to .../ansible_collections/winsec/lsa, where Ansible's tools want it, and return that folder."""
    copy = fresh_folder(session, "tree") / "ansible_collections" / "winsec" / "lsa"
    for file in project_files():
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, copy / file, follow_symlinks=False)
    # Some of the tools ask git for the files. The checkout around it would answer that all of them are ignored.
    subprocess.run(["git", "init", "--quiet", str(copy)], check=True)
    return copy


def ansible_test(session: nox.Session, command: str) -> str:
    """Run a command of ansible-test on a copy of the project and return what it says.

    It makes environments of its own and keeps them in its home, so this one outlives the session. It would download
    get-pip from a host of its own, but takes a script that is already in its cache.
    """
    home = Path(session.create_tmp()).absolute() / "ansible-test-home"
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in ("get_pip_23_1_2.py", "get_pip_24_2.py"):
        (cache / name).write_text("import ensurepip\nensurepip.bootstrap(default_pip=True)\n")
    environment = clean_environment(session) | {"HOME": str(home), "ANSIBLE_HOME": str(home / ".ansible")}
    for name in CERTIFICATES:
        environment.pop(name, None)
    options = ["--venv", f"--python={PYTHON[0]}.{PYTHON[1]}", *session.posargs]
    with session.chdir(collection_tree(session)):
        return str(session.run("ansible-test", command, *options, env=environment, silent=True))


def skip_unless_runnable(session: nox.Session, core: str | None) -> None:
    """Say which ansible-core is not tested on this Python, and which Python to take instead."""
    if core and core not in RUNNABLE:
        (oldest, newest) = (".".join(map(str, version)) for version in ANSIBLE_CORES[core])
        here = ".".join(map(str, PYTHON))
        session.skip(f"NOT TESTED: ansible-core {core} wants Python {oldest} to {newest}, this is {here}")
