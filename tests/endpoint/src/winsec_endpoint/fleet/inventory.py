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

from ..http.listener import Listener
from ..http.tls import ADDRESS
from .hosts import Host

_HEAD = "# Written by winsec-endpoint: valid as long as it runs. No PowerShell runs behind these hosts.\n"


#: WinRM can encrypt messages itself after a login by one of these.
_ENCRYPTING = ("ntlm", "kerberos", "credssp")


def text(listening: Iterable[tuple[Listener, int]]) -> str:
    entrances = {listener.host.name: (listener, port) for listener, port in listening}
    hosts = [listener.host for listener, _ in entrances.values()]
    children = {f"{connection}_hosts": {"hosts": _reached_by(connection, hosts)} for connection in ("winrm", "psrp")}
    variables = {name: _variables(listener, port) for name, (listener, port) in entrances.items()}
    inventory = {"windows": {"hosts": variables, "children": children}}
    return _HEAD + yaml.safe_dump(inventory, sort_keys=False, allow_unicode=True)


def _reached_by(connection: str, hosts: Iterable[Host]) -> dict[str, None]:
    return {host.name: None for host in hosts if host.connection == connection}


def _variables(listener: Listener, port: int) -> dict[str, Any]:
    """The first way to log in that the host has is the one to take."""
    host = listener.host
    common: dict[str, Any] = {"ansible_host": ADDRESS, "ansible_port": port}
    if host.authentication[0] != "certificate":
        common |= {"ansible_user": host.username, "ansible_password": host.password}
    common["ansible_connection"] = host.connection
    return common | (_winrm(listener) if host.connection == "winrm" else _psrp(listener))


def _winrm(listener: Listener) -> dict[str, Any]:
    host = listener.host
    variables: dict[str, str] = {"ansible_winrm_scheme": host.scheme, "ansible_winrm_transport": host.authentication[0]}
    if host.scheme == "https":
        variables["ansible_winrm_server_cert_validation"] = "validate"
        variables["ansible_winrm_ca_trust_path"] = str(listener.authority)
    elif host.authentication[0] in _ENCRYPTING:
        variables["ansible_winrm_message_encryption"] = "always"
    if host.authentication[0] == "kerberos":
        variables["ansible_winrm_kerberos_hostname_override"] = host.kerberos_name or host.name
    return variables | _certificate(listener, "ansible_winrm_cert_pem", "ansible_winrm_cert_key_pem")


def _psrp(listener: Listener) -> dict[str, Any]:
    """Basic cannot encrypt messages, and psrp refuses http without encryption unless told so."""
    host = listener.host
    variables: dict[str, str] = {"ansible_psrp_protocol": host.scheme, "ansible_psrp_auth": host.authentication[0]}
    if host.scheme == "https":
        variables["ansible_psrp_cert_validation"] = "validate"
        variables["ansible_psrp_ca_cert"] = str(listener.authority)
    else:
        encrypting = host.authentication[0] in _ENCRYPTING
        variables["ansible_psrp_message_encryption"] = "always" if encrypting else "never"
    if host.authentication[0] == "kerberos":
        variables["ansible_psrp_negotiate_hostname_override"] = host.kerberos_name or host.name
    return variables | _certificate(listener, "ansible_psrp_certificate_pem", "ansible_psrp_certificate_key_pem")


def _certificate(listener: Listener, file: str, key_file: str) -> dict[str, str]:
    client = listener.client
    return {file: str(client.file), key_file: str(client.key_file)} if client else {}
