# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of ``reg import`` and ``reg export``. They quote names, so that nothing in them imitates anything else.

Nothing here is shared with the parser of the collection: what it reads is compared with what these files say.
"""

from __future__ import annotations

import re
import typing as t

from .expectations import Value

#: By name; None removes a value.
Values: t.TypeAlias = "dict[str, Value]"

_ROOT = "HKEY_LOCAL_MACHINE\\"
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*)"=(.*)')


def render(keys: t.Iterable[tuple[str, Values]]) -> bytes:
    """The file that stores values below HKEY_LOCAL_MACHINE, one key after the other."""
    lines = ["Windows Registry Editor Version 5.00", ""]
    for key, values in keys:
        lines += [f"[{_ROOT}{key}]", *(f'"{_escape(name)}"={_render(value)}' for name, value in values.items()), ""]
    lines.append("")
    return "\r\n".join(lines).encode("utf-16")


def parse(content: bytes) -> dict[str, Values]:
    """The values in a file, by key below HKEY_LOCAL_MACHINE and by name."""
    keys: dict[str, Values] = {}
    values: Values = {}
    # Long data goes on in the next line.
    text = re.sub(r"\\\r\n +", "", content.decode("utf-16"))
    for line in text.splitlines():
        if line.startswith("["):
            values = keys.setdefault(line.strip("[]").removeprefix(_ROOT), {})
        elif found := _VALUE.fullmatch(line):
            values[_unescape(found[1])] = _parse(found[2])
    return keys


def _render(value: Value) -> str:
    if value is None:
        return "-"
    type_, data = value
    if type_ == "REG_DWORD":
        return f"dword:{data:08x}"
    if type_ == "REG_QWORD":
        return f"hex(b):{data.to_bytes(8, 'little').hex(',')}"
    assert type_ == "REG_SZ", type_
    return f'"{_escape(data)}"'


def _parse(text: str) -> Value:
    if text.startswith("dword:"):
        return ("REG_DWORD", int(text.removeprefix("dword:"), 16))
    if text.startswith("hex(b):"):
        octets = bytes.fromhex(text.removeprefix("hex(b):").replace(",", ""))
        return ("REG_QWORD", int.from_bytes(octets, "little"))
    if text.startswith('"'):
        return ("REG_SZ", _unescape(text[1:-1]))
    return ("other", text)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
