# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that is only read, with what it has logged of Group Policy."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.settings import VALUE_NAMES
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.applied_policy import Gpo, PolicyEntries, PolicyEntry
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError, Observation
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, ValueName
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import WindowsVersion

GUID: t.Final = "{6AC1786C-016F-11D2-945F-00C04FB984F9}"


class Host:
    """It has both values, and a GPO that sets them to ``gpo`` if that is not None. ``error`` is all that it answers."""

    def __init__(
        self,
        version: WindowsVersion,
        *values: RegistryValue | None,
        gpo: RegistryValue | None = None,
        error: HostError | None = None,
    ) -> None:
        self._version = version
        self._values = values
        self._gpo = gpo
        self._error = error
        #: How often it was asked who owns its values.
        self.asked_for_owners = 0

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        assert [*names] == [*VALUE_NAMES.values()]
        if self._error is not None:
            raise self._error
        return Observation(self._version, self._values)

    def policy_log(self) -> Host:
        self.asked_for_owners += 1
        return self

    def entries(self, names: t.Sequence[ValueName]) -> PolicyEntries:
        now = datetime.datetime.now(datetime.UTC)
        set_to = [] if self._gpo is None else names
        return PolicyEntries(
            tuple(PolicyEntry(name, self._gpo, "security_option", 1, GUID, now, 1, 0) for name in set_to), now
        )

    def gpos(self) -> tuple[Gpo, ...]:
        return (Gpo(GUID, "Print servers"),)

    def extensions(self) -> t.NoReturn:
        raise HostError("The extensions are not known", "Look.")
