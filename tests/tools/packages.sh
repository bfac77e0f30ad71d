#!/bin/sh
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Install the Debian packages that are missing, of those named. Anybody but root is told the line to run, with exit
# status 2.
# Usage: packages.sh PACKAGE...
set -eu

is_installed() {
    dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

missing=
for package; do
    is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Packages of Debian are missing. As root: apt-get install -y --no-install-recommends$missing" >&2
    exit 2
fi
# Two runs at once take turns: apt's own locks make the second one fail.
exec 9>/run/lock/winsec-lsa-packages
flock 9
# No daemon of theirs is to start: the tests start what they need, and stop it.
if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
fi
start=$(date +%s)
# Debian's own updates in the background may hold the locks.
apt-get update -qq || { sleep 30 && apt-get update -qq; }
# shellcheck disable=SC2086  # a list of names
DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends $missing
echo "Packages of Debian: $(($(date +%s) - start)) s"
