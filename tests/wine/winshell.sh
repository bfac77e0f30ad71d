#!/bin/sh
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run one command line in cmd.exe, as OpenSSH for Windows does unless told otherwise. This is what sshd runs for a host
# of the suite, in the environment of its Wine prefix.
# Usage: winshell.sh LOG

printf '%s\n' "$SSH_ORIGINAL_COMMAND" >>"$1"
# A batch file, because Wine would write quotes inside an argument as \", which cmd.exe does not know.
folder=$WINEPREFIX/drive_c/windows/temp/ssh.$$
mkdir "$folder" || exit 255
printf '@echo off\r\n%s\r\n' "$SSH_ORIGINAL_COMMAND" >"$folder/line.cmd"
"$WINELOADER" cmd.exe /c "C:\\windows\\temp\\ssh.$$\\line.cmd"
status=$?
rm -rf "$folder"
exit "$status"
