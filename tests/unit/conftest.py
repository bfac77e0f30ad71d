# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make ``ansible_collections.winsec.lsa`` importable from a checkout, with or without ansible-core."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

# The parts that touch ansible-core, and no others: the session `unit(without-ansible)` runs all the rest without it.
NEEDS_ANSIBLE = [
    "plugins/action",
    "plugins/filter",
    "plugins/module_utils/_domain/test_task.py",
    "plugins/modules",
    "plugins/plugin_utils/_ansible/test_connect.py",
    "plugins/plugin_utils/_ansible/test_action.py",
    "plugins/plugin_utils/_ansible/test_screen.py",
]
HAS_ANSIBLE = importlib.util.find_spec("ansible") is not None
collect_ignore = [] if HAS_ANSIBLE else NEEDS_ANSIBLE


def pytest_report_header() -> str:
    return "with ansible-core" if HAS_ANSIBLE else f"without ansible-core, so not collected: {', '.join(NEEDS_ANSIBLE)}"


def _let_ansible_find_it(tree: Path) -> None:
    """Install Ansible's importer before the first import: it rejects a collection that Python's own has loaded."""
    os.environ.setdefault("ANSIBLE_HOME", str(tree / "home"))
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(tree)])


if importlib.util.find_spec("hypothesis"):  # the transcripts do without it, wherever they are replayed
    from hypothesis import HealthCheck, settings

    # The same examples each time, and no limits: how long one takes says something about the machine only.
    settings.register_profile("gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("gate")

# ansible-test does both by itself.
if "ansible_collections" not in Path(__file__).parts:
    from ..support.importable import link_checkout

    checkout = link_checkout()
    if HAS_ANSIBLE:
        _let_ansible_find_it(checkout)
