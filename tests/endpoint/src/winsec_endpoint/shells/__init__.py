# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remote shells in which one program runs: reg.exe. MS-WSMV and MS-PSRP.

`lifecycle` is the shell of WS-Management, `wire` its XML, `output` what waits to be received. Inside
it is `cmd` (what pywinrm talks to) or `runspace_pool` (pypsrp). Both run a script of `powershell`, by `reg_exe`.
"""
