# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the documentation site is built, by antsibull-docs and Sphinx."""

from __future__ import annotations

import re
import shutil
import typing as t

from ..tools.environments import MAIN_CORE, ROOT, clean_environment, install, install_collection

if t.TYPE_CHECKING:
    from pathlib import Path

    import nox

#: Buttons to the placeholders of galaxy.yml, then what is left of a list that had no others.
_PLACEHOLDERS = re.compile(r'  - title: .*\n    url: "https://example\.com/.*\n    external: true\n')
_NO_BUTTONS = re.compile(r"\.\. ansible-links::\n\s*\n(?!  - )")


def build_site(session: nox.Session, build: Path) -> Path:
    """Build the site from the collection as its tarball installs it. A warning of Sphinx is an error."""
    install(session, "docs_site", core=MAIN_CORE)
    environment = clean_environment(session)
    install_collection(session, environment)
    settings = ROOT / "docs" / "site"
    source = build / "rst"
    shutil.rmtree(build, ignore_errors=True)
    # antsibull-docs wants a folder that nobody else can write to.
    source.mkdir(parents=True, mode=0o755)
    options = ["--use-current", "--squash-hierarchy", "--fail-on-error", f"--dest-dir={source}"]
    antsibull_docs = ["antsibull-docs", f"--config-file={settings / 'antsibull-docs.cfg'}"]
    session.run(*antsibull_docs, "collection", *options, "winsec.lsa", env=environment, silent=True)
    lead_with_why(source)
    # It takes the texts and leaves the pictures.
    shutil.copytree(ROOT / "docs" / "docsite" / "rst" / "images", source / "docsite" / "images")
    sphinx_build = ["sphinx-build", "--quiet", "--fail-on-warning", "--keep-going", f"--conf-dir={settings}"]
    session.run(*sphinx_build, str(source), str(build / "html"), env=environment)
    return build / "html"


def lead_with_why(source: Path) -> None:
    """Begin the start page with our own text, and remove the buttons that lead nowhere yet."""
    index = source / "index.rst"
    title, contents, rest = index.read_text().partition(".. contents::")
    why = (ROOT / "docs" / "site" / "start.rst").read_text()
    index.write_text(f"{title}{why}\n{contents}{rest}")
    for page in source.glob("*.rst"):
        page.write_text(_NO_BUTTONS.sub("", _PLACEHOLDERS.sub("", page.read_text())))
