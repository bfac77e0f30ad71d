# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wine prefixes: each is the registry and the programs of one host. Only their own wineserver is ever stopped."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..support.programs import program
from ..support.reg_file import Values, parse, render

#: Seconds for one program. The first one of a prefix takes longest.
_TIMEOUT = 600
#: Seconds after which a wineserver ends by itself, should nobody be left to stop it.
_IDLE = 600


def system(name: str) -> str:
    """The path of a program that comes with Windows."""
    return rf"C:\windows\system32\{name}"


REG_EXE = system("reg.exe")


class Prefix:
    """One Wine prefix, used without anything of Ansible or of the collection."""

    def __init__(self, folder: Path) -> None:
        self.drive = folder / "drive_c"
        self._folder = folder
        home = folder / "home"
        self.environment = {
            # An empty home: Wine would link to the folders of the real one, and bash would read its .bashrc.
            "HOME": str(home),
            "WINEPREFIX": str(folder),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            # Neither .NET nor HTML, whose installers would be asked for, and nothing in the menus of a desktop.
            "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d",
            "WINELOADER": str(program("wine64")),
            "WINESERVER": str(program("wineserver64")),
        }

    def create(self) -> None:
        """Make the prefix. This takes long, so it is done once and cloned."""
        self._make_home()
        self.run("wineboot.exe", "--init")  # there is no path yet
        self._wineserver("-w")

    def clone(self, folder: Path) -> Prefix:
        """Make another prefix of this one, which must not be running. All files are shared, the registry is not."""
        twin = Prefix(folder)
        twin._make_home()
        shutil.copytree(self.drive, twin.drive, symlinks=True, copy_function=os.link)
        shutil.copytree(self._folder / "dosdevices", folder / "dosdevices", symlinks=True)
        for file in (*self._folder.glob("*.reg"), self._folder / ".update-timestamp"):
            shutil.copy2(file, folder)
        (twin.drive / "windows" / "temp").mkdir(exist_ok=True)
        return twin

    def start(self) -> None:
        """Keep a wineserver running: a command without one pays seconds for it."""
        self._wineserver(f"-p{_IDLE}")

    def stop(self) -> None:
        if self._folder.exists():
            self._wineserver("-k")
            self._wineserver("-w")

    def command(self, path: str, *arguments: str, locale: str = "C.UTF-8") -> list[str]:
        """A command line that runs a Windows program, in whatever environment it is started.

        By its path, because for a name alone Wine starts a program that looks for it, and takes three times as long.
        """
        variables = {"PATH": os.environ["PATH"], "LC_ALL": locale, **self.environment}
        settings = (f"{key}={value}" for key, value in variables.items())
        return ["env", "-i", *settings, self.environment["WINELOADER"], path, *arguments]

    def run(self, path: str, *arguments: str, locale: str = "C.UTF-8") -> subprocess.CompletedProcess[bytes]:
        """Run a Windows program to its end."""
        # No pipe: the first program of a prefix starts services that inherit it and never close it.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                self.command(path, *arguments, locale=locale),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_TIMEOUT,
                check=False,
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read())

    def store(self, *keys: tuple[str, Values]) -> None:
        """Have reg.exe store and remove values below HKEY_LOCAL_MACHINE, one key after the other."""
        (self.drive / "store.reg").write_bytes(render(keys))
        self._succeed(REG_EXE, "import", r"C:\store.reg")

    def stored(self, key: str) -> dict[str, Values]:
        """Have reg.exe tell what is stored in a key and below it."""
        self._succeed(REG_EXE, "export", f"HKLM\\{key}", r"C:\stored.reg", "/y")
        return parse((self.drive / "stored.reg").read_bytes())

    def _make_home(self) -> None:
        Path(self.environment["HOME"]).mkdir(parents=True)

    def _succeed(self, path: str, *arguments: str) -> None:
        done = self.run(path, *arguments)
        assert done.returncode == 0, (self._folder.name, path, arguments, done.stdout)

    def _wineserver(self, option: str) -> None:
        subprocess.run(
            [self.environment["WINESERVER"], option],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            check=False,
        )
