# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw what the audit costs by the size of the fleet into the guide on fleets, from the table in README.md here.

Usage: python -m tests.benchmarks.plot [--check]     With --check nothing is written, and an outdated picture fails.
"""

from __future__ import annotations

import math
import re
import sys
import typing as t
from pathlib import Path

FIGURES = Path(__file__).with_name("README.md")
PICTURE = Path(__file__).parents[2] / "docs" / "docsite" / "rst" / "images" / "audit_cost.svg"

_ROW = re.compile(r"^\| audit, ([\d,]+) hosts \| ([\d.]+) s, ([\d.]+) ms of CPU a host", re.MULTILINE)
_FLOOR = re.compile(r"^\| `assert`, [\d,]+ hosts, winrm \| ([\d.]+) ms", re.MULTILINE)

WIDTH, LEFT, RIGHT, HEIGHT, TOP = 640, 70, 615, 190, 56
PANEL = TOP + HEIGHT + 54

BEGIN = """\
<?xml version="1.0" encoding="UTF-8"?>
<!--
Copyright (c) 2026, the winsec.lsa contributors
GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

Drawn by tests/benchmarks/plot.py.
-->
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="'DejaVu Sans', Arial, sans-serif" \
font-size="17" fill="#1a1a2e" role="img">
  <title>What the audit costs by the number of hosts</title>
  <!-- White of its own, so that it can be read on a dark page too. -->
  <rect width="{width}" height="{height}" rx="10" fill="#ffffff"/>
"""


class Size(t.NamedTuple):
    """The cost of an audit of so many hosts: seconds, and milliseconds of CPU for each host."""

    hosts: int
    wall: float
    cpu: float


def sizes(text: str) -> list[Size]:
    return [Size(int(hosts.replace(",", "")), float(wall), float(cpu)) for hosts, wall, cpu in _ROW.findall(text)]


def panel(number: int, title: str, unit: str, points: t.Mapping[int, float], level: tuple[str, float] | None) -> str:
    """One curve over the number of hosts. Both axes are logarithmic; ``level`` is a dashed line with a name."""
    values = [*points.values(), *([level[1]] if level else [])]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = (math.log10(end(points)) for end in (min, max))
    bottom = number * PANEL + TOP + HEIGHT

    def x(hosts: float) -> float:
        return LEFT + 20 + (RIGHT - LEFT - 40) * (math.log10(hosts) - first) / (last - first)

    def y(value: float) -> float:
        return bottom - HEIGHT * (math.log10(value) - low) / (high - low)

    lines = [f'<text x="20" y="{number * PANEL + 32}" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        height = y(10.0**power)
        lines.append(f'<path d="M{LEFT} {height:.0f} H{RIGHT}" stroke="#d5d9de"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{height + 6:.0f}" text-anchor="end">{10.0**power:,.4g}</text>')
    if level:
        lines.append(f'<path d="M{LEFT} {y(level[1]):.0f} H{RIGHT}" stroke="#8a4b08" stroke-dasharray="7 5"/>')
        text = f"{level[0]}: {level[1]:g} {unit}"
        lines.append(
            f'<text x="{RIGHT}" y="{y(level[1]) - 8:.0f}" text-anchor="end" fill="#8a4b08" font-size="15">{text}</text>'
        )
    way = " L".join(f"{x(hosts):.0f} {y(value):.0f}" for hosts, value in points.items())
    lines.append(f'<path d="M{way}" fill="none" stroke="#2f6db5" stroke-width="3"/>')
    before = None
    for hosts, value in points.items():
        # Beside the curve, and with white around it where a line runs through.
        anchor = "middle" if before is None else "start" if before > value else "end"
        before = value
        lines.append(f'<circle cx="{x(hosts):.0f}" cy="{y(value):.0f}" r="5" fill="#2f6db5"/>')
        lines.append(
            f'<text x="{x(hosts):.0f}" y="{y(value) - 13:.0f}" text-anchor="{anchor}" font-weight="bold" '
            f'stroke="#ffffff" stroke-width="5" paint-order="stroke">{value:g} {unit}</text>'
        )
        lines.append(f'<text x="{x(hosts):.0f}" y="{bottom + 26}" text-anchor="middle">{hosts:,}</text>')
    lines.append(f'<text x="{RIGHT}" y="{bottom + 46}" text-anchor="end" font-size="15">hosts</text>')
    return "".join(f"  {line}\n" for line in lines)


def picture(text: str) -> str:
    """The picture of the figures in a table."""
    found, floor = sizes(text), float(_FLOOR.findall(text)[0])
    cpu = {size.hosts: size.cpu for size in found}
    wall = {size.hosts: size.wall for size in found}
    panels = (
        panel(0, "CPU time of the controller for each host", "ms", cpu, ("one assert task by Ansible", floor)),
        panel(1, "From the start to the end", "s", wall, None),
    )
    return f"{BEGIN.format(width=WIDTH, height=2 * PANEL)}{''.join(panels)}</svg>\n"


if __name__ == "__main__":
    drawn = picture(FIGURES.read_text(encoding="utf-8"))
    if "--check" not in sys.argv:
        PICTURE.write_text(drawn, encoding="utf-8")
    elif PICTURE.read_text(encoding="utf-8") != drawn:
        sys.exit(f"{PICTURE.name} is not of these figures. Run: .venv/bin/python -m tests.benchmarks.plot")
