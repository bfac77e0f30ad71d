# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command: `winsec-endpoint --fleet fleet.yml --inventory OUT`."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from pathlib import Path

from .detach import AlreadyRunning, Ready, detached
from .fleet import hosts as fleet
from .fleet.options import OptionError
from .run import Settings, run

_UNITS = {"s": 1, "m": 60, "h": 3600}
_USAGE_ERROR = 2


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.detach and not options.pid_file:
        parser.error("--detach needs --pid-file")
    try:
        hosts = fleet.load(options.fleet, options.connection)
    except OptionError as error:
        print(f"winsec-endpoint: {error}", file=sys.stderr)
        return _USAGE_ERROR
    try:
        return _start(hosts, options)
    except (OSError, AlreadyRunning, OptionError) as error:
        print(f"winsec-endpoint: {error}", file=sys.stderr)
        return 1


def _start(hosts: list[fleet.Host], options: argparse.Namespace) -> int:
    settings = Settings(
        inventory=options.inventory,
        state=options.state,
        log=options.log,
        idle_exit=options.idle_exit,
        parent=None if options.detach else os.getppid(),
    )

    def serve(ready: Ready) -> None:
        asyncio.run(run(hosts, settings, ready))

    if not options.detach:
        serve(lambda: print(f"{len(hosts)} hosts ready: {options.inventory}", flush=True))
        return 0
    failure = detached(options.pid_file, serve)
    if failure:
        print(f"winsec-endpoint: {failure}", file=sys.stderr)
    return 1 if failure else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="winsec-endpoint",
        description="Looks like a fleet of Windows hosts to WS-Management clients. No PowerShell runs here.",
    )
    add = parser.add_argument
    add("--fleet", type=_path, required=True, metavar="FILE", help="the hosts: see README.md")
    add("--inventory", type=_path, required=True, metavar="OUT", help="Ansible inventory, written when all listen")
    add("--connection", choices=("winrm", "psrp"), help="override the connection of every host")
    add("--state", type=_path, metavar="DIR", help="keep each registry in DIR/<host>.yml, across restarts")
    add("--log", type=_path, metavar="FILE", help="append one JSON line for each request")
    add("--idle-exit", type=_duration, metavar="TIME", help="end after this time without requests: 90s, 30m, 1h")
    add("--detach", action="store_true", help="serve in the background; return when ready")
    add("--pid-file", type=_path, metavar="FILE", help="with --detach: where to write the process id")
    return parser


def _path(text: str) -> Path:
    """Absolute, because a detached endpoint leaves the working directory."""
    return Path(text).absolute()


def _duration(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"expected a time such as 90s, 30m or 1h, got {text!r}")
    return float(found[1]) * _UNITS[found[2] or "s"]
