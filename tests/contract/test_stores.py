# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoint's own registry beside Samba's: each call of StdRegProv has the same outcome, or the difference is known.

StdRegProv's part is the same code in both. What is compared is what the registry below it does.
"""

from __future__ import annotations

import typing as t

import pytest

from winsec_endpoint.memory_registry import MemoryRegistry
from winsec_endpoint.misbehaviour import Misbehaviour
from winsec_endpoint.registry import Registry, RegistryType, RegistryValue
from winsec_endpoint.registry_access import GuardedRegistry
from winsec_endpoint.remote_registry import RemoteRegistry
from winsec_endpoint.stdregprov import Outcome, invoke

from .samba import USER, Samba

KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Stores"
FIRST = {
    "Text": RegistryValue(RegistryType.REG_SZ, 'a "b" \\ ü'),
    "None": RegistryValue(RegistryType.REG_NONE, b"\1"),
}

Calls: t.TypeAlias = "list[tuple[str, dict[str, t.Any]]]"


def call(method: str, subkey: str = "", **inputs: t.Any) -> tuple[str, dict[str, t.Any]]:
    path = rf"SOFTWARE\Stores{subkey}"
    return method, {"sSubKeyName": path, **inputs}


def get(kind: str, name: str, subkey: str = "") -> tuple[str, dict[str, t.Any]]:
    return call(f"Get{kind}Value", subkey, sValueName=name)


def put(kind: str, name: str, value: t.Any, subkey: str = "") -> tuple[str, dict[str, t.Any]]:
    parameter = "uValue" if kind in ("DWORD", "QWORD", "Binary") else "sValue"
    return call(f"Set{kind}Value", subkey, sValueName=name, **{parameter: value})


def delete(name: str, subkey: str = "") -> tuple[str, dict[str, t.Any]]:
    return call("DeleteValue", subkey, sValueName=name)


SEQUENCES: dict[str, Calls] = {
    "an absent key": [
        *(get("DWORD", "x", r"\None"), put("DWORD", "x", 1, r"\None"), delete("x", r"\None")),
        *(call(method, r"\None") for method in ("EnumValues", "EnumKey", "DeleteKey", "CheckAccess")),
    ],
    "an absent value": [get("DWORD", "absent"), get("String", "absent"), delete("absent")],
    "another type": [
        *(get("DWORD", "Text"), get("QWORD", "Text"), get("ExpandedString", "Text"), get("String", "None")),
        *(get("Binary", "None"), get("DWORD", "None")),
    ],
    "every type": [
        *(put("DWORD", "v", 0xFFFFFFFF), get("DWORD", "V"), put("QWORD", "v", 2**64 - 1), get("QWORD", "v")),
        *(put("String", "v", 'a "b" ü'), get("String", "v"), put("String", "v", ""), get("String", "v")),
        *(put("ExpandedString", "v", "%SystemRoot%"), get("ExpandedString", "v")),
        *(put("MultiString", "v", ["one", "two"]), get("MultiString", "v"), put("MultiString", "v", [])),
        *(get("MultiString", "v"), put("Binary", "v", ["0", "255"]), get("Binary", "v")),
        *(put("Binary", "v", []), get("Binary", "v"), call("EnumValues")),
    ],
    "an empty key": [call("CreateKey", r"\Empty"), call("EnumValues", r"\Empty"), call("EnumKey", r"\Empty")],
    "the name of a value in another case": [
        *(put("DWORD", "Case", 1), get("DWORD", "CASE"), delete("cASE"), get("DWORD", "Case"), delete("Case")),
    ],
    "the name of a key in another case": [call("EnumValues", "".upper()), call("CreateKey", r"\CASE"), call("EnumKey")],
    "a value without a name": [get("String", ""), put("String", "", "default"), get("String", ""), call("EnumValues")],
    "subkeys": [
        *(call("CreateKey", r"\One\Two"), call("CreateKey", r"\ONE\two"), call("EnumKey"), call("EnumKey", r"\One")),
        *(call("DeleteKey", r"\One"), call("DeleteKey", r"\one\TWO"), call("DeleteKey", r"\One")),
        *(call("DeleteKey", r"\One"), call("EnumKey")),
    ],
    "separators too many": [call("EnumValues", "\\"), call("EnumValues", "\\\\"), call("CreateKey", "\\\\Twice\\")],
    "rights": [call("CheckAccess", uRequired=n) for n in (0x1, 0x2, 0x4, 0x8, 0x10000, 0x20000, 0x20019, 0xF003F)],
    "the name of a value is written in another case": [
        *(put("DWORD", "Case", 1), put("DWORD", "CASE", 2), get("DWORD", "Case"), call("EnumValues")),
    ],
}
#: Calls on a key that may only be read, or not even that.
REFUSED: Calls = [
    *(get("String", "Text"), get("String", "absent"), call("EnumValues"), call("EnumKey")),
    *(put("DWORD", "v", 1), delete("Text"), delete("absent"), call("CreateKey", r"\New")),
    *(call("CheckAccess", uRequired=rights) for rights in (0x1, 0x2, 0x4, 0x8, 0x10000, 0xF003F)),
    *(get("DWORD", "x", r"\None"), call("DeleteKey")),
]

#: Where Samba does otherwise, and the endpoint stays as it is: by sequence, the call and what Samba answers.
OTHERWISE: dict[str, dict[int, Outcome]] = {
    # A value keeps the spelling of its name in Wine and in the endpoint. Samba takes the new one.
    "the name of a value is written in another case": {
        3: Outcome(0, {"sNames": ["Text", "None", "CASE"], "Types": ["1", "0", "4"]})
    },
    # To delete a key Samba asks for a right on the key above only. Windows has the right DELETE for the key itself:
    # learn.microsoft.com, "Registry Key Security and Access Rights".
    "read": {15: Outcome(0)},
    # Samba looks for a key below one that refuses even its enumeration, and denies that. Windows lets everybody pass
    # (SeChangeNotifyPrivilege): learn.microsoft.com, "Bypass traverse checking".
    "none": {14: Outcome(5)},
}


def first() -> MemoryRegistry:
    """What a host begins with."""
    registry = MemoryRegistry()
    key = registry.created(KEY)
    for name, value in FIRST.items():
        key.set(name, value)
    return registry


def answers(registry: Registry, calls: Calls) -> list[Outcome]:
    """The outcomes, comparable."""
    found = []
    for method, given in calls:
        inputs = {name: list(map(str, value if isinstance(value, list) else [value])) for name, value in given.items()}
        outcome = invoke(registry, method, inputs, absent_value=1)
        found.append(Outcome(int(outcome.code), {name: list(texts) for name, texts in outcome.outputs.items()}))
    return found


def compare(own: list[Outcome], sambas: list[Outcome], name: str) -> None:
    known = OTHERWISE.get(name, {})
    different = {i: samba for i, (outcome, samba) in enumerate(zip(own, sambas, strict=True)) if samba != outcome}
    assert different == known


@pytest.mark.parametrize("name", SEQUENCES)
def test_both_registries_answer_alike(samba: Samba, name: str) -> None:
    remote = RemoteRegistry(**samba.remote_registry("stores")).registry(name, first())
    compare(answers(first(), SEQUENCES[name]), answers(remote, SEQUENCES[name]), name)


@pytest.mark.parametrize("access", ["read", "none"])
def test_both_registries_refuse_alike(samba: Samba, access: str) -> None:
    remote = RemoteRegistry(**samba.remote_registry("stores")).registry(access, first())
    samba.permit("stores", access, r"SOFTWARE\Stores", access)
    own = GuardedRegistry(first(), Misbehaviour(deny_writes=True, deny_reads=access == "none"))
    compare(answers(own, REFUSED), answers(remote, REFUSED), access)


def test_a_user_who_may_only_read(samba: Samba) -> None:
    RemoteRegistry(**samba.remote_registry("stores")).registry("user", first())
    remote = RemoteRegistry(**samba.remote_registry("stores", USER)).registry("user", first())
    own = GuardedRegistry(first(), Misbehaviour(deny_writes=True))
    assert answers(remote, REFUSED) == answers(own, REFUSED)


def test_a_service_that_is_not_reached_or_refuses_the_login(samba: Samba) -> None:
    given = samba.remote_registry("stores")
    for change, words in (({"port": 1}, "127.0.0.1:1"), ({"password": "wrong"}, "LOGON_FAILURE")):
        with pytest.raises(OSError, match=words):
            RemoteRegistry(**{**given, **change}).registry("unreached", first())
