# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of a plain installation around the Lsa key.

The two keys exist on every Windows since 2000. Assumed: the values in them; the endpoint gives none a meaning.
"""

from __future__ import annotations

from typing import Any

_LSA = r"SYSTEM\CurrentControlSet\Control\Lsa"

PLAIN_REGISTRY: dict[str, dict[str, Any]] = {
    _LSA: {
        "Authentication Packages": {"type": "REG_MULTI_SZ", "data": ["msv1_0"]},
        "Bounds": {"type": "REG_BINARY", "data": [0, 48, 0, 0, 0, 32, 0, 0]},
        "LimitBlankPasswordUse": {"type": "REG_DWORD", "data": 1},
        "NoLmHash": {"type": "REG_DWORD", "data": 1},
        "Notification Packages": {"type": "REG_MULTI_SZ", "data": ["scecli"]},
        "restrictanonymous": {"type": "REG_DWORD", "data": 0},
        "Security Packages": {"type": "REG_MULTI_SZ", "data": [""]},
    },
    rf"{_LSA}\MSV1_0": {
        "Auth132": {"type": "REG_SZ", "data": "IISSUBA"},
        "NtlmMinClientSec": {"type": "REG_DWORD", "data": 0x20000000},
        "NtlmMinServerSec": {"type": "REG_DWORD", "data": 0x20000000},
    },
    r"SOFTWARE\Microsoft\Windows NT\CurrentVersion": {
        "SystemRoot": {"type": "REG_EXPAND_SZ", "data": r"%SystemDrive%\Windows"},
    },
}
