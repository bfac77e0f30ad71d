# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of Sphinx for the documentation site, which `make docs` builds from the guides and the plugins."""

from __future__ import annotations

import typing as t

from docutils import nodes

project = title = html_title = html_short_title = "winsec.lsa"
copyright = "2026, the winsec.lsa contributors"  # noqa: A001 - Sphinx wants this name

extensions = ["sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_static_path = ["static"]
html_css_files = ["narrow.css"]
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
html_show_sphinx = False
html_copy_source = False
html_use_index = False

default_role = "any"
nitpicky = True

# Where references into Ansible's own documentation lead. Sphinx would download a list of all of them otherwise, and a
# build should need no network. One that is missing here makes the build fail.
ANSIBLE = "https://docs.ansible.com/ansible/latest/"
ANSIBLE_PAGES = {
    "action_plugins": "plugins/action.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "ANSIBLE_FACTS_MODULES": "reference_appendices/config.html#envvar-ANSIBLE_FACTS_MODULES",
    "ansible_collections.ansible.builtin.psrp_connection": "collections/ansible/builtin/psrp_connection.html",
    "ansible_collections.ansible.builtin.ssh_connection": "collections/ansible/builtin/ssh_connection.html",
    "ansible_collections.ansible.builtin.winrm_connection": "collections/ansible/builtin/winrm_connection.html",
}


def link_to_ansible(_app: t.Any, _env: t.Any, node: nodes.Element, text: nodes.Node) -> nodes.Node | None:
    """Resolve a reference that leads to a page of Ansible."""
    page = ANSIBLE_PAGES.get(node["reftarget"])
    return nodes.reference("", "", text, refuri=ANSIBLE + page) if page else None


def setup(app: t.Any) -> None:
    app.connect("missing-reference", link_to_ansible)
