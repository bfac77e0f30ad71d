# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registry in memory: names case-insensitive, stored spelling kept.

Case rules: learn.microsoft.com "Registry Element Size Limits" and "Structure of the Registry".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from .interface import ACCESS_DENIED, FILE_NOT_FOUND, HIVES, RegistryValue, Win32Error


@dataclass
class MemoryKey:
    """One key: its path as stored; what is in it by folded name."""

    path: str
    values: dict[str, tuple[str, RegistryValue]] = field(default_factory=dict)
    children: dict[str, MemoryKey] = field(default_factory=dict)

    def __iter__(self) -> Iterator[MemoryKey]:
        """This key and all below it."""
        yield self
        for child in self.children.values():
            yield from child

    def get(self, name: str) -> RegistryValue:
        return self._stored(name)[1]

    def set(self, name: str, value: RegistryValue) -> None:
        """A value that exists keeps the spelling it was created with, as in Wine. Samba takes the new one."""
        stored = self.values.get(name.upper(), (name, value))[0]
        self.values[name.upper()] = (stored, value)

    def delete(self, name: str) -> None:
        self._stored(name)
        del self.values[name.upper()]

    def types(self) -> list[tuple[str, int]]:
        return [(name, int(value.type)) for name, value in self.values.values()]

    def subkeys(self) -> list[str]:
        """In the order they were created."""
        return [child.path.rpartition("\\")[2] for child in self.children.values()]

    def _stored(self, name: str) -> tuple[str, RegistryValue]:
        if name.upper() not in self.values:
            raise Win32Error(FILE_NOT_FOUND)
        return self.values[name.upper()]


class MemoryRegistry:
    """All hives of one host. Everything is allowed."""

    def __init__(self) -> None:
        self._hives = {hive: MemoryKey(hive) for hive in HIVES.values()}

    def __iter__(self) -> Iterator[MemoryKey]:
        for hive in self._hives.values():
            yield from hive

    def open(self, path: str, rights: int) -> AbstractContextManager[MemoryKey]:
        del rights
        return nullcontext(self.key(path))

    def create_key(self, path: str) -> None:
        self.created(path)

    def delete_key(self, path: str) -> None:
        """RegDeleteKey refuses a key that has subkeys (learn.microsoft.com); with 5, as Samba does."""
        if self.key(path).children:
            raise Win32Error(ACCESS_DENIED)
        self.remove(path)

    def key(self, path: str) -> MemoryKey:
        hive, *names = path.split("\\")
        key = self._hives[hive]
        for name in names:
            if name.upper() not in key.children:
                raise Win32Error(FILE_NOT_FOUND)
            key = key.children[name.upper()]
        return key

    def created(self, path: str) -> MemoryKey:
        """The key, made with every missing ancestor where it is missing."""
        hive, *names = path.split("\\")
        key = self._hives[hive]
        for name in names:
            key = key.children.setdefault(name.upper(), MemoryKey(f"{key.path}\\{name}"))
        return key

    def remove(self, path: str) -> None:
        """The key with everything below it."""
        parent, _, name = path.rpartition("\\")
        self.key(path)
        del self.key(parent).children[name.upper()]
