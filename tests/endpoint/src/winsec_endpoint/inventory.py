# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a running fleet.

Variables: docs.ansible.com, connection plugins ansible.builtin.winrm and ansible.builtin.psrp.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from .entrance import Entrance
from .fleet import Host
from .tls import ADDRESS

_HEAD = "# Written by winsec-endpoint: valid as long as it runs. No PowerShell runs behind these hosts.\n"


#: WinRM can encrypt messages itself after a login by one of these.
_ENCRYPTING = ("ntlm", "kerberos", "credssp")


def text(listening: Iterable[tuple[Entrance, int]]) -> str:
    entrances = {entrance.host.name: (entrance, port) for entrance, port in listening}
    hosts = [entrance.host for entrance, _ in entrances.values()]
    children = {f"{connection}_hosts": {"hosts": _reached_by(connection, hosts)} for connection in ("winrm", "psrp")}
    variables = {name: _variables(entrance, port) for name, (entrance, port) in entrances.items()}
    inventory = {"windows": {"hosts": variables, "children": children}}
    return _HEAD + yaml.safe_dump(inventory, sort_keys=False, allow_unicode=True)


def _reached_by(connection: str, hosts: Iterable[Host]) -> dict[str, None]:
    return {host.name: None for host in hosts if host.connection == connection}


def _variables(entrance: Entrance, port: int) -> dict[str, Any]:
    """The first way to log in that the host has is the one to take."""
    host = entrance.host
    common: dict[str, Any] = {"ansible_host": ADDRESS, "ansible_port": port}
    if host.authentication[0] != "certificate":
        common |= {"ansible_user": host.username, "ansible_password": host.password}
    common["ansible_connection"] = host.connection
    return common | (_winrm(entrance) if host.connection == "winrm" else _psrp(entrance))


def _winrm(entrance: Entrance) -> dict[str, Any]:
    host = entrance.host
    variables: dict[str, str] = {"ansible_winrm_scheme": host.scheme, "ansible_winrm_transport": host.authentication[0]}
    if host.scheme == "https":
        variables["ansible_winrm_server_cert_validation"] = "validate"
        variables["ansible_winrm_ca_trust_path"] = str(entrance.authority)
    elif host.authentication[0] in _ENCRYPTING:
        variables["ansible_winrm_message_encryption"] = "always"
    if host.authentication[0] == "kerberos":
        variables["ansible_winrm_kerberos_hostname_override"] = host.kerberos_name or host.name
    return variables | _certificate(entrance, "ansible_winrm_cert_pem", "ansible_winrm_cert_key_pem")


def _psrp(entrance: Entrance) -> dict[str, Any]:
    """Basic cannot encrypt messages, and psrp refuses http without encryption unless told so."""
    host = entrance.host
    variables: dict[str, str] = {"ansible_psrp_protocol": host.scheme, "ansible_psrp_auth": host.authentication[0]}
    if host.scheme == "https":
        variables["ansible_psrp_cert_validation"] = "validate"
        variables["ansible_psrp_ca_cert"] = str(entrance.authority)
    else:
        encrypting = host.authentication[0] in _ENCRYPTING
        variables["ansible_psrp_message_encryption"] = "always" if encrypting else "never"
    if host.authentication[0] == "kerberos":
        variables["ansible_psrp_negotiate_hostname_override"] = host.kerberos_name or host.name
    return variables | _certificate(entrance, "ansible_psrp_certificate_pem", "ansible_psrp_certificate_key_pem")


def _certificate(entrance: Entrance, file: str, key_file: str) -> dict[str, str]:
    client = entrance.client
    return {file: str(client.file), key_file: str(client.key_file)} if client else {}
