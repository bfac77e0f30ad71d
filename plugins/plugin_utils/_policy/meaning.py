# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The meaning of the policy on a host, and the changes to reach a state. Pure: no host, no Ansible.

The source of every rule here is Microsoft's page "Network security: Allow Local System to use computer identity for
NTLM" (learn.microsoft.com, security policy settings), called *policy page* below, and its neighbor on "Network
security: Allow LocalSystem NULL session fallback", called *fallback page*.
"""

from __future__ import annotations

import typing as t

from .._windows.registry import RegistryValue, dword
from .._windows.releases import WindowsVersion
from .benchmarks import requirement
from .rules import Authority
from .settings import Configured, Setting

Generation: t.TypeAlias = t.Literal["vista_2008", "7_2008r2", "unsupported"]
Identity: t.TypeAlias = t.Literal["computer_identity", "anonymous", "unknown", "not_applicable"]
Fallback: t.TypeAlias = t.Literal["allowed", "refused", "unknown", "not_applicable"]
Outcome: t.TypeAlias = t.Literal[
    "authenticates_as_computer", "anonymous_unprotected", "anonymous_no_session_security", "unknown", "not_applicable"
]

_STORED: t.Final[dict[str, RegistryValue | None]] = {"enabled": dword(1), "disabled": dword(0), "not_defined": None}

# The table "Possible values" of the policy page. The effect of an invalid value is documented nowhere.
_IDENTITY: t.Final[dict[Generation, dict[Configured, Identity]]] = {
    "unsupported": {
        "enabled": "not_applicable",
        "disabled": "not_applicable",
        "not_defined": "not_applicable",
        "invalid": "not_applicable",
    },
    "vista_2008": {
        "enabled": "computer_identity",
        "disabled": "anonymous",
        "not_defined": "anonymous",
        "invalid": "unknown",
    },
    "7_2008r2": {
        "enabled": "computer_identity",
        "disabled": "anonymous",
        "not_defined": "computer_identity",
        "invalid": "unknown",
    },
}

# The same for NULL session fallback: "Possible values" and "Default values" of the fallback page.
_FALLBACK: t.Final[dict[Generation, dict[Configured, Fallback]]] = {
    "unsupported": {
        "enabled": "not_applicable",
        "disabled": "not_applicable",
        "not_defined": "not_applicable",
        "invalid": "not_applicable",
    },
    "vista_2008": {"enabled": "allowed", "disabled": "refused", "not_defined": "allowed", "invalid": "unknown"},
    "7_2008r2": {"enabled": "allowed", "disabled": "refused", "not_defined": "refused", "invalid": "unknown"},
}

#: The choices that name an authority. DISA is what publishes the STIGs: inside, only the authorities have names.
AUTHORITIES: t.Final[dict[str, Authority]] = {"cis": "CIS", "stig": "DISA", "microsoft": "Microsoft"}

#: The choices of each option of the module. ``computer_identity`` asks for a behavior, not for a value.
FALLBACK_CHOICES: t.Final = ("enabled", "disabled", "not_defined", "unmanaged", *AUTHORITIES)
STATE_CHOICES: t.Final = ("enabled", "disabled", "not_defined", "computer_identity", "unmanaged", *AUTHORITIES)

#: The option of the module with the choice for each setting. Each generation has one of its own too, named after it.
OPTIONS: t.Final[dict[Setting, str]] = {"use_machine_id": "state", "null_session_fallback": "null_session_fallback"}

#: The generations that have the policy.
GENERATIONS: t.Final[tuple[Generation, ...]] = ("vista_2008", "7_2008r2")


class HostState(t.NamedTuple):
    """The version of a host, and each setting's value, None where none is stored."""

    version: WindowsVersion
    values: t.Mapping[Setting, RegistryValue | None]

    def replaced(self, setting: Setting, value: RegistryValue | None) -> HostState:
        return self._replace(values={**self.values, setting: value})

    def configured(self, setting: Setting) -> Configured:
        return configured(self.values[setting])

    @property
    def generation(self) -> Generation:
        return generation_of(self.version)

    @property
    def identity(self) -> Identity:
        return identity(self.generation, self.configured("use_machine_id"))

    @property
    def fallback(self) -> Fallback:
        return fallback(self.generation, self.configured("null_session_fallback"))

    @property
    def outcome(self) -> Outcome:
        return outcome(self.identity, self.fallback)


