# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet.yml: the hosts of a fleet, each with its release, account, registry, answers and misbehavior."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import yaml

from ..http.authentication import Mechanism
from ..http.tls import Tls
from ..registry import form as registry_form
from ..registry.memory import MemoryRegistry
from ..registry.plain import PLAIN_REGISTRY
from . import document
from .answers import Answers
from .misbehavior import Misbehavior
from .options import OptionError, chosen_from, expect_mapping, read_options, refuse_unknown
from .releases import RELEASES, ProductType, Release
from .rsop import Rsop
from .rsop import read as read_rsop

Connection = Literal["winrm", "psrp"]
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_RANGE = re.compile(r"(.*)\[(\d+):(\d+)\](.*)")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
#: Other users of the machine can reach the hosts: of each run only the inventory, which they can't read, has it.
_PASSWORD = secrets.token_hex(12)
_PRODUCT_TYPES = {kind.name.lower(): kind for kind in ProductType}


@dataclass(frozen=True)
class HostOptions:
    """The plain keys of a host in fleet.yml; the nested ones are read apart."""

    release: str = chosen_from(tuple(RELEASES), "2022")
    version: str | None = None
    caption: str | None = None
    sku: int | None = None
    product_type: str | None = chosen_from(tuple(_PRODUCT_TYPES))
    domain_controller: bool = False
    connection: Connection = "winrm"
    scheme: Literal["http", "https"] = "http"
    authentication: tuple[Mechanism, ...] = ("basic",)
    username: str = "Administrator"
    password: str = _PASSWORD
    kerberos_name: str | None = None
    keep_alive: float = 75
    reg_exe: tuple[str, ...] = ()
    count: int | None = None


@dataclass(frozen=True)
class Host:
    name: str
    release: Release
    connection: Connection
    scheme: Literal["http", "https"]
    authentication: tuple[Mechanism, ...]
    username: str
    password: str
    kerberos_name: str | None
    keep_alive: float
    reg_exe: tuple[str, ...]
    tls: Tls
    registry_forms: tuple[Mapping[str, Any], ...]
    rsop: Rsop
    answers: Answers
    misbehave: tuple[Misbehavior, ...]

    @property
    def allows_unencrypted(self) -> bool:
        """AllowUnencrypted of WinRM, which Basic over http can't do without."""
        return self.scheme == "https" or "basic" in self.authentication

    def initial_registry(self) -> MemoryRegistry:
        registry = MemoryRegistry()
        for form in self.registry_forms:
            registry_form.apply(registry, form, f"{self.name}.registry")
        return registry


_NESTED = ("registry", "rsop", "answers", "tls", "misbehave")
_HOST_KEYS = (*(item.name for item in fields(HostOptions)), *_NESTED)


def load(path: Path, connection: Connection | None = None) -> list[Host]:
    """Every host of the file; `connection` overrides what the file says."""
    try:
        text = path.read_text(encoding="utf-8")
        form = expect_mapping(document.read(text), "fleet")
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise OptionError(f"{path}: {error}") from error
    refuse_unknown(form, ("defaults", "hosts"), "fleet")
    defaults = _host_form(form.get("defaults"), "defaults")
    hosts: dict[str, Host] = {}
    for pattern, given in expect_mapping(form.get("hosts"), "hosts").items():
        for name, host in _expand(pattern, _host_form(given, f"hosts.{pattern}"), defaults, connection):
            if name.lower() in hosts:
                raise OptionError(f"hosts: {name} is described twice")
            hosts[name.lower()] = host
    return list(hosts.values())


def _host_form(form: object, where: str) -> Mapping[str, Any]:
    given = expect_mapping({} if form is None else form, where)
    refuse_unknown(given, [key for key in _HOST_KEYS if key != "count" or where != "defaults"], where)
    return given


def _expand(
    pattern: str, given: Mapping[str, Any], defaults: Mapping[str, Any], connection: Connection | None
) -> Iterator[tuple[str, Host]]:
    """Hosts of one entry. They share everything but the name, so it is read once."""
    template = _host(pattern, given, defaults, connection)
    for name in _names(pattern, given.get("count")):
        if not _NAME.fullmatch(name):
            raise OptionError(f"hosts: {name!r} is not a host name")
        yield name, replace(template, name=name)


