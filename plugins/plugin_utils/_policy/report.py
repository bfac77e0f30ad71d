# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The shape in which a host is described, once for module, facts and playbooks, and the sentences about it. Pure."""

from __future__ import annotations

import typing as t

from .._windows.registry import RegistryValue
from .benchmarks import rules_for
from .meaning import AUTHORITIES, HostState, Plan, identity
from .ownership import Owners
from .rules import Rule
from .settings import SETTINGS, VALUE_NAMES, Configured, Setting


def describe(host: HostState, owners: Owners | None = None) -> dict[str, t.Any]:
    """The documented value ``use_machine_id`` of facts and module; without owners where nobody has asked for them."""
    generation = host.generation
    return {
        **setting_of(host.values["use_machine_id"], host.configured("use_machine_id")),
        "explicit": host.configured("use_machine_id") in ("enabled", "disabled"),
        "effective": host.identity,
        "default": {"configured": "not_defined", "effective": identity(generation, "not_defined")},
        "outcome": host.outcome,
        **_owned(owners, "use_machine_id"),
        "null_session_fallback": {
            **setting_of(host.values["null_session_fallback"], host.configured("null_session_fallback")),
            "effective": host.fallback,
            **_owned(owners, "null_session_fallback"),
        },
        "windows": {
            "version": str(host.version),
            "build": host.version.build,
            "release": host.version.release,
            "generation": generation,
            "product_type": host.version.product_type,
        },
        "benchmarks": [_benchmark(rule, host.configured(rule.setting)) for rule in rules_for(host.version)],
        "explanation": explain(host),
    }


def _owned(owners: Owners | None, setting: Setting) -> dict[str, t.Any]:
    return {} if owners is None else {"gpo": owners[setting]}


def previous(host: HostState) -> dict[Setting, dict[str, t.Any]]:
    """Both settings as they are stored, and the choice that brings each back: the documented value ``previous``."""
    return {setting: _previous(host.values[setting], host.configured(setting)) for setting in SETTINGS}


def _previous(value: RegistryValue | None, configured: Configured) -> dict[str, t.Any]:
    """No choice asks for an invalid value: what has replaced it is left in place."""
    return {**setting_of(value, configured), "state": "unmanaged" if configured == "invalid" else configured}


def differences(name: str, before: HostState, after: HostState) -> list[dict[str, str]]:
    """The documented value ``diff`` of the module: each stored value that differs, under the ``name`` of the host.

    Every text ends with a line break; otherwise Ansible says that it has none.
    """
    return [
        {
            "before_header": f"{name} {VALUE_NAMES[setting]}",
            "before": _line(before.values[setting]),
            "after_header": f"{name} {VALUE_NAMES[setting]}",
            "after": _line(after.values[setting]),
        }
        for setting in SETTINGS
        if before.values[setting] != after.values[setting]
    ]


def _line(value: RegistryValue | None) -> str:
    return f"{'(none)' if value is None else value}\n"


def setting_of(value: RegistryValue | None, configured: Configured) -> dict[str, t.Any]:
    return {"configured": configured, "value": value._asdict() if value is not None else None}


def _benchmark(rule: Rule, configured: Configured) -> dict[str, t.Any]:
    """One rule and its verdict: unknown where what the rule expects is not confirmed, never a guess."""
    expected = rule.expected or ()
    return {
        "authority": rule.authority,
        "benchmark": rule.benchmark,
        "id": rule.id,
        **({"vuln_id": rule.vuln_id, "rule_id": rule.rule_id} if rule.authority == "DISA" else {}),
        "level": rule.level,
        "setting": rule.setting,
        "expected": list(expected),
        "verdict": "unknown" if not expected else "pass" if configured in expected else "fail",
    }


def explain(host: HostState) -> str:
    """Explain what Local System services do when Negotiate reverts to NTLM, why, and what the remote side changes.

    Sources: the policy page for the behavior and for remote sides before Vista; learn.microsoft.com "Changes in NTLM
    Authentication" (Windows 7 and Server 2008 R2) contradicts it on those, which is said rather than decided.
    """
    release = host.version.release
    if host.identity == "not_applicable":
        return f"{release} does not have this policy: it begins with Windows Vista and Windows Server 2008."
    services = "When Negotiate reverts to NTLM, services running as Local System on this host"
    if host.identity == "unknown":
        return (
            "What Local System services do on this host when Negotiate reverts to NTLM is unknown, because "
            f"UseMachineId holds {host.values['use_machine_id']}, which Microsoft does not document. Connections "
            "that negotiate Kerberos are not affected."
        )
    if host.identity == "computer_identity":
        return (
            f"{services} authenticate with the computer identity, because {_reason(host)}; signing and encryption then "
            "protect the session. Towards a remote side older than Windows Vista and Windows Server 2008 Microsoft's "
            "pages disagree on whether they are anonymous; connections that negotiate Kerberos are not affected."
        )
    return (
        f"{services} authenticate anonymously, because {_reason(host)}; {_null_session(host)}. "
        "Only connections that negotiate Kerberos avoid this."
    )


def _reason(host: HostState) -> str:
    configured = host.configured("use_machine_id")
    if configured == "not_defined":
        return f"UseMachineId is not defined and that is the default of {host.version.release}"
    return f"UseMachineId is {configured}"


def _null_session(host: HostState) -> str:
    """Describe the value of a NULL session (learn.microsoft.com, "Allow LocalSystem NULL session fallback")."""
    if host.fallback == "allowed":
        return "NULL session fallback is allowed, so that signing and encryption seem to work but protect nothing"
    if host.fallback == "refused":
        return "NULL session fallback is refused, so that calls that ask for signing or encryption fail"
    return (
        f"what signing does is unknown, because AllowNullSessionFallback holds {host.values['null_session_fallback']}"
    )


def warnings(
    before: HostState, after: HostState, plan: Plan, desired: t.Mapping[Setting, str], *, is_made: bool
) -> list[str]:
    """Return warnings about a change, or about a value that was left alone. ``is_made``: not in check mode."""
    replaced = "is replaced" if is_made else "would be replaced"
    handling: dict[Setting, str] = dict.fromkeys(plan.changes, replaced)
    invalid = (setting for setting in SETTINGS if before.configured(setting) == "invalid")
    return [
        *(_invalid(before, setting, handling.get(setting, "is left alone")) for setting in invalid),
        *(_undecided(before, desired[setting], VALUE_NAMES[setting].name) for setting in plan.undecided),
        *_incompatibility(before, plan),
        *_anonymity(after),
    ]


def _invalid(before: HostState, setting: Setting, handling: str) -> str:
    return (
        f"{VALUE_NAMES[setting]} holds {before.values[setting]}, which Microsoft does not document: its effect is "
        f"unknown. It {handling}."
    )


def _undecided(before: HostState, choice: str, name: str) -> str:
    return (
        f"What {AUTHORITIES[choice]} requires for {name} on {before.version.release} is not known to this collection: "
        "the value is left alone."
    )


def _incompatibility(before: HostState, plan: Plan) -> t.Iterator[str]:
    if plan.changes.get("use_machine_id") == "enabled" and before.generation == "vista_2008":
        yield (
            f"With UseMachineId enabled, some authentication requests from {before.version.release} to other Windows "
            "hosts might fail and be logged as errors; Microsoft does not say which."
        )


def _anonymity(after: HostState) -> t.Iterator[str]:
    if after.identity == "anonymous":
        yield (
            "Services running as Local System authenticate anonymously on this host when Negotiate reverts to NTLM; "
            f"{_null_session(after)}."
        )
