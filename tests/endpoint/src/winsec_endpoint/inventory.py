# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a running fleet.

Variables: docs.ansible.com, connection plugins ansible.builtin.winrm and ansible.builtin.psrp.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from .fleet import Host
from .server import ADDRESS

_HEAD = "# Written by winsec-endpoint: valid as long as it runs. No PowerShell runs behind these hosts.\n"


def text(listening: Iterable[tuple[Host, int]], authority: Path | None) -> str:
    hosts = {host.name: (host, port) for host, port in listening}
    children = {f"{connection}_hosts": {"hosts": _reached_by(connection, hosts)} for connection in ("winrm", "psrp")}
    variables = {name: _variables(host, port, authority) for name, (host, port) in hosts.items()}
    inventory = {"windows": {"hosts": variables, "children": children}}
    return _HEAD + yaml.safe_dump(inventory, sort_keys=False, allow_unicode=True)


def _reached_by(connection: str, hosts: Mapping[str, tuple[Host, int]]) -> dict[str, None]:
    return {name: None for name, (host, _) in hosts.items() if host.connection == connection}


def _variables(host: Host, port: int, authority: Path | None) -> dict[str, Any]:
    common = {
        "ansible_host": ADDRESS,
        "ansible_port": port,
        "ansible_user": host.username,
        "ansible_password": host.password,
        "ansible_connection": host.connection,
    }
    return common | (_winrm(host, authority) if host.connection == "winrm" else _psrp(host, authority))


def _winrm(host: Host, authority: Path | None) -> dict[str, Any]:
    variables = {"ansible_winrm_scheme": host.scheme, "ansible_winrm_transport": "basic"}
    if host.scheme == "https":
        variables["ansible_winrm_server_cert_validation"] = "validate"
        variables["ansible_winrm_ca_trust_path"] = str(authority)
    return variables


def _psrp(host: Host, authority: Path | None) -> dict[str, Any]:
    """Basic cannot encrypt messages, and psrp refuses http without encryption unless told so."""
    variables = {"ansible_psrp_protocol": host.scheme, "ansible_psrp_auth": "basic"}
    if host.scheme == "http":
        variables["ansible_psrp_message_encryption"] = "never"
    else:
        variables["ansible_psrp_cert_validation"] = "validate"
        variables["ansible_psrp_ca_cert"] = str(authority)
    return variables
