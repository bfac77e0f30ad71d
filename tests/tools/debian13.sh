#!/bin/sh
# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run nox sessions on a copy of this checkout in a Debian 13, for releases of ansible-core that want a newer Python than
# this machine has. The Debian is made once, as root, from the mirror that apt uses here, and never written to again.
# Nothing of it runs or stays mounted after this script.
# Usage: debian13.sh FOLDER SESSION...     FOLDER is kept for the next run: the Debian, the copy, its environments
set -eu
suite=trixie
packages=python3-venv,git,make,openssh-client

make_root() {
    # shellcheck disable=SC1091  # a file of the system
    . /etc/os-release
    # shellcheck disable=SC2016  # apt's variables
    mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
        sed -n "s/^$VERSION_CODENAME //p" | head -n 1)
    rm -rf "$root.partial"
    # What debootstrap mounts is gone with the mount namespace, however it ends.
    unshare --mount debootstrap --variant=minbase --include="$packages" "$suite" "$root.partial" "$mirror" >"$root.log" ||
        { tail "$root.log" >&2 && exit 1; }
    # Where the copy and settings of this machine go. It is read-only later.
    mkdir -p "$root.partial/checkout" "$root.partial/pip-cache" "$root.partial/etc/ssl"
    touch "$root.partial/etc/pip.conf" "$root.partial/etc/resolv.conf" "$root.partial/etc/hosts"
    mv "$root.partial" "$root"
}

copy_checkout() {
    mkdir -p "$copy"
    find "$copy" -mindepth 1 -maxdepth 1 ! -name .venv ! -name .nox -exec rm -rf {} +
    git ls-files -z --cached --others --exclude-standard |
        tar --create --null --files-from=- --ignore-failed-read | tar --extract --no-same-owner --directory="$copy"
    git -C "$copy" init --quiet
}

in_debian() {
    bwrap --ro-bind "$root" / --dev /dev --proc /proc --tmpfs /tmp --tmpfs /run --unshare-pid --die-with-parent \
        --ro-bind /etc/resolv.conf /etc/resolv.conf --ro-bind /etc/hosts /etc/hosts \
        --ro-bind /etc/ssl /etc/ssl --ro-bind-try /etc/pip.conf /etc/pip.conf \
        --bind "$pip_cache" /pip-cache --setenv PIP_CACHE_DIR /pip-cache --setenv UV_CACHE_DIR /pip-cache/uv \
        --setenv HOME /tmp --setenv PATH /usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
        --bind "$copy" /checkout --chdir /checkout "$@"
}

if [ "$(id -u)" -ne 0 ]; then
    echo "A Debian 13 can be made by root only: run make test-all as root." >&2
    exit 2
fi
mkdir -p "$1"
root=$(realpath "$1")/root copy=$(realpath "$1")/checkout
shift
cd "$(dirname "$0")/../.."
pip_cache=$(.venv/bin/python -m pip cache dir)
mkdir -p "$pip_cache"
exec 9>"$root.lock"
flock 9
[ -d "$root" ] || make_root
copy_checkout
in_debian make --silent .venv
in_debian .venv/bin/python -m nox --session "$@"
