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

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.errors import Login, explain_exception
from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.psrp import open_psrp
from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.secrets import Secrets
from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.shells import prepare_for_commands
from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.visit import Visit
from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.winrm import open_winrm
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import HostError, Unreachable
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.xml import HAS_DEFUSEDXML
from ansible_collections.winsec.lsa.tests.transcripts.recording import (
    Recorded,
    Recorder,
    Unsafe,
    names_in_inventory,
    over_channel,
    over_shell,
    record,
)
from ansible_collections.winsec.lsa.tests.transcripts.redaction import SECRET

_WSMAN = {"winrm": open_winrm, "psrp": open_psrp}

_ARGUMENT_SPEC = {
    "folder": {"type": "path", "required": True},
    "via": {"type": "str", "choices": ["wmi", "reg"], "default": "wmi"},
    "write": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Writes one file for a host."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        del tmp
        result: dict[str, t.Any] = super().run(task_vars=task_vars)
        arguments = t.cast(t.Any, self).validate_argument_spec(argument_spec=_ARGUMENT_SPEC)[1]
        by_wmi = arguments["via"] == "wmi" and self._connection.transport in _WSMAN
        way = f"{self._connection.transport} {'wmi' if by_wmi else 'reg'}"
        try:
            with contextlib.ExitStack() as at_the_end:
                recorder = self._by_wmi(at_the_end) if by_wmi else self._by_reg_exe()
                recorded = self._record(recorder, way, str((task_vars or {})["inventory_hostname"]), arguments["write"])
        except Unreachable as exc:
            return result | {"unreachable": True, "msg": str(exc)}
        except (HostError, Unsafe) as exc:
            return result | {"failed": True, "msg": f"Nothing was written: {exc}"}
        file = _save(Path(arguments["folder"]), f"{recorded.release} {way}", recorded.text)
        return result | {"changed": True, "file": str(file), "replaced": recorded.shown}

    def _record(self, recorder: Recorder, way: str, inventory_name: str, write: bool) -> Recorded:
        names = names_in_inventory(self._connection, inventory_name)
        names |= dict.fromkeys(Secrets.of(self._connection).texts, SECRET)
        write = write and not self._task.check_mode
        about = {
            "source": f"Recorded by tests/transcripts on {datetime.date.today().isoformat()}",
            "connection": f"{way}, with writing" if write else way,
            "cut": "Names, addresses and identifiers are replaced; so is the data of other values that reg.exe lists.",
        }
        return record(recorder, names, about, write=write)

    def _by_wmi(self, at_the_end: contextlib.ExitStack) -> Recorder:
        if not HAS_DEFUSEDXML:
            raise HostError("The Python library defusedxml is missing", "Install it: pip install defusedxml.")
        try:
            channel = _WSMAN[self._connection.transport](self._connection, self._visit)
        except Exception as exc:
            raise self._visit.explain(exc) from exc
        at_the_end.callback(channel.close)
        return over_channel(channel)

    def _by_reg_exe(self) -> Recorder:
        if not getattr(self._connection._shell, "_IS_WINDOWS", False):
            raise HostError("This connection leads to no Windows", "Set ansible_shell_type to cmd or powershell.")
        prepare_for_commands(self._connection, self._visit)
        return over_shell(self._connection, self._visit)

    @functools.cached_property
    def _visit(self) -> Visit:
        return Visit.of(self._connection, functools.partial(explain_exception, login=Login.of(self._connection)))


def _save(folder: Path, name: str, text: str) -> Path:
    """Never over another file: there may be many hosts of one release."""
    folder.mkdir(parents=True, exist_ok=True)
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower())
    for number in itertools.count(1):
        file = folder / f"{slug}{f'_{number}' if number > 1 else ''}.yml"
        with contextlib.suppress(FileExistsError), file.open("x", encoding="utf-8") as new:
            new.write(text)
            return file
    raise AssertionError("there is always another number")
