# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of the suite over WS-Management: an endpoint runs the reg.exe of each in its shells."""

from __future__ import annotations

import contextlib
import typing as t

from ..support.fleet import Fleet
from .hosts import HOSTS

if t.TYPE_CHECKING:
    from pathlib import Path

    from .rig import Rig

#: The endpoint has a registry of its own for WMI, which is not Wine's.
NO_WMI = {"misbehave": {"fault": "access_denied", "only": ["wmi"]}}


@contextlib.contextmanager
def over_wsman(rig: Rig, connection: str, folder: Path, **form: t.Any) -> t.Iterator[Fleet]:
    """Ansible on the hosts of the rig, under the same names, over ``winrm`` or ``psrp``, with WMI refused.

    What is stored stays the rig's to set and to tell. ``form`` is what else a fleet says of each host, such as a way to
    log in; ``folder`` must not exist.
    """
    hosts = {host: {**NO_WMI, "connection": connection, "reg_exe": rig.reg_exe(host), **form} for host in HOSTS}
    fleet = Fleet(folder, hosts)
    try:
        yield fleet
    finally:
        fleet.close()
