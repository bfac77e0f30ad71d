# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet.yml as YAML whose keys are texts: YAML 1.1 takes `on`, `no` and `01` for something else."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

_TEXT = "tag:yaml.org,2002:str"


def read(text: str) -> Any:
    """Raises YAMLError, also for a key that is not a text."""
    return yaml.load(text, _TextKeys)  # a SafeLoader


class _TextKeys(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self.flatten_mapping(node)
        for key, _ in node.value:
            if key.tag != _TEXT:
                shown = key.value if isinstance(key, yaml.ScalarNode) else "that is a list or a mapping"
                line = key.start_mark.line + 1
                raise yaml.YAMLError(f"line {line}: YAML does not take the key {shown} for text: put it in quotes")
        return super().construct_mapping(node, deep)
