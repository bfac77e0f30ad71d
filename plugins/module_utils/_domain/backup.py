# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""A copy of what a change replaces: both files of a GPO byte by byte, and the attributes of its object."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

from .._group_policy import gpt_ini, template
from .._group_policy.errors import GroupPolicyError
from .._group_policy.plan import Found


def back_up(folder: str, found: Found) -> str:
    """Write a copy into a new folder below ``folder`` that only the user can read; return its path.

    Raises:
        GroupPolicyError: that failed.
    """
    try:
        target = _new_folder(Path(folder), f"{found.gpo.guid}-{time.strftime('%Y%m%dT%H%M%S')}")
        for name, file in ((template.FILE_NAME, found.template), (gpt_ini.FILE_NAME, found.gpt_ini)):
            if file.data is not None:
                (target / name).write_bytes(file.data)
        (target / "attributes.json").write_text(json.dumps(_attributes(found), indent=2) + "\n", encoding="utf-8")
    except OSError as exc:
        raise GroupPolicyError(
            f"The backup in {folder} could not be written: {exc.strerror}",
            "Set backup to a folder that can be written.",
        ) from None
    return str(target)


def _new_folder(parent: Path, name: str) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        target = parent / (name if number == 1 else f"{name}-{number}")
        try:
            target.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return target
    raise AssertionError  # count has no end


def _attributes(found: Found) -> dict[str, str | int | None]:
    """The attributes that a change replaces, under their names in the directory."""
    gpo = found.gpo
    return {
        "distinguishedName": gpo.dn,
        "displayName": gpo.name,
        "versionNumber": gpo.version,
        "gPCMachineExtensionNames": gpo.extensions,
    }
