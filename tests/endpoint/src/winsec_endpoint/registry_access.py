# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One StdRegProv call on a host that may refuse it or only pretend to carry it out."""

from __future__ import annotations

from .faults import PROVIDER_ACCESS_DENIED, Fault
from .misbehaviour import Misbehaviour
from .registry import Registry
from .stdregprov import METHODS, Call, Code, Inputs, Outcome, resolve
from .value_text import unsigned

# KEY_SET_VALUE, KEY_CREATE_SUB_KEY, DELETE, WRITE_DAC, WRITE_OWNER (learn.microsoft.com, CheckAccess method).
_WRITE_RIGHTS = 0x2 | 0x4 | 0x10000 | 0x40000 | 0x80000
_DEFAULT_RIGHTS = "3"


def invoke(registry: Registry, name: str, inputs: Inputs, conduct: Misbehaviour, absent_value: int) -> Outcome:
    call = resolve(registry, inputs, absent_value)
    if isinstance(call, Outcome):
        return call
    if call.key is not None and (denial := _denial(name, call, conduct)):
        if denial == "fault":
            raise Fault(PROVIDER_ACCESS_DENIED)
        return Outcome(Code.ACCESS_DENIED, {"bGranted": ["false"]} if name == "CheckAccess" else {})
    if (conduct.lose_writes and name.startswith("Set")) or (conduct.lose_deletes and name == "DeleteValue"):
        return Outcome(Code.SUCCESS)
    return METHODS[name].run(call)


def _denial(name: str, call: Call, conduct: Misbehaviour) -> bool | str:
    """Assumed: an absent key is reported as absent before any right is checked, as RegOpenKeyEx does."""
    if name == "CheckAccess":
        required = unsigned(call.text("uRequired") or _DEFAULT_RIGHTS, 32)
        denials = (required & _WRITE_RIGHTS and conduct.deny_writes, required & ~_WRITE_RIGHTS and conduct.deny_reads)
        return next((True for denial in denials if denial), False)
    return conduct.deny_writes if METHODS[name].writes else conduct.deny_reads
