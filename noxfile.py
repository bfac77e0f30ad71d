# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How everything is tested: what is run, in which environment.

``make test`` and ``make test-all`` call these sessions; ``.venv/bin/python -m nox --list`` shows them. Each session has
an environment of its own under .nox/, kept until a requirement changes. Ansible gets an empty home, never the user's.
Sessions start in the order of this file, two at once: long ones early, and contract and wine apart, as both start Wine.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))

from tests.site.build import build_site
from tests.tools.candidate import build_candidate, hand_over
from tests.tools.environments import (
    ANSIBLE_CORES,
    ENDPOINT,
    MAIN_CORE,
    PYTHON,
    ROOT,
    RUNNABLE,
    ansible_test,
    clean_environment,
    collection_tree,
    fresh_folder,
    install,
    install_collection,
    leave_what_has_to_suffice,
    project_files,
    skip_unless_runnable,
    with_collection,
)

nox.needs_version = ">=2026.8.17"
nox.options.tags = ["test"]
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.allow_parallel = True

# Tags: what `make test` runs, and what `make test-all` adds to it.
QUICK = ["test", "test-all"]
THOROUGH = ["test-all"]

# Each release of ansible-core. For the unit tests, `make test` makes do with one of them.
EACH_CORE = [nox.param(core, id=core) for core in reversed(ANSIBLE_CORES)]
EACH_CORE_ONE_QUICK = [
    nox.param(core, id=core, tags=["test"] if core == MAIN_CORE else []) for core in reversed(ANSIBLE_CORES)
]
CANARIES = ("-m", "canary")

# Those for which atheris 3.0 has wheels.
FUZZED_PYTHONS = ((3, 11), (3, 12), (3, 13))

# The parser with which STIG Manager imports results. It needs no other package.
STIG_MANAGER = "@nuwcdivnpt/stig-manager-client-modules@1.6.7"


# --- make test-all, its longest session ------------------------------------------------------------------------------


@nox.session(tags=THOROUGH)
def contract(session: nox.Session) -> None:
    """Check the contract on every registry, connection and login; and what can be wrong with Kerberos."""
    session.run("python", "tests/support/programs.py", "wine", "kerberos")  # pip would only say that it can't compile
    install(session, "contract", core=MAIN_CORE, endpoint=True)
    environment = with_collection(session)
    # What takes longest is first, and stays there: Wine. It waits a lot, so that two processors have time for three.
    options = ["--every-combination", "--numprocesses=3", "--dist=loadgroup", "--no-loadscope-reorder"]
    session.run("pytest", "tests/contract", "tests/kerberos", *options, *session.posargs, env=environment)


# --- make test, and the same at length in make test-all --------------------------------------------------------------


@nox.session(tags=THOROUGH)
@nox.parametrize("core", EACH_CORE)
def playbooks(session: nox.Session, core: str) -> None:
    """Run playbooks on the endpoint with the installed tarball: all on one ansible-core, canaries on the others."""
    skip_unless_runnable(session, core)
    install(session, "playbooks", core=core, endpoint=True)
    run_playbooks(session, "tests/playbooks", *(() if core == MAIN_CORE else CANARIES))


@nox.session(tags=["test"])  # `make test-all` has all of it in the session contract
def contract_in_brief(session: nox.Session) -> None:
    """Check the contract on the endpoint's own registry with two logins."""
    install(session, "playbooks", core=MAIN_CORE, endpoint=True)
    run_playbooks(session, "tests/contract")


@nox.session(tags=["test"])  # `make test-all` has all of it in the session playbooks
def playbooks_in_brief(session: nox.Session) -> None:
    """Run the canaries of the playbooks."""
    install(session, "playbooks", core=MAIN_CORE, endpoint=True)
    run_playbooks(session, "tests/playbooks", *CANARIES)


