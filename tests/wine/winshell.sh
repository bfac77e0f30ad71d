#!/bin/sh
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run one command line in cmd.exe, as OpenSSH for Windows does unless told otherwise. This is what sshd runs for a host
# of the suite, in the environment of its Wine prefix. A stand-in for PowerShell, which Wine does not have, knows literal
# strings and ';' and nothing else; README.md says what it takes after.
# Usage: winshell.sh LOG cmd|powershell [old]      old: reg.exe does not know /reg:64

printf '%s\n' "$SSH_ORIGINAL_COMMAND" >>"$1"
line=$SSH_ORIGINAL_COMMAND
if [ "$2" = powershell ]; then
    case $line in
        *'&'*)
            echo 'The ampersand (&) character is not allowed.' >&2
            exit 1
            ;;
    esac
    line=$(printf '%s' "$line" | sed "s/\"//g; s/'/\"/g; s/; */\r\n/g")
fi
if [ "$3" = old ]; then
    line=$(printf '%s' "$line" | sed 's|query "[^"]*"\( /v [A-Za-z0-9]*\)* /reg:64|query /reg:64|g')
fi
# A batch file, because Wine would write quotes inside an argument as \", which cmd.exe does not know.
folder=$WINEPREFIX/drive_c/windows/temp/ssh.$$
mkdir "$folder" || exit 255
printf '@echo off\r\n%s\r\n' "$line" >"$folder/line.cmd"
"$WINELOADER" 'C:\windows\system32\cmd.exe' /c "C:\\windows\\temp\\ssh.$$\\line.cmd"
status=$?
rm -rf "$folder"
if [ "$2" = powershell ] && [ "$status" -ne 0 ]; then
    status=1
fi
exit "$status"
