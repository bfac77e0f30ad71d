#!/bin/sh
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Name what this machine lacks, with the line that installs it on Debian and Ubuntu. Exit status 2 if anything is missing.
# Usage: prerequisites.sh [PYTHON]

python=${1:-python3}
packages=

lacks() {
    echo "missing: $1" >&2
    packages="$packages $2"
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

newer_python() {
    for candidate in python3.13 python3.12 python3.11; do
        is_new_enough "$candidate" && echo "$candidate" && return
    done
}

command -v git >/dev/null || lacks git git
command -v make >/dev/null || lacks make make
if ! is_new_enough "$python"; then
    found=$("$python" --version 2>/dev/null) || found=none
    lacks "Python 3.11 or later ($python is: $found)" "python3 python3-venv"
    newer=$(newer_python)
    [ -z "$newer" ] || echo "         but $newer is here: add PYTHON=$newer to the command" >&2
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("{}.{}".format(*sys.version_info))')
    lacks "venv and ensurepip of $python" "python$version-venv"
fi

if [ -n "$packages" ]; then
    echo "install: apt-get install$packages" >&2
    exit 2
fi
