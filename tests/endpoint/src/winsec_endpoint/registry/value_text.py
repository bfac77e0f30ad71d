# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registry data as method parameters: unsigned decimal numbers, plain text, arrays as repeated elements.

MS-WSMV 3.1.4.1.26 for arrays; unsigned decimal text is what every public StdRegProv client sends.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..wsman.faults import PARAMETER_TYPE, Fault
from .interface import Data, RegistryType, RegistryValue

_BITS = {RegistryType.REG_DWORD: 32, RegistryType.REG_QWORD: 64}
# GetExpandedStringValue expands by the environment of the service. Assumed: the values of a plain installation.
_ENVIRONMENT = {
    "%SYSTEMROOT%": r"C:\Windows",
    "%WINDIR%": r"C:\Windows",
    "%SYSTEMDRIVE%": "C:",
    "%PROGRAMFILES%": r"C:\Program Files",
}


def to_texts(value: RegistryValue) -> tuple[str, ...]:
    if isinstance(value.data, (bytes, tuple)):
        return tuple(map(str, value.data))
    return (expand(str(value.data)) if value.type is RegistryType.REG_EXPAND_SZ else str(value.data),)


def from_texts(kind: RegistryType, texts: Sequence[str]) -> Data:
    if kind in _BITS:
        return unsigned(texts[0] if texts else "", _BITS[kind])
    if kind is RegistryType.REG_BINARY:
        return bytes(unsigned(text, 8) for text in texts)
    return tuple(texts) if kind is RegistryType.REG_MULTI_SZ else "".join(texts)


def unsigned(text: str, bits: int) -> int:
    """Assumed: WinRM refuses text that is no number of the parameter's type (PARAMETER_TYPE)."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and int(digits) < 1 << bits):
        raise Fault(PARAMETER_TYPE)
    return int(digits)


def expand(text: str) -> str:
    parts = text.split("%")
    for name in {f"%{part}%" for part in parts}:
        text = text.replace(name, _ENVIRONMENT.get(name.upper(), name))
    return text
