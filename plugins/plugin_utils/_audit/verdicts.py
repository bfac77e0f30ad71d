# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The verdict of an audit on a host, derived from the results of facts and module in check mode. Pure."""

from __future__ import annotations

import typing as t

from ...module_utils._texts import shown
from .._policy.conflicts import named
from .._policy.settings import VALUE_NAMES, Setting
from .._windows.registry import RegistryValue

Verdict: t.TypeAlias = t.Literal[
    "compliant", "not compliant", "unknown", "not applicable", "unreachable", "failed", "not tried"
]
VERDICTS: t.Final[tuple[Verdict, ...]] = t.get_args(Verdict)
Result: t.TypeAlias = "t.Mapping[str, t.Any]"

#: Longer than any message of this collection. Others come from Ansible and its plugins.
_MAX_REASON: t.Final = 2000

#: What Local System does on a host that is left as it is.
_OUTCOMES: t.Final[dict[str, str]] = {
    "authenticates_as_computer": "Local System authenticates as the computer",
    "anonymous_unprotected": "Local System is anonymous, and nothing protects its sessions",
    "anonymous_no_session_security": "Local System is anonymous, and fails where it asks for signing or encryption",
}


def judge(facts: Result, module: Result, failure: str) -> tuple[Verdict, str]:
    """The verdict on a host, and the reason in a sentence.

    ``facts`` and ``module`` are the results of the two tasks, empty where one did not run; ``failure`` is the message
    of a task that failed. Compliant means that enforcing would change nothing, and that what it left alone is known.
    """
    if failure:
        return "failed", shown(failure, _MAX_REASON)
    for result in (facts, module):
        if result.get("unreachable"):
            return "unreachable", shown(str(result.get("msg", "")), _MAX_REASON)
    if module.get("skipped"):
        return "not applicable", str(facts["ansible_facts"]["use_machine_id"]["explanation"])
    verdict, reason = _judged(module)
    return verdict, " ".join([reason, *_owners(module["use_machine_id"])])


def _judged(module: Result) -> tuple[Verdict, str]:
    found = module["use_machine_id"]
    release = found["windows"]["release"]
    if module["changed"]:
        return "not compliant", f"{release}: enforce would change {' and '.join(_steps(module))}."
    if module["undecided"]:
        names = " and ".join(VALUE_NAMES[setting].name for setting in module["undecided"])
        return "unknown", f"{release}: what the chosen authority requires for {names} is not known."
    if found["outcome"] == "unknown":
        return "unknown", f"{release}: {found['explanation']}"
    return "compliant", f"{release}: {_OUTCOMES[found['outcome']]}."


def _described(found: Result) -> dict[Setting, Result]:
    return {"use_machine_id": found, "null_session_fallback": found["null_session_fallback"]}


def _owners(found: Result) -> t.Iterator[str]:
    """Who will set the values of this host again, whatever is changed there."""
    for setting, described in _described(found).items():
        gpo, name = described.get("gpo") or {}, VALUE_NAMES[setting].name
        if gpo.get("managed"):
            state = str(gpo["state"] or "what can't be read").replace("_", " ")
            yield f"{name} is set to {state} by {named(gpo)}."
        elif gpo.get("managed_by") == "device_management":
            yield f"Device management has a value of its own for {name}."


def details(facts: Result, module: Result, failure: str) -> dict[str, t.Any]:
    """Return the rest of a host's record: the changes to come, the message of a failure, and the facts."""
    lost = next((result for result in (facts, module) if result.get("unreachable")), None)
    return {
        "changes": list(changes_of(module)),
        "message": failure or (str(lost.get("msg", "")) if lost else None),
        "use_machine_id": facts.get("ansible_facts", {}).get("use_machine_id"),
    }


def changes_of(module: Result) -> t.Iterator[dict[str, str]]:
    """Return the changes that the module would make: each setting, its old and its new value."""
    if not module.get("changed"):
        return
    previous = module["previous"]
    for setting, after in _described(module["use_machine_id"]).items():
        before = previous[setting]
        if before["configured"] != after["configured"]:
            yield {"setting": setting, "from": stored(before), "to": after["configured"]}


def _steps(module: Result) -> t.Iterator[str]:
    for change in changes_of(module):
        name = VALUE_NAMES[t.cast(Setting, change["setting"])].name
        yield f"{name} from {in_words(change['from'])} to {in_words(change['to'])}"


def stored(setting: t.Mapping[str, t.Any]) -> str:
    """Return the stored value in a word: as the facts name it, or type and data if they call it invalid."""
    if setting["configured"] != "invalid" or setting["value"] is None:
        return str(setting["configured"])
    return str(RegistryValue(setting["value"]["type"], setting["value"]["data"]))


def in_words(configured: str) -> str:
    """A configuration as people read it."""
    return "not defined" if configured == "not_defined" else configured
