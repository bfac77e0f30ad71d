# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Who owns a value: which Group Policy object wins, what it sets, and whether that is known. Pure.

What a host has logged is what it applied last, not what it applies next. So an absence proves nothing unless the
log is complete and fresh: ``managed`` is then None with a reason, never false.

Sources: learn.microsoft.com, RSOP_PolicySetting (``precedence`` 1 wins), RSOP_SecuritySettings (``Status``) and
RSOP_ExtensionStatus (``loggingStatus``); "Turn off Resultant Set of Policy logging" (RSoPLogging). Intervals: MS KB
277543 and learn.microsoft.com, "Security policy settings" (every 90 minutes, give or take 30, where a GPO has changed,
and every 16 hours in any case: MaxNoGPOListChangesInterval).
"""

from __future__ import annotations

import datetime
import re
import typing as t

from ...module_utils._names import GUID, SECURITY_EXTENSION
from .._windows.applied_policy import Extension, PolicyEntry
from .._windows.registry import RegistryValue
from .meaning import configured
from .owner_evidence import Evidence
from .settings import SETTINGS, VALUE_NAMES, Configured, Setting

Owner: t.TypeAlias = "dict[str, t.Any]"
Owners: t.TypeAlias = "t.Mapping[Setting, Owner]"

_REGISTRY: t.Final = "35378EAC-683F-11D2-A89A-00C04FBBCF36"  # MS-GPREG 1.9
_EXTENSIONS: t.Final = {SECURITY_EXTENSION: "security settings", _REGISTRY: "administrative templates"}
_LOGGED_ALL: t.Final = 1
_APPLIED: t.Final = 1

#: Security options that are fresh say nothing of administrative templates, nor whether any were left out.
_NOT_PROVED: t.Final = (
    "Windows has logged no entry for this value, but whether its log is complete was not asked: of the two requests "
    "that are made at most, the second went to the owner of the other value, or to device management."
)

_LOCAL: t.Final = "localgpo"

#: 16 hours, and until the next refresh after them.
_FRESH: t.Final = datetime.timedelta(hours=18)

#: Security settings are applied after administrative templates, which come first of all (MS-GPOL 3.2.5.1.10).
_ORDER: t.Final = ("security_option", "administrative_template")


def unknown(reason: str) -> Owner:
    """The documented value ``gpo`` of a setting where nothing is known."""
    return {
        "managed": None,
        "managed_by": None,
        "name": None,
        "id": None,
        "source": None,
        "state": None,
        "value": None,
        "others": [],
        "applied": None,
        "reason": reason,
    }


def owners(found: Evidence, now: datetime.datetime) -> Owners:
    """The documented value ``gpo`` of both settings."""
    return {setting: _owner(found, setting, now) for setting in SETTINGS}


def owners_in(facts: t.Any) -> Owners | None:
    """Those in the documented value ``use_machine_id`` of facts; None where it has none."""
    try:
        found: dict[Setting, t.Any] = {
            "use_machine_id": facts["gpo"],
            "null_session_fallback": facts["null_session_fallback"]["gpo"],
        }
        known = all(
            gpo.keys() >= unknown("").keys() and (gpo["value"] is None or gpo["value"].keys() == {"type", "data"})
            for gpo in found.values()
        )
    except (TypeError, KeyError, AttributeError):
        return None
    return found if known else None


def _owner(found: Evidence, setting: Setting, now: datetime.datetime) -> Owner:
    entries = sorted((e for e in found.entries.entries if e.name == VALUE_NAMES[setting]), key=_rank)
    if not entries:
        return _absent(found, setting, now)
    winner, names = entries[0], _names(found)
    return {
        "managed": True,
        "managed_by": "local_policy" if _id(winner.gpo) == "LocalGPO" else "group_policy",
        **_entry(winner, names),
        "others": [_entry(entry, names) for entry in entries[1:]],
        "applied": _shown(winner.logged),
        "reason": _doubt_of_entry(winner, now),
    }


def _rank(entry: PolicyEntry) -> tuple[int, bool, int]:
    """By precedence, and last where it is not known."""
    return _ORDER.index(entry.source), entry.precedence is None, entry.precedence or 0


def _entry(entry: PolicyEntry, names: t.Mapping[str, str]) -> Owner:
    value = entry.value
    return {
        "name": names.get(entry.gpo.casefold()) or names.get(_id(entry.gpo).casefold()),
        "id": _id(entry.gpo),
        "source": entry.source,
        "state": _state(value),
        "value": value._asdict() if value is not None else None,
    }


def _state(value: RegistryValue | None) -> Configured | None:
    """None where the value could not be read, and so may be anything."""
    return None if value is not None and value.data is None and value.type in _READABLE else configured(value)


_READABLE: t.Final = ("REG_DWORD", "unknown type")


def _id(logged: str) -> str:
    """The GUID in braces, as the GPMC shows it; ``LocalGPO``; or what was logged."""
    if logged.casefold() == _LOCAL:
        return "LocalGPO"
    found = re.search(GUID, logged)
    return f"{{{found[0].upper()}}}" if found else logged


def _names(found: Evidence) -> dict[str, str]:
    """By id as logged and by GUID: two domains each have default policies of the same GUID."""
    by_guid = {_id(gpo.id).casefold(): gpo.name for gpo in found.gpos if gpo.name}
    return {**by_guid, **{gpo.id.casefold(): gpo.name for gpo in found.gpos if gpo.name}}


def _doubt_of_entry(entry: PolicyEntry, now: datetime.datetime) -> str | None:
    if entry.status is not None and entry.status != _APPLIED:
        error = f" (error {entry.error}, 0x{entry.error:08X})" if entry.error else ""
        return f"Windows has logged that it did not apply this setting{error}."
    # Administrative templates are applied only when a GPO changes: an old entry is no sign of anything.
    if entry.source == "security_option" and entry.logged is not None and not _is_fresh(entry.logged, now):
        return f"It may be out of date: {_stale(entry.logged)}"
    return None


def _absent(found: Evidence, setting: Setting, now: datetime.datetime) -> Owner:
    reason = _doubt_of_absence(found, now)
    applied = (
        found.entries.security_logged if found.extensions is None else _ended(found.extensions, SECURITY_EXTENSION)
    )
    return {
        **unknown(""),
        "managed": None if reason else False,
        "managed_by": "device_management" if setting in found.by_device else None,
        "applied": _shown(applied),
        "reason": reason,
    }


def _doubt_of_absence(found: Evidence, now: datetime.datetime) -> str | None:
    """Why it is not proved that no Group Policy object sets a value; None where it is."""
    if found.problem or found.extensions_problem:
        return found.problem or found.extensions_problem
    if found.extensions is not None and (doubt := _doubt_of_extensions(found.extensions, now)):
        return doubt
    logged = found.entries.security_logged
    # That there are others is the proof that those asked for would have been found.
    if logged is None:
        return (
            "Windows has logged no security option of any Group Policy object: there is none, policy was never "
            "applied, or logging is turned off (RSoPLogging)."
        )
    if found.extensions is not None:
        return None
    return _NOT_PROVED if _is_fresh(logged, now) else _stale(logged)


def _doubt_of_extensions(extensions: tuple[Extension, ...], now: datetime.datetime) -> str | None:
    if not any(_is(extension, SECURITY_EXTENSION) for extension in extensions):
        return (
            "Windows has not logged that it applied security settings: no Group Policy object has any, policy was "
            "never applied, or logging is turned off (RSoPLogging)."
        )
    for guid, what in _EXTENSIONS.items():
        for extension in extensions:
            if _is(extension, guid) and (extension.error != 0 or extension.logging != _LOGGED_ALL):
                return f"Windows has logged that applying {what} failed, or that its log of them is not complete."
    ended = max((e.ended for e in extensions if e.ended is not None), default=None)
    if ended is None:
        return "Windows has not logged when policy was applied."
    return None if _is_fresh(ended, now) else _stale(ended)


def _is(extension: Extension, guid: str) -> bool:
    return extension.id.strip("{} ").upper() == guid


def _ended(extensions: tuple[Extension, ...], guid: str) -> datetime.datetime | None:
    return next((extension.ended for extension in extensions if _is(extension, guid)), None)


def _is_fresh(logged: datetime.datetime, now: datetime.datetime) -> bool:
    return abs(now - logged) <= _FRESH


def _stale(logged: datetime.datetime) -> str:
    return (
        f"policy was logged last at {_shown(logged)}, which is not within 18 hours of now: logging is turned off "
        "(RSoPLogging), no domain controller is reached, or a clock is wrong."
    )


def _shown(time: datetime.datetime | None) -> str | None:
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%SZ")
