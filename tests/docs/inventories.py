# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides on connecting: their inventories as a user pastes them, and their command lines as one types them."""

from __future__ import annotations

import typing as t

import yaml

from .snippets import ROOT, Snippet, read

#: The command lines of these guides. The password is typed into the first.
TYPE_PASSWORD = "read -rs WINDOWS_PASSWORD && export WINDOWS_PASSWORD\n"
ASK = "ansible windows -i inventory.yml -m winsec.lsa.use_machine_id_facts\n"
GET_TICKET = "kinit automation@EXAMPLE.COM\n"

#: Where hosts are that have no name in the name service. A test may give these to a host although the guide does not.
PLACE = (
    "ansible_host",
    "ansible_port",
    "ansible_winrm_kerberos_hostname_override",
    "ansible_psrp_negotiate_hostname_override",
    "ansible_winrm_kinit_env_vars",
    "ansible_ssh_extra_args",
)
#: What is everybody's own. A test may give these to a host where the guide has them.
OWN = (
    "ansible_user",
    "ansible_private_key_file",
    "ansible_winrm_ca_trust_path",
    "ansible_winrm_cert_pem",
    "ansible_winrm_cert_key_pem",
    "ansible_winrm_proxy",
    "ansible_psrp_ca_cert",
    "ansible_psrp_certificate_pem",
    "ansible_psrp_certificate_key_pem",
    "ansible_psrp_proxy",
    "ansible_ssh_common_args",
)


def snippets(connection: str) -> list[Snippet]:
    """All that is code in the guide on a connection."""
    name = f"docs/docsite/rst/guide_connect_{connection}.rst"
    return read(name, (ROOT / name).read_text(encoding="utf-8"))


def inventories(*connections: str) -> list[Snippet]:
    """All inventories in the guides, each to be tried."""
    return [snippet for name in connections for snippet in snippets(name) if snippet.language == "yaml"]


def commands(connection: str) -> list[str]:
    """All the rest, each to be run."""
    return [snippet.text for snippet in snippets(connection) if snippet.language != "yaml"]


def hosts(snippet: Snippet) -> list[str]:
    return list(yaml.safe_load(snippet.text)["windows"]["hosts"])


def paste(snippet: Snippet, variables: t.Mapping[str, dict[str, t.Any]]) -> str:
    """The inventory with places and own things in it, which are set on the hosts. All else is as in the guide."""
    inventory = yaml.safe_load(snippet.text)
    group = inventory["windows"]
    for host in group["hosts"]:
        group["hosts"][host] = {
            name: content
            for name, content in variables[host].items()
            if name in PLACE or (name in OWN and name in group["vars"])
        }
    return yaml.safe_dump(inventory)
