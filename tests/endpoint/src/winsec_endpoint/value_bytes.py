# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registry data as bytes: learn.microsoft.com, "Registry Value Types"."""

from __future__ import annotations

from .registry import RegistryType, RegistryValue

_SIZES = {RegistryType.REG_DWORD: 4, RegistryType.REG_QWORD: 8}
_TEXTS = (RegistryType.REG_SZ, RegistryType.REG_EXPAND_SZ)


def encoded(value: RegistryValue) -> bytes:
    if isinstance(value.data, int):
        return value.data.to_bytes(_SIZES[value.type], "little")
    if isinstance(value.data, bytes):
        return value.data
    texts = (value.data,) if isinstance(value.data, str) else (*value.data, "")
    return "".join(f"{text}\0" for text in texts).encode("utf-16-le")


def decoded(number: int, data: bytes) -> RegistryValue:
    kind = RegistryType(number)
    if kind in _SIZES:
        return RegistryValue(kind, int.from_bytes(data, "little"))
    if kind in _TEXTS:
        return RegistryValue(kind, data.decode("utf-16-le").rstrip("\0"))
    if kind is RegistryType.REG_MULTI_SZ:
        return RegistryValue(kind, tuple(data.decode("utf-16-le").removesuffix("\0").split("\0")[:-1]))
    return RegistryValue(kind, data)
