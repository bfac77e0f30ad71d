# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls that a transcript is replayed to, and their results in a form that fits into a file.

The recorder makes these calls on a host, the tests make them on what it recorded. A call is one of ::

    {"facts": None}                                     the facts, as far as the host decides them
    {"version": None}                                   the version alone
    {"read": "HKLM\\key\\name"}                         the value, None where there is none
    {"restore": "HKLM\\key\\name"}                      write the value as it is, or delete it where there is none
    {"policy": ["HKLM\\key\\name"]}                     what Group Policy sets them to, as the host has logged it
    {"gpos": None}                                      the Group Policy objects
    {"extensions": None}                                when each extension has applied policy
    {"query": "SELECT ...", "namespace": "root/cimv2"}  the items
    {"invoke": "root/cimv2/Class/Method", "parameters": {...}}
    {"run": "reg.exe ..."}                              the exit status
"""

from __future__ import annotations

import datetime
import typing as t

from ...plugins.plugin_utils._policy.enforcement import observe
from ...plugins.plugin_utils._policy.report import describe
from ...plugins.plugin_utils._windows.applied_policy import Extension, PolicyEntry, PolicyLog
from ...plugins.plugin_utils._windows.host import HostError, Unreachable, WindowsHost
from ...plugins.plugin_utils._windows.registry import ValueName
from ...plugins.plugin_utils._wsman.faults import Fault
from ...plugins.plugin_utils._wsman.responses import NotWsman
from ...plugins.plugin_utils._wsman.session import Session

if t.TYPE_CHECKING:
    from ...plugins.plugin_utils._windows.reg_exe import Shell
    from .transcript import Call

#: The out-parameters of methods, beside ReturnValue.
_OUT: dict[str, tuple[str, ...]] = {
    "EnumKey": ("sNames",),
    "EnumValues": ("sNames", "Types"),
    "GetDWORDValue": ("uValue",),
}


class Host(t.NamedTuple):
    """A host as the collection reaches it: by StdRegProv over a session, or by reg.exe in a shell."""

    windows: WindowsHost
    session: Session | None = None
    shell: Shell | None = None


def perform(call: Call, host: Host) -> t.Any:
    """Make a call. What goes wrong is a result as well, as long as the host answers."""
    try:
        return _perform(call, host)
    except Unreachable:
        raise
    except HostError as exc:
        return {"error": type(exc).__name__}
    except Fault as fault:
        return {"fault": fault.kind, "subcodes": list(fault.subcodes), "codes": sorted(fault.codes)}
    except NotWsman as exc:
        return {"error": str(exc)}


def _perform(call: Call, host: Host) -> t.Any:
    if "facts" in call:
        return _facts(host.windows)
    if "version" in call:
        version = host.windows.observe(()).version
        return {"version": str(version), "product_type": version.product_type, "release": version.release}
    if "read" in call:
        value = host.windows.read(value_name(call["read"]))
        return value and value._asdict()
    if "restore" in call:
        return _restore(host.windows, value_name(call["restore"]))
    if (log := host.windows.policy_log()) and (found := _logged(call, log)) is not None:
        return found
    if "run" in call:
        return {"exit_status": t.cast("Shell", host.shell).run(call["run"]).exit_status}
    session = t.cast(Session, host.session)
    if "query" in call:
        return session.query(call["namespace"], call["query"])
    return _invoke(session, call["invoke"], call["parameters"])


def _logged(call: Call, log: PolicyLog) -> t.Any:
    """Return the host's log of the policy that it applied; None for another call."""
    if "policy" in call:
        entries, security_logged = log.entries([value_name(name) for name in call["policy"]])
        return {"entries": [_plain(entry) for entry in entries], "security_logged": _text(security_logged)}
    if "gpos" in call:
        return [gpo._asdict() for gpo in log.gpos()]
    if "extensions" in call:
        return [_plain(extension) for extension in log.extensions()]
    return None


def _plain(item: PolicyEntry | Extension) -> dict[str, t.Any]:
    form: dict[str, t.Any] = {}
    for name, found in item._asdict().items():
        form[name] = found._asdict() if hasattr(found, "_asdict") else _text(found)
    return form


def _text(found: t.Any) -> t.Any:
    return found.isoformat() if isinstance(found, datetime.datetime) else found


def _facts(windows: WindowsHost) -> dict[str, t.Any]:
    facts = describe(observe(windows))
    fallback = facts["null_session_fallback"]
    return {
        **{name: facts[name] for name in ("windows", "configured", "value", "effective", "outcome")},
        "null_session_fallback": {name: fallback[name] for name in ("configured", "value")},
    }


def _restore(windows: WindowsHost, name: ValueName) -> str:
    """Store what is stored already. Only numbers and absent values can be written by the collection."""
    value = windows.read(name)
    if value is None:
        windows.delete(name)
        return "deleted an absent value"
    if value.type != "REG_DWORD":
        return "not written: no REG_DWORD"
    windows.write(name, t.cast(int, value.data))
    return "written as it was"


def _invoke(session: Session, path: str, parameters: t.Mapping[str, str]) -> dict[str, t.Any]:
    class_path, _slash, method = path.rpartition("/")
    output = session.invoke(class_path, method, parameters)
    arrays = {name: output.array(name) for name in _OUT.get(method, ())}
    return {**arrays, "ReturnValue": output.number("ReturnValue")}


def value_name(text: str) -> ValueName:
    """Read HKLM\\key\\name."""
    key, _backslash, name = text.removeprefix("HKLM\\").rpartition("\\")
    return ValueName(key, name)