def run_playbooks(session: nox.Session, *selection: str) -> None:
    """Run tests of playbooks with what its tarball installs, without the folders that the collection must not need."""
    environment = with_collection(session)
    leave_what_has_to_suffice(environment)
    options = ["--numprocesses=2", "--dist=loadgroup", *session.posargs]
    session.run("pytest", *selection, *options, env=environment)


@nox.session(tags=THOROUGH)
def faults(session: nox.Session) -> None:
    """See that whatever goes wrong on the way to a host ends in time, in plain words, and with a host that is known."""
    install(session, "playbooks", core=MAIN_CORE, endpoint=True)
    run_playbooks(session, "tests/faults")


@nox.session(tags=THOROUGH)
def soak(session: nox.Session) -> None:
    """See that many hosts, many runs and two controllers at once lose, leave and leak nothing. --long takes an hour."""
    install(session, "playbooks", core=MAIN_CORE, endpoint=True)
    session.run("pytest", "tests/soak", *session.posargs, env=with_collection(session))


@nox.session(tags=QUICK)
def endpoint(session: nox.Session) -> None:
    """Test the embedded Windows simulator by itself."""
    install(session, "endpoint", endpoint=True)
    session.run("pytest", "tests/endpoint/tests", *session.posargs, env=clean_environment(session))


