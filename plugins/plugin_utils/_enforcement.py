# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Reading both settings from a host, and changing them."""

from __future__ import annotations

import typing as t

from ._benchmarks import Configured, Setting
from ._policy import SETTINGS, VALUE_NAMES, Host, stored
from ._windows import HostError, Windows


def observe(windows: Windows) -> Host:
    """Read the version of a host and both settings."""
    version, values = windows.observe([VALUE_NAMES[setting] for setting in SETTINGS])
    return Host(version, *values)


def write(windows: Windows, setting: Setting, target: Configured) -> None:
    """Store what ``target`` asks for. That the host accepted it does not prove that it is there."""
    wanted = stored(target)
    if wanted is None:
        windows.delete(VALUE_NAMES[setting])
    else:
        windows.write(VALUE_NAMES[setting], t.cast(int, wanted.data))


def require(host: Host, setting: Setting, target: Configured) -> None:
    """Fail where a write did not stick.

    Raises:
        HostError: ``host``, read after the write, has another value than ``target`` asks for.
    """
    wanted, found = stored(target), host.value(setting)
    if found != wanted:
        raise HostError(
            f"{VALUE_NAMES[setting]} was {'removed' if wanted is None else f'set to {wanted}'}, but afterwards "
            f"{'there is none' if found is None else f'it is {found}'}",
            "Something on the host may have changed it back: look for a Group Policy (gpresult /h), device management "
            "or a security product that owns this setting.",
        )
