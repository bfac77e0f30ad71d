# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The STIGs that the rules come from, as a checklist of DISA names them. Pure data.

Source: the XCCDF files of the STIGs, as stored in microsoft/PowerStig (source/StigData/Archive and its history; the
newest that is there of each).
"""

from __future__ import annotations

import typing as t


class Stig(t.NamedTuple):
    """The newest release of a STIG that was read: the id of its XCCDF benchmark, its version, and its release."""

    id: str
    version: int
    release: str

    @property
    def release_info(self) -> str:
        """As the STIG itself says it."""
        return f"Release: {self.release}"


#: By the title that the facts have.
STIGS: t.Final[dict[str, Stig]] = {
    "Windows 7 STIG": Stig("Windows_7_STIG", 1, "27 Benchmark Date: 28 Jul 2017"),
    "Windows 8/8.1 STIG": Stig("Windows_8_STIG", 1, "21 Benchmark Date: 27 Apr 2018"),
    "Windows 10 STIG": Stig("MS_Windows_10_STIG", 3, "6 Benchmark Date: 05 Jan 2026"),
    "Windows 11 STIG": Stig("Microsoft_Windows_11_STIG", 2, "7 Benchmark Date: 01 Apr 2026"),
    "Windows Server 2008 R2 Member Server STIG": Stig("Windows_2008_R2_MS_STIG", 1, "27 Benchmark Date: 27 Jul 2018"),
    "Windows Server 2008 R2 Domain Controller STIG": Stig(
        "Windows_2008_R2_DC_STIG", 1, "27 Benchmark Date: 27 Jul 2018"
    ),
    "Windows Server 2012/2012 R2 Member Server STIG": Stig("Windows_2012_MS_STIG", 3, "4 Benchmark Date: 31 May 2022"),
    "Windows Server 2012/2012 R2 Domain Controller STIG": Stig(
        "Windows_2012_DC_STIG", 3, "4 Benchmark Date: 31 May 2022"
    ),
    "Windows Server 2016 STIG": Stig("Windows_Server_2016_STIG", 2, "10 Benchmark Date: 15 Jan 2025"),
    "Windows Server 2019 STIG": Stig("Windows_Server_2019_STIG", 3, "8 Benchmark Date: 01 Apr 2026"),
    "Windows Server 2022 STIG": Stig("MS_Windows_Server_2022_STIG", 2, "8 Benchmark Date: 01 Apr 2026"),
    "Windows Server 2025 STIG": Stig("MS_Windows_Server_2025_STIG", 1, "1 Benchmark Date: 26 Jan 2026"),
}
