# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of each host as one readable file, in the form of `registry:` in fleet.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ..atomic import write_text
from ..registry import form as registry_form
from ..registry.interface import Registry
from ..registry.memory import MemoryRegistry
from .hosts import Host
from .options import OptionError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# One line a value, spelled and ordered as stored.
_LAYOUT: dict[str, Any] = {"default_flow_style": None, "sort_keys": False, "allow_unicode": True, "width": 1000}
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class State:
    """Files `<host>.yml` in a directory; nothing at all without one."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        if directory:
            directory.mkdir(parents=True, exist_ok=True)

    def load(self, host: Host) -> MemoryRegistry:
        """Return the state that the last run left, or else that of the fleet."""
        path = self._path(host)
        if path is None or not path.exists():
            return host.initial_registry()
        registry = MemoryRegistry()
        try:
            registry_form.apply(registry, yaml.load(path.read_text(encoding="utf-8"), _Loader) or {}, str(path))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise OptionError(f"{path}: {error}") from error
        return registry

    def save(self, host: Host, registry: Registry) -> None:
        path = self._path(host)
        if path and isinstance(registry, MemoryRegistry):  # any other is kept where it is
            form = registry_form.describe(registry)
            write_text(path, yaml.dump(form, Dumper=_Dumper, **_LAYOUT))

    def _path(self, host: Host) -> Path | None:
        return self._directory / f"{host.name}.yml" if self._directory else None
