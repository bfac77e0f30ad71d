# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Reading both settings from a host, and changing them: each write is believed only after it was read back."""

from __future__ import annotations

import typing as t

from ._benchmarks import Configured, Setting
from ._policy import SETTINGS, VALUE_NAMES, Host, stored
from ._windows import HostError, Windows


def observe(windows: Windows) -> Host:
    """Read the version of a host and both settings."""
    version, values = windows.observe([VALUE_NAMES[setting] for setting in SETTINGS])
    return Host(version, *values)


def enforce(windows: Windows, host: Host, changes: t.Mapping[Setting, Configured]) -> t.Iterator[Host]:
    """Make ``changes`` one by one; after each, give the host as it was found then.

    Raises:
        HostError: a change was refused or did not stick. The hosts given before say what was changed until then.
    """
    for setting, target in changes.items():
        name, wanted = VALUE_NAMES[setting], stored(target)
        if wanted is None:
            windows.delete(name)
        else:
            windows.write(name, t.cast(int, wanted.data))
        found = windows.read(name)
        host = host.replaced(setting, found)
        yield host
        if found != wanted:
            raise HostError(
                f"{name} was {'removed' if wanted is None else f'set to {wanted}'}, but afterwards "
                f"{'there is none' if found is None else f'it is {found}'}",
                "Something on the host puts it back: look for a Group Policy (gpresult /h), device management or a "
                "security product that owns this setting.",
            )
