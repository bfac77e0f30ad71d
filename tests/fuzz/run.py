# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fuzz the readers of foreign data, guided by coverage, with atheris (libFuzzer).

``python -m tests.fuzz.run [--runs=N | --seconds=N] [READER...]``

Each reader has a process of its own. A defect ends it: an error that it does not document, more than a second of CPU
time for one input, or memory without end. Its input is kept in tests/fuzz/found/READER, where the unit tests read it.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

from ..support.importable import link_checkout

ROOT = Path(__file__).parents[2]
SECONDS_PER_INPUT = 1.0
MEGABYTES = 1024


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--runs", type=int, default=0)
    arguments.add_argument("--seconds", type=int, default=6)
    arguments.add_argument("--only", help=argparse.SUPPRESS)
    arguments.add_argument("readers", nargs="*")
    options, rest = arguments.parse_known_args()
    if options.only:
        _fuzz(options.only, rest)
    link_checkout()
    from .readers import READERS

    # The short form begins with the same inputs each time: a gate must not fail by chance.
    limit = [f"-runs={options.runs}"] if options.runs else [f"-max_total_time={options.seconds}", "-seed=1"]
    return 1 if [name for name in options.readers or READERS if not _run(name, limit)] else 0


def _run(name: str, limit: list[str]) -> bool:
    """Fuzz one reader and say what came of it."""
    found = ROOT / "tests" / "fuzz" / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.run", f"--only={name}", *limit, f"-artifact_prefix={found}/"]
    # Time is measured in the reader, where other work of the machine does not count.
    command += [
        "-timeout=600",
        "-report_slow_units=600",
        f"-rss_limit_mb={MEGABYTES}",
        "-max_len=4096",
        "-print_final_stats=1",
    ]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    numbers = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stdout))
    print(
        f"{name:<18} {numbers.get('number_of_executed_units', '?'):>8} inputs, "
        f"{numbers.get('peak_rss_mb', '?')} MB{'' if done.returncode == 0 else ': a defect'}",
        flush=True,
    )
    if done.returncode:
        print(done.stdout[-3000:])
    if not any(found.iterdir()):
        found.rmdir()
    return done.returncode == 0


def _fuzz(name: str, options: list[str]) -> None:
    """In a process of its own, which libFuzzer ends."""
    import tempfile

    import atheris  # type: ignore[import-untyped]  # it has no types

    link_checkout()
    with atheris.instrument_imports(include=["ansible_collections.winsec.lsa.plugins"]):
        from .readers import READERS
    reader = READERS[name]
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(reader.seeds):
            (Path(corpus) / str(number)).write_bytes(seed)

        def read(data: bytes) -> None:
            started = time.process_time()
            reader.try_to_read(data)
            if (seconds := time.process_time() - started) > SECONDS_PER_INPUT:
                raise TimeoutError(f"{seconds:.1f} s for one input")

        atheris.Setup([sys.argv[0], *options, corpus], read)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
