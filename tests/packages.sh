#!/bin/sh
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Install the Debian packages of packages.txt that are missing. Anybody but root is told the line to run, with exit
# status 2.
set -eu
list=$(dirname "$0")/packages.txt

is_installed() {
    dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

missing=
while read -r package; do
    case $package in '' | '#'*) continue ;; esac
    is_installed "$package" || missing="$missing $package"
done <"$list"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "make test-all needs packages of Debian. As root: apt-get install -y --no-install-recommends$missing" >&2
    exit 2
fi
# No daemon of theirs is to start: the tests start what they need, and stop it.
if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get update -qq
# shellcheck disable=SC2086  # a list of names
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