def _names(pattern: str, count: int | None) -> list[str]:
    """`web[001:200]` as in Ansible inventories; `web` with `count: 200` is web001 to web200."""
    if count is not None:
        return [f"{pattern}{number:0{len(str(count))}d}" for number in range(1, count + 1)]
    found = _RANGE.fullmatch(pattern)
    if found is None:
        return [pattern]
    head, first, last, tail = found.groups()
    return [f"{head}{number:0{len(first)}d}{tail}" for number in range(int(first), int(last) + 1)]


def _host(name: str, given: Mapping[str, Any], defaults: Mapping[str, Any], connection: Connection | None) -> Host:
    where = f"hosts.{name}"
    options = read_options(HostOptions, {**_plain(defaults), **_plain(given)}, where)
    _check_authentication(options, where)
    _check_reg_exe(options, connection or options.connection, where)
    answers = {**_section(defaults, "answers", "defaults"), **_section(given, "answers", where)}
    tls = {**_section(defaults, "tls", "defaults"), **_section(given, "tls", where)}
    host = Host(
        name,
        _release(options, where),
        connection or options.connection,
        options.scheme,
        options.authentication,
        options.username,
        options.password,
        options.kerberos_name,
        options.keep_alive,
        options.reg_exe,
        read_options(Tls, tls, f"{where}.tls"),
        (PLAIN_REGISTRY, _section(defaults, "registry", "defaults"), _section(given, "registry", where)),
        read_rsop({**_section(defaults, "rsop", "defaults"), **_section(given, "rsop", where)}, f"{where}.rsop"),
        read_options(Answers, answers, f"{where}.answers"),
        _rules(given.get("misbehave", defaults.get("misbehave")), f"{where}.misbehave"),
    )
    host.initial_registry()  # a mistake in it is the author's to hear now
    return host


def _check_authentication(options: HostOptions, where: str) -> None:
    if not options.authentication:
        raise OptionError(f"{where}.authentication: expected at least one")
    if "certificate" in options.authentication and options.scheme != "https":
        raise OptionError(f"{where}.authentication: certificate needs scheme https")
    if {"ntlm", "credssp"} & set(options.authentication) and set(options.username + options.password) & set(":\r\n"):
        # The file in which pyspnego looks for accounts has no way to write them.
        raise OptionError(f"{where}: with ntlm or credssp, username and password may have no colon and no line break")


def _check_reg_exe(options: HostOptions, connection: Connection, where: str) -> None:
    if options.reg_exe and not shutil.which(options.reg_exe[0]):
        raise OptionError(f"{where}.reg_exe: there is no program {options.reg_exe[0]}")
    if options.reg_exe and connection == "psrp" and not find_spec("pypsrp"):
        raise OptionError(f"{where}.reg_exe: with connection psrp this needs pypsrp: install it")


def _section(form: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    return expect_mapping(form.get(name) or {}, f"{where}.{name}")


def _plain(form: Mapping[str, Any]) -> dict[str, Any]:
    """YAML reads `release: 2022` as a number; it is meant as a name."""
    plain = {key: value for key, value in form.items() if key not in _NESTED}
    if isinstance(plain.get("release"), (int, float)):
        plain["release"] = str(plain["release"])
    return plain


def _release(options: HostOptions, where: str) -> Release:
    if options.version is not None and not _VERSION.fullmatch(options.version):
        raise OptionError(f"{where}.version: expected three numbers such as 10.0.20348, got {options.version!r}")
    release = RELEASES[options.release]
    kind = _PRODUCT_TYPES[options.product_type] if options.product_type else release.product_type
    return release._replace(
        version=options.version or release.version,
        caption=options.caption or release.caption,
        sku=release.sku if options.sku is None else options.sku,
        product_type=ProductType.DOMAIN_CONTROLLER if options.domain_controller else kind,
    )


def _rules(form: object, where: str) -> tuple[Misbehavior, ...]:
    """One mapping, or a list of them."""
    rules = form if isinstance(form, list) else [] if form is None else [form]
    return tuple(read_options(Misbehavior, rule, where) for rule in rules)
