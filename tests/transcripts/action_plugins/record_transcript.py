# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records what a Windows host answers, over the connection that the inventory describes. See record.yml."""

from __future__ import annotations

import contextlib
import datetime
import functools
import itertools
import re
import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase

from ansible_collections.winsec.lsa.plugins.plugin_utils._connection_errors import Secrets, explain_exception
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows import HostError, Unreachable
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman_connections import open_psrp, open_winrm
from ansible_collections.winsec.lsa.plugins.plugin_utils._xml import HAS_DEFUSEDXML
from ansible_collections.winsec.lsa.tests.transcripts.recording import (
    Recorded,
    Tape,
    Unsafe,
    names_in_inventory,
    over_channel,
    over_shell,
    record,
)
from ansible_collections.winsec.lsa.tests.transcripts.redaction import SECRET

_WSMAN = {"winrm": open_winrm, "psrp": open_psrp}


class ActionModule(ActionBase):
    """Writes one file for a host."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        del tmp
        result: dict[str, t.Any] = super().run(task_vars=task_vars)
        specification = {"folder": {"type": "path", "required": True}, "write": {"type": "bool", "default": False}}
        arguments = t.cast(t.Any, self).validate_argument_spec(argument_spec=specification)[1]
        write = arguments["write"] and not self._task.check_mode
        try:
            recorded = self._record(str((task_vars or {})["inventory_hostname"]), write=write)
        except Unreachable as exc:
            return result | {"unreachable": True, "msg": str(exc)}
        except (HostError, Unsafe) as exc:
            return result | {"failed": True, "msg": f"Nothing was written: {exc}"}
        file = self._save(Path(arguments["folder"]), recorded)
        return result | {"changed": True, "file": str(file), "replaced": recorded.shown}

    def _record(self, inventory_name: str, *, write: bool) -> Recorded:
        names = names_in_inventory(self._connection, inventory_name)
        secrets = Secrets.of(self._connection)
        names |= dict.fromkeys(secrets.texts, SECRET)
        about = {
            "source": f"Recorded by tests/transcripts on {datetime.date.today().isoformat()}",
            "connection": f"{self._connection.transport}{', with writing' if write else ''}",
            "cut": "Names, addresses and identifiers are replaced; so is the data of other values that reg.exe lists.",
        }
        with contextlib.ExitStack() as at_the_end:
            return record(self._tape(secrets, at_the_end), names, about, write=write)

    def _tape(self, secrets: Secrets, at_the_end: contextlib.ExitStack) -> Tape:
        connection = self._connection
        explain = functools.partial(explain_exception, transport=connection.transport, secrets=secrets)
        if connection.transport not in _WSMAN:
            if not getattr(connection._shell, "_IS_WINDOWS", False):
                raise HostError("This connection leads to no Windows", "Set ansible_shell_type to cmd or powershell.")
            return over_shell(connection, explain)
        if not HAS_DEFUSEDXML:
            raise HostError("The Python library defusedxml is missing", "Install it: pip install defusedxml.")
        try:
            channel = _WSMAN[connection.transport](connection, explain)
        except Exception as exc:
            raise explain(exc) from exc
        at_the_end.callback(channel.close)
        return over_channel(channel)

    def _save(self, folder: Path, recorded: Recorded) -> Path:
        """Never over another file: there may be many hosts of one release."""
        folder.mkdir(parents=True, exist_ok=True)
        slug = re.sub(r"[^a-z0-9]+", "_", f"{recorded.release} {self._connection.transport}".lower())
        for number in itertools.count(1):
            try:
                file = folder / f"{slug}{f'_{number}' if number > 1 else ''}.yml"
                file.open("x", encoding="utf-8").write(recorded.text)
            except FileExistsError:
                continue
            return file
        raise AssertionError("there is always another number")
