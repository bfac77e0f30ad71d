# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Where GPOs are linked, and which of them win for a place in the domain. Pure.

Form of gPLink: ``[LDAP://dn;options]...`` (MS-GPOL 2.2.2). A client applies the domain first, then each organizational
unit from the top; later ones win, and in one container the last of the list, which consoles show as link order 1.
Enforced links are applied after all others, those of the domain last (3.2.5.1.5).
"""

from __future__ import annotations

import re
import typing as t

_LINK = re.compile(r"\[LDAP://([^;\]]*);(\d+)\]", re.IGNORECASE)
_DISABLED, _ENFORCED = 1, 2
_BLOCKS_INHERITANCE = 1


class Link(t.NamedTuple):
    """A link of a container to a GPO, by the DN of its object. ``order`` counts from 1, which wins."""

    gpo: str
    enabled: bool
    enforced: bool
    order: int


class Container(t.NamedTuple):
    """A domain, organizational unit or site, and its links in the order of the attribute."""

    dn: str
    links: tuple[Link, ...]
    blocks_inheritance: bool


def container(dn: str, links: str | None, options: int | None) -> Container:
    """Read the attributes gPLink and gPOptions of a container."""
    found = _LINK.findall(links or "")
    read = (
        Link(gpo, not int(flags) & _DISABLED, bool(int(flags) & _ENFORCED), len(found) - index)
        for index, (gpo, flags) in enumerate(found)
    )
    return Container(dn, tuple(read), bool((options or 0) & _BLOCKS_INHERITANCE))


def path_to(place: str, containers: t.Iterable[Container]) -> list[Container]:
    """Those of ``containers`` that hold a place, from the domain down; the place itself is last."""
    above = [each for each in containers if f",{place}".lower().endswith(f",{each.dn}".lower())]
    return sorted(above, key=lambda each: len(each.dn))


def applied(path: t.Sequence[Container]) -> list[str]:
    """The DNs of GPOs that apply to a place, the winner first.

    ``path`` holds the containers above it from the domain down, the place itself last.
    """
    normal: list[str] = []
    enforced: list[str] = []
    for level in path:
        if level.blocks_inheritance:
            normal.clear()
        enabled = [link for link in level.links if link.enabled]
        normal += [link.gpo for link in enabled if not link.enforced]
        enforced = [link.gpo for link in enabled if link.enforced] + enforced
    return list(dict.fromkeys(reversed(normal + enforced)))
