# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that suites of ``make test-all`` need, and the Debian packages that have them.

Usage: programs.py SUITE...     names what is missing, with exit status 2
       programs.py              lists the packages that any suite lacks
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import typing as t
from pathlib import Path

#: Debian's folder for the libraries of this machine.
_LIBRARIES = f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}"

#: By suite: Debian's package of each program, or of a file.
PACKAGES: dict[str, dict[str, str]] = {
    "wine": {
        "wine64": "wine64",
        "wineserver64": "wine64",
        # Without it about one of a thousand processes finds an address taken that Wine needs, and does not start.
        "wine64-preloader": "wine64-preloader",
        "sshd": "openssh-server",
        "ssh": "openssh-client",
        "ssh-keygen": "openssh-client",
        "sshpass": "sshpass",  # for passwords up to ansible-core 2.18
        "setpriv": "util-linux",
    },
    "debian13": {"debootstrap": "debootstrap", "bwrap": "bubblewrap"},
    "kerberos": {
        "krb5kdc": "krb5-kdc",
        "kdb5_util": "krb5-kdc",
        "kadmin.local": "krb5-admin-server",
        "kinit": "krb5-user",
        "setpriv": "util-linux",
        # These build the Python libraries, which come as source.
        "krb5-config": "libkrb5-dev",
        "gcc": "gcc",
        str(Path(sysconfig.get_path("include"), "Python.h")): "python3-dev",
    },
    "domain_controller": {
        "samba": "samba",
        "samba-tool": "samba-common-bin",
        "ldbmodify": "ldb-tools",
        "winbindd": "winbind",
        "setpriv": "util-linux",
        "kinit": "krb5-user",
        "/usr/share/samba/setup/provision.ldif": "samba-ad-provision",
        f"{_LIBRARIES}/samba/ldb/samldb.so": "samba-dsdb-modules",
        f"{_LIBRARIES}/samba/vfs/xattr_tdb.so": "samba-vfs-modules",
        # Names for addresses, for programs that preload it.
        f"{_LIBRARIES}/libnss_wrapper.so": "libnss-wrapper",
        # These build python-ldap and what speaks Kerberos, and let LDAP use it.
        "/usr/include/ldap.h": "libldap-dev",
        "/usr/include/sasl/sasl.h": "libsasl2-dev",
        f"{_LIBRARIES}/sasl2/libgssapiv2.so": "libsasl2-modules-gssapi-mit",
        "krb5-config": "libkrb5-dev",
        "gcc": "gcc",
        str(Path(sysconfig.get_path("include"), "Python.h")): "python3-dev",
    },
    "site": {"chromium": "chromium", "chromedriver": "chromium-driver"},
    "report": {
        "chromium": "chromium",
        "chromedriver": "chromium-driver",
        "node": "nodejs",
        "npm": "npm",
        "/usr/share/openscap/schemas/xccdf/1.2/xccdf_1.2.xsd": "openscap-common",
    },
}
#: Where Debian has them. Its command ``wine`` is a script that complains about missing 32-bit parts.
_FOLDERS = ("/usr/lib/wine", "/usr/sbin")


def program(name: str) -> Path:
    if found := _find(name):
        return Path(found)
    package = next(packages[name] for packages in PACKAGES.values() if name in packages)
    raise FileNotFoundError(f"the program {name} is missing. Install {package}")


def run_program(name: str, *arguments: str, environment: dict[str, str], given: str = "") -> str:
    """Run a program with more variables than ours, and return what it prints. One that fails says why."""
    done = subprocess.run(
        [str(program(name)), *arguments],
        env={**os.environ, **environment},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} {arguments} failed: {done.stdout}{done.stderr}")
    return done.stdout


def complaint(*suites: str) -> str:
    """Return the missing programs and how to install them; empty if none is missing."""
    needed = {name: package for suite in suites for name, package in PACKAGES[suite].items()}
    absent = {name: package for name, package in needed.items() if not _find(name)}
    if not absent:
        return ""
    packages = " ".join(dict.fromkeys(absent.values()))
    return f"missing: {', '.join(absent)}. As root: apt-get install -y --no-install-recommends {packages}"


def _find(name: str) -> str | None:
    if os.path.isabs(name):
        return name if os.path.exists(name) else None
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *_FOLDERS]))


def main(suites: t.Sequence[str]) -> int:
    if not suites:
        # A program may come from elsewhere, in which case Debian's package of it may not be installable beside it.
        needed = {name: package for packages in PACKAGES.values() for name, package in packages.items()}
        print("\n".join(sorted({package for name, package in needed.items() if not _find(name)})))
        return 0
    if found := complaint(*suites):
        print(found, file=sys.stderr)
    return 2 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
