# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Which hosts somebody should look at, worst first, and what to tell them. Pure.

The order is that of the harm: what is sent without protection, what fails, what is not known, what could not be looked
at, what will not last, and last what Windows does right without being told to.
"""

from __future__ import annotations

import typing as t

from .._policy.ownership import owners_in

Attention: t.TypeAlias = t.Literal[
    "anonymous_unprotected", "anonymous", "unknown", "could_not_look", "reset_by_group_policy", "not_as_required"
]

#: Worst first.
ATTENTION: t.Final[tuple[Attention, ...]] = t.get_args(Attention)

#: Verdicts on hosts that were not judged.
NOT_JUDGED: t.Final = ("unreachable", "failed", "not tried")

_BY_OUTCOME: t.Final[dict[str, Attention]] = {
    "anonymous_unprotected": "anonymous_unprotected",
    "anonymous_no_session_security": "anonymous",
    "unknown": "unknown",
}


def attention_for(
    verdict: str, facts: t.Mapping[str, t.Any] | None, changes: t.Iterable[t.Mapping[str, str]] = ()
) -> Attention | None:
    """The worst reason to look at a host. What it does counts even if the variables allow it.

    ``changes`` are those that enforcing would make.
    """
    if facts is not None and (found := _BY_OUTCOME.get(facts["outcome"])):
        return found
    if verdict == "unknown":
        return "unknown"
    if verdict in NOT_JUDGED:
        return "could_not_look"
    if facts is not None and verdict != "not applicable" and _will_be_reset(facts, changes):
        return "reset_by_group_policy"
    return "not_as_required" if verdict == "not compliant" else None


def _will_be_reset(facts: t.Mapping[str, t.Any], changes: t.Iterable[t.Mapping[str, str]]) -> bool:
    """Whether a GPO sets a value to something else than is stored or, where that is to change, than is wanted."""
    wanted = {change["setting"]: change["to"] for change in changes}
    stored = {"use_machine_id": facts, "null_session_fallback": facts["null_session_fallback"]}
    return any(
        gpo["state"] != wanted[setting] if setting in wanted else gpo["value"] != stored[setting].get("value")
        for setting, gpo in (owners_in(facts) or {}).items()
        if gpo["managed"] and gpo["state"] is not None
    )


def rank(attention: str | None) -> int:
    """0 for the worst, and the highest number for a host that needs none."""
    return (*ATTENTION, None).index(t.cast("Attention | None", attention))


class Advice(t.NamedTuple):
    """The explanation of a reason for somebody who is not an expert, and the remedy."""

    title: str
    meaning: str
    fix: str


_ENFORCE: t.Final = "run winsec.lsa.enforce on them. No restart is needed."

ADVICE: t.Final[dict[Attention, Advice]] = {
    "anonymous_unprotected": Advice(
        "Anonymous and unprotected",
        "When Negotiate reverts to NTLM, services running as Local System connect without an identity. Signing and "
        "encryption seem to work, but use a key that everybody can compute: the data can be read and changed on the "
        "way.",
        f"Let use_machine_id_state be enabled for these hosts, which is the default, and {_ENFORCE}",
    ),
    "anonymous": Advice(
        "Anonymous",
        "When Negotiate reverts to NTLM, services running as Local System connect without an identity. Calls that ask "
        "for signing or encryption fail.",
        f"Let use_machine_id_state be enabled for these hosts, which is the default, and {_ENFORCE}",
    ),
    "unknown": Advice(
        "Unknown",
        "A stored value has no documented effect, or what the chosen authority requires is not known. Unknown is not "
        "compliant.",
        f"Choose an explicit state, such as enabled, for these hosts, and {_ENFORCE}",
    ),
    "could_not_look": Advice(
        "Could not be looked at",
        "The host did not answer, refused the login or the read, or was not tried. What it does is not known.",
        "The message of each host says what to do next. Then audit these hosts again.",
    ),
    "reset_by_group_policy": Advice(
        "Will be reset by Group Policy",
        "A Group Policy object sets another value than the host has or is to have. The host may be compliant now, but "
        "what is changed there lasts only until Group Policy applies it again: at the latest after 16 hours.",
        "The reason of each host names the GPO. Change the policy in that GPO, or no longer apply it to these hosts. "
        "Enforcing on the hosts does not last.",
    ),
    "not_as_required": Advice(
        "Behaves well, but is not set as required",
        "Local System is not anonymous. But the host is not set as the variables require: most often, nothing is "
        "stored, and it depends on the default of the release.",
        f"If their variables are right, {_ENFORCE}",
    ),
}
