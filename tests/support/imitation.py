# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Server 2008 for reg_exe.py, where Wine is not needed."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

from .expectations import LSA, MSV1_0

RELEASE = "Windows Server 2008"

#: By key and name, as reg.exe shows values.
_REGISTRY = {
    r"SOFTWARE\Microsoft\Windows NT\CurrentVersion": {
        "CurrentVersion": "REG_SZ    6.0",
        "CurrentBuildNumber": "REG_SZ    6002",
    },
    r"SYSTEM\CurrentControlSet\Control\ProductOptions": {"ProductType": "REG_SZ    ServerNT"},
    LSA: {"Bounds": "REG_BINARY    0030000000200000"},
    MSV1_0: {"NtlmMinClientSec": "REG_DWORD    0x20000000"},
}


class ImitatedRegistry:
    """A registry in a file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.write_text(json.dumps(_REGISTRY))

    @property
    def reg_exe(self) -> list[str]:
        """The command that runs as reg.exe on it."""
        return [sys.executable, "-I", str(Path(__file__).with_name("reg_exe.py")), str(self.file)]

    def values(self, key: str) -> dict[str, t.Any]:
        """Return the values of a key, by name."""
        return dict(json.loads(self.file.read_text())[key])
