# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""How a domain controller is reached: what the connection options of a module say."""

from __future__ import annotations

import re
import typing as t

from .._group_policy.errors import GroupPolicyError
from .._texts import shown

Tls: t.TypeAlias = t.Literal["ldaps", "starttls", "none"]

#: The connection options of a module, as argument_spec wants them.
ARGUMENTS: t.Final[dict[str, dict[str, t.Any]]] = {
    "server": {"type": "str"},
    "domain": {"type": "str"},
    "auth": {"type": "str", "default": "password", "choices": ["password", "kerberos"]},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "tls": {"type": "str", "default": "ldaps", "choices": ["ldaps", "starttls", "none"]},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 60},
}
#: Which of them go together, as AnsibleModule takes it. An empty text counts as given there: read_options refuses it.
TOGETHER: t.Final[dict[str, t.Any]] = {
    "required_one_of": [["server", "domain"]],
    "required_together": [["username", "password"]],
    "required_if": [["auth", "password", ["username", "password"]]],
}

#: What no name, distinguished name or path of ours has, and how long one is at most.
_CONTROL: t.Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MAX_CHARACTERS: t.Final = 4096


class Login(t.NamedTuple):
    """Who logs in. With Kerberos both may be None: then the ticket is one that was got before."""

    kerberos: bool
    username: str | None
    password: str | None


class Options(t.NamedTuple):
    """How to reach a domain controller. ``timeout`` is in seconds, for all that a task does."""

    server: str | None
    domain: str | None
    login: Login
    tls: Tls
    validate_certs: bool
    ca_path: str | None
    timeout: int


def read_options(parameters: t.Mapping[str, t.Any]) -> Options:
    """Read the parameters of a module.

    Raises:
        GroupPolicyError: they don't go together.
    """
    for name, value in parameters.items():
        if value == "":
            raise GroupPolicyError(f"{name} is empty", "Set it; to leave it out in a template, use omit.")
        if isinstance(value, str) and name != "password":
            _check_text(name, value)
    login = Login(parameters["auth"] == "kerberos", parameters["username"], parameters["password"])
    others = {name: parameters[name] for name in ("server", "domain", "tls", "validate_certs", "ca_path", "timeout")}
    options = Options(login=login, **others)
    for error in _errors(options):
        raise error
    return options


def _check_text(name: str, text: str) -> None:
    if len(text) > _MAX_CHARACTERS or _CONTROL.search(text):
        raise GroupPolicyError(
            f"{name} is longer than {_MAX_CHARACTERS} characters, or has control characters: {shown(text)}",
            "Correct it. Nothing was sent.",
        )


def _errors(options: Options) -> t.Iterator[GroupPolicyError]:
    if not options.login.kerberos and options.tls == "none":
        yield GroupPolicyError(
            "A password is not sent without TLS",
            "Set tls to ldaps or starttls. Or set auth to kerberos, which exchanges the password for a ticket, and "
            "signs and encrypts without TLS.",
        )
    if options.timeout < 1:
        yield GroupPolicyError("The timeout is less than a second", "Set it to the seconds that the task may take.")