@nox.session(tags=QUICK)
def types(session: nox.Session) -> None:
    """Run mypy on the collection under its full name, then on the endpoint and this file."""
    install(session, "types", core=MAIN_CORE, endpoint=True)
    mypy = ["mypy", f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={ROOT / '.mypy_cache'}"]
    tree = collection_tree(session)
    with session.chdir(tree):
        plugins, tests = (f"--package=ansible_collections.winsec.lsa.{name}" for name in ("plugins", "tests"))
        environment = {"MYPYPATH": str(tree.parents[2])}
        session.run(*mypy, plugins, tests, env=environment)
        session.run(*mypy, plugins, "--python-version=3.10", env=environment)  # the oldest of ansible-core 2.16
    with session.chdir(ENDPOINT):
        session.run(*mypy, "src", "tests", env={"MYPYPATH": "src"})
    session.run(*mypy, "noxfile.py")


@nox.session(tags=THOROUGH)
@nox.parametrize("core", [nox.param(None, id="without-ansible", tags=["test"]), *EACH_CORE_ONE_QUICK])
def unit(session: nox.Session, core: str | None) -> None:
    """Test the parts: once without ansible-core, which the pure ones must not need, then with each release of it."""
    skip_unless_runnable(session, core)
    install(session, "unit", core=core)
    session.run("pytest", "tests/unit", *session.posargs, env=clean_environment(session))


@nox.session(tags=QUICK)
def lint(session: nox.Session) -> None:
    """Check style, YAML, changelog fragments and license headers."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("yamllint", "--strict", ".")
    session.run("shellcheck", ".ci/run", *(str(file) for file in project_files() if file.suffix == ".sh"))
    session.run("antsibull-changelog", "lint")
    session.run("reuse", "lint", "--lines")
    for generated in ("tests.tools.matrix", "tests.benchmarks.plot"):
        session.run(sys.executable, "-m", generated, "--check", external=True)


# --- make demo, and measurements -------------------------------------------------------------------------------------


@nox.session(allow_parallel=False)
def demo(session: nox.Session) -> None:
    """Show the collection at work on an embedded fleet."""
    install(session, "demo", core=MAIN_CORE, endpoint=True)
    environment = with_collection(session)
    session.run("python", "-m", "tests.demo.demo", *session.posargs, env=environment)


@nox.session(allow_parallel=False)
def docs_site(session: nox.Session) -> None:
    """Build the documentation site."""
    site = build_site(session, ROOT / "docs" / "build")
    session.log(f"Open {site / 'index.html'}")


@nox.session(allow_parallel=False)
def bench(session: nox.Session) -> None:
    """Measure round trips, bytes and time on a large embedded fleet."""
    install(session, "bench", core=MAIN_CORE, endpoint=True)
    environment = with_collection(session)
    session.run("python", "-m", "tests.benchmarks.bench", *session.posargs, env=environment)
    if not session.posargs:
        session.run("python", "-m", "tests.benchmarks.fleet", env=environment)


@nox.session(allow_parallel=False)
def bench_fleet(session: nox.Session) -> None:
    """Measure the audit of thousands of embedded hosts, and hold it against the goals. ``bench`` does it, too."""
    install(session, "bench", core=MAIN_CORE, endpoint=True)
    session.run("python", "-m", "tests.benchmarks.fleet", *session.posargs, env=with_collection(session))


# --- make test-all, the rest -----------------------------------------------------------------------------------------


@nox.session(tags=THOROUGH)
@nox.parametrize("core", [nox.param(core, id=core) for core in (MAIN_CORE, RUNNABLE[0])])
def wine(session: nox.Session, core: str) -> None:
    """Run playbooks over SSH, and in shells over WS-Management, on Wine. The oldest core has the canaries."""
    session.run("python", "tests/support/programs.py", "wine")  # before anything is installed
    install(session, "wine", core=core, endpoint=True)
    environment = with_collection(session)
    selection = () if core == MAIN_CORE else CANARIES
    session.run("pytest", "tests/wine", *selection, *session.posargs, env=environment)


@nox.session(tags=THOROUGH)
def domain_controller(session: nox.Session) -> None:
    """Edit GPOs on an Active Directory domain controller of Samba."""
    session.run("python", "tests/support/programs.py", "domain_controller")  # before pip fails at length
    install(session, "domain_controller", core=MAIN_CORE)
    session.run("pytest", "tests/domain_controller", *session.posargs, env=with_collection(session))


@nox.session(tags=THOROUGH, venv_backend="none")
def debian13(session: nox.Session) -> None:
    """Run unit tests and playbooks with the releases of ansible-core that need a newer Python, in a Debian 13."""
    session.run(sys.executable, "tests/support/programs.py", "debian13", external=True)
    sessions = [f"{name}({core})" for core in ANSIBLE_CORES if core not in RUNNABLE for name in ("unit", "playbooks")]
    wanted = session.posargs or sessions
    if not wanted:
        session.skip("each release of ansible-core runs on this Python")
    session.run("tests/tools/debian13.sh", ".nox/debian13", *wanted, external=True)


@nox.session(tags=THOROUGH)
def oldest_libraries(session: nox.Session) -> None:
    """Run canaries with the oldest libraries that the collection promises to work with."""
    install(session, "playbooks", core=RUNNABLE[0], endpoint=True, oldest=True)
    run_playbooks(session, "tests/playbooks", *CANARIES)


@nox.session(tags=THOROUGH)
def docs(session: nox.Session) -> None:
    """Follow the READMEs and two guides, and run the examples of the plugins."""
    follow_documents(session, "not word_for_word")


def follow_documents(session: nox.Session, selection: str) -> None:
    """Run the snippets of the documentation with the collection as its tarball installs it."""
    install(session, "docs", core=MAIN_CORE, endpoint=True)
    environment = clean_environment(session)
    environment["TARBALL"] = str(install_collection(session, environment))
    session.run("pytest", "tests/docs", "--numprocesses=2", "-m", selection, *session.posargs, env=environment)


@nox.session(tags=THOROUGH)
def release(session: nox.Session) -> None:
    """Build and check a release candidate in dist/: the collection, the endpoint, and what users do with both."""
    install(session, "release", core=MAIN_CORE)
    environment = clean_environment(session)
    built = build_candidate(session, environment)
    session.run("pytest", "tests/release", *session.posargs, env=environment | {"DIST": str(built)})
    hand_over(session, built)


@nox.session(tags=THOROUGH)
def molecule(session: nox.Session) -> None:
    """Run the Molecule scenarios, and see them fail when the role is broken."""
    session.run("python", "tests/support/programs.py", "wine")  # before anything is installed
    install(session, "molecule", core=MAIN_CORE, endpoint=True)
    environment = with_collection(session)
    session.run("pytest", "tests/molecule", "--durations=0", *session.posargs, env=environment)


@nox.session(tags=THOROUGH)
def fuzz(session: nox.Session) -> None:
    """Fuzz the readers of foreign data, guided by coverage: some seconds each, or as many inputs as --runs=N says."""
    if PYTHON not in FUZZED_PYTHONS:
        session.skip("atheris has no wheel for this Python")
    install(session, "fuzz")
    session.run("python", "-m", "tests.fuzz.run", *session.posargs, env=clean_environment(session))


@nox.session  # by hand: it takes a processor a quarter of an hour
def mutants(session: nox.Session) -> None:
    """Change the pure parts in many small ways, and see whether a test notices."""
    install(session, "mutants")
    session.run("python", "-m", "tests.mutants.run", *session.posargs, env=clean_environment(session))


@nox.session(tags=THOROUGH)
def ansible_test_sanity(session: nox.Session) -> None:
    """Run ansible-test sanity."""
    install(session, "sanity", core=MAIN_CORE)
    output = ansible_test(session, "sanity")
    # ansible-test passes even if it finds no files or lacks a program or library.
    if any(word in output for word in ("Skipping", "skipped", "not found")):
        session.error(output)
    session.log(f"{output.count('Running sanity test')} sanity tests passed")


@nox.session(tags=THOROUGH)
def ansible_test_units(session: nox.Session) -> None:
    """Run the unit tests as ansible-test does."""
    install(session, core=MAIN_CORE)
    session.log(ansible_test(session, "units").splitlines()[-1])


@nox.session(tags=THOROUGH)
def execution_environment(session: nox.Session) -> None:
    """Resolve what ansible-builder finds that the collection needs, in an environment of its own."""
    install(session, "execution_environment", core=MAIN_CORE)
    environment = with_collection(session)
    folder = fresh_folder(session, "needs")
    python, system = folder / "requirements.txt", folder / "bindep.txt"
    collections = str(environment["ANSIBLE_COLLECTIONS_PATH"])
    session.run("ansible-builder", "introspect", collections, f"--write-pip={python}", f"--write-bindep={system}")
    session.run("bindep", f"--file={system}", "compile")
    session.run("virtualenv", "--quiet", str(folder / "python"))
    inside = str(folder / "python" / "bin" / "python")
    session.run(inside, "-m", "pip", "install", "--quiet", f"--requirement={python}", external=True)
    session.run(inside, "-c", "import defusedxml, pypsrp, winrm", external=True)


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


@nox.session(tags=THOROUGH)
def docs_from_nothing(session: nox.Session) -> None:
    """Get started in an empty home with what pip finds, follow the fleet guide, compare the demo with the README."""
    follow_documents(session, "word_for_word")


@nox.session(tags=THOROUGH)
def docs_browser(session: nox.Session) -> None:
    """Build the documentation site and open every page in Chromium."""
    session.run("python", "tests/support/programs.py", "site")  # before anything is installed
    site = build_site(session, fresh_folder(session, "site"))
    environment = clean_environment(session) | {"SITE": str(site)}
    session.run("pytest", "tests/site", *session.posargs, env=environment)


@nox.session(tags=THOROUGH)
def report(session: nox.Session) -> None:
    """Open the report of an audit in Chromium, validate its XCCDF, and have STIG Manager's parser import it."""
    session.run("python", "tests/support/programs.py", "report")  # before anything is installed
    install(session, "report", core=MAIN_CORE)
    folder = fresh_folder(session, "node")
    npm = ["npm", "install", "--no-audit", "--no-fund", f"--prefix={folder}"]
    session.run(*npm, STIG_MANAGER, external=True, silent=True)
    environment = clean_environment(session) | {"NODE_FOLDER": str(folder)}
    session.run("pytest", "tests/report", *session.posargs, env=environment)