def generation_of(version: WindowsVersion) -> Generation:
    """The column of the policy page that applies to a release.

    Neither build, edition nor role matter: no Microsoft page names another threshold than NT 6.0 and 6.1
    (learn.microsoft.com, "Network security: Allow Local System to use computer identity for NTLM",
    section "Possible values"; Policy CSP LocalPoliciesSecurityOptions).
    """
    if (version.major, version.minor) < (6, 0):
        return "unsupported"
    return "vista_2008" if (version.major, version.minor) == (6, 0) else "7_2008r2"


def configured(value: RegistryValue | None) -> Configured:
    """Classify a stored value. Only REG_DWORD 0 and 1 are documented (Policy CSP LocalPoliciesSecurityOptions)."""
    if value is None:
        return "not_defined"
    if value == dword(1):
        return "enabled"
    return "disabled" if value == dword(0) else "invalid"


def identity(generation: Generation, setting: Configured) -> Identity:
    """As whom a Local System service authenticates when Negotiate reverts to NTLM."""
    return _IDENTITY[generation][setting]


def fallback(generation: Generation, setting: Configured) -> Fallback:
    """Tell whether a NULL session may get a session key."""
    return _FALLBACK[generation][setting]


def outcome(who: Identity, null_session: Fallback) -> Outcome:
    """Return the effect of both settings together. The fallback decides only where the service is anonymous.

    Fallback page: calls that use the device identity instead of a NULL session keep full session security.
    """
    if who == "computer_identity":
        return "authenticates_as_computer"
    if who != "anonymous":
        return who
    if null_session == "allowed":
        return "anonymous_unprotected"
    return "anonymous_no_session_security" if null_session == "refused" else "unknown"


def chosen(generation: Generation, arguments: t.Mapping[str, t.Any]) -> dict[Setting, str]:
    """The choice for each setting: that for the generation where there is one, else the general one."""
    return {
        setting: arguments.get(f"{option}_{generation}") or arguments[option] for setting, option in OPTIONS.items()
    }


class Plan(t.NamedTuple):
    """The requirements of a desired state on a host.

    ``changes`` maps a setting to what it is to become, where that differs from what is stored. ``undecided`` names
    the settings that are left alone because what the chosen authority asks on this release is not known.
    """

    changes: dict[Setting, Configured]
    undecided: tuple[Setting, ...]


def plan(host: HostState, desired: dict[Setting, str]) -> Plan:
    """Return the changes by which ``host`` reaches ``desired``: one choice for each setting."""
    targets = {setting: _target(host, setting, choice) for setting, choice in desired.items()}
    return Plan(
        changes={
            setting: target
            for setting, target in targets.items()
            if target is not None and target != host.configured(setting)
        },
        undecided=tuple(setting for setting in desired if _is_undecided(host, setting, desired[setting])),
    )


def _target(host: HostState, setting: Setting, choice: str) -> Configured | None:
    """The configuration that a choice asks for; None where the value is to be left alone."""
    if choice == "unmanaged":
        return None
    if choice == "computer_identity":
        return None if host.identity == "computer_identity" else "enabled"
    if choice in AUTHORITIES:
        expected = requirement(AUTHORITIES[choice], setting, host.version).expected
        return None if not expected or host.configured(setting) in expected else expected[0]
    return t.cast(Configured, choice)


def _is_undecided(host: HostState, setting: Setting, choice: str) -> bool:
    return choice in AUTHORITIES and not requirement(AUTHORITIES[choice], setting, host.version).known


def value_for(target: Configured) -> RegistryValue | None:
    """Return the value to store for a configuration; None: the value is to be removed.

    Raises:
        KeyError: ``invalid`` can be found, never asked for.
    """
    return _STORED[target]


def with_changes(host: HostState, changes: dict[Setting, Configured]) -> HostState:
    """The host as it is once ``changes`` are made."""
    for setting, target in changes.items():
        host = host.replaced(setting, value_for(target))
    return host
