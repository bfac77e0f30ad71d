# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Finding out who owns both settings on a host, in at most two requests."""

from __future__ import annotations

import typing as t

from .._windows.applied_policy import Extension, Gpo, PolicyEntries, PolicyLog
from .._windows.host import HostError, Unreachable, WindowsHost
from .meaning import HostState
from .settings import DEVICE_MANAGEMENT, SETTINGS, VALUE_NAMES, Setting

T = t.TypeVar("T")

#: The first release on which device management can set either (Policy CSP LocalPoliciesSecurityOptions: 1809, clients).
_DEVICE_MANAGEMENT_BUILD: t.Final = 17763

NOT_ASKED: t.Final = "Group Policy was not asked for: the option gpo is false."
NO_WAY: t.Final = (
    "Group Policy was not asked for: only WMI calls over winrm or psrp can tell, and this host was read with reg.exe."
)

_NO_ENTRIES: t.Final = PolicyEntries((), None)
_NO_GPOS: t.Final[tuple[Gpo, ...]] = ()
_NO_EXTENSIONS: t.Final[tuple[Extension, ...]] = ()
_NO_NAMES: t.Final[frozenset[str]] = frozenset()


class Evidence(t.NamedTuple):
    """A host's log of the policy that it applied. Parts that were not asked for are None.

    ``problem`` says why the entries are not known; ``extensions_problem`` the same of the extensions.
    """

    entries: PolicyEntries = _NO_ENTRIES
    gpos: tuple[Gpo, ...] = ()
    extensions: tuple[Extension, ...] | None = None
    by_device: frozenset[Setting] = frozenset()
    problem: str | None = None
    extensions_problem: str | None = None


def evidence(host: WindowsHost, state: HostState) -> Evidence:
    """Ask for the entries of both settings, and then for what they leave most open.

    That is the name of the owner where there is an entry; device management where it may have set what is stored;
    and otherwise whether policy was applied and logged at all.

    Two requests are all that is made. So it is not proved that one value has no owner where the other one has: whose
    name is asked for then, not the extensions.

    Raises:
        Unreachable: the host is lost. Whatever else goes wrong is a reason not to know.
    """
    log = host.policy_log()
    if log is None:
        return Evidence(problem=NO_WAY)
    entries, problem = _answer(lambda: log.entries(list(VALUE_NAMES.values())), _NO_ENTRIES)
    found = Evidence(entries, problem=problem)
    if entries.entries:
        return found._replace(gpos=_answer(log.gpos, _NO_GPOS)[0])
    if _may_be_device_managed(state):
        return found._replace(by_device=_by_device(log))
    if problem is not None:
        return found
    extensions, extensions_problem = _answer(log.extensions, _NO_EXTENSIONS)
    return found._replace(extensions=extensions, extensions_problem=extensions_problem)


def _answer(ask: t.Callable[[], T], otherwise: T) -> tuple[T, str | None]:
    """The answer, or ``otherwise`` and the reason why there is none."""
    try:
        return ask(), None
    except Unreachable:
        raise
    except HostError as exc:
        return otherwise, str(exc)


def _may_be_device_managed(state: HostState) -> bool:
    version = state.version
    client = version.product_type == "workstation" or version.product == "multi_session"
    return (
        client
        and version.build >= _DEVICE_MANAGEMENT_BUILD
        and any(value is not None for value in state.values.values())
    )


def _by_device(log: PolicyLog) -> frozenset[Setting]:
    """The settings that device management holds a value of; all of them are below one key."""
    key = DEVICE_MANAGEMENT["use_machine_id"].key
    names = _answer(lambda: log.value_names(key), _NO_NAMES)[0]
    return frozenset(setting for setting in SETTINGS if DEVICE_MANAGEMENT[setting].name.casefold() in names)
