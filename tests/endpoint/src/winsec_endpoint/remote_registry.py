# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registries kept by a Remote Registry service that this project did not write, such as that of Samba.

MS-RRP over the named pipe winreg, by impacket. Each host has a key of its own there, with its hives in it. What the
service refuses is refused, with its code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from .memory_registry import MemoryRegistry
from .options import OptionError
from .registry import ENUMERATE_SUB_KEYS, FILE_NOT_FOUND, HIVES, SET_VALUE, RegistryValue, Win32Error
from .value_bytes import decoded, encoded

_SECONDS = 30
_MORE_DATA, _NO_MORE_ITEMS = 234, 259  # ERROR_MORE_DATA, ERROR_NO_MORE_ITEMS: MS-RRP 3.1.5.11
_USUAL, _LONGEST = 256, 65536  # bytes of data. A request has as many, and takes its time.


@dataclass(frozen=True)
class RemoteRegistry:
    """`remote_registry:` in fleet.yml: the service, an account, and the key in which hosts are kept."""

    username: str = ""
    password: str = ""
    address: str = "127.0.0.1"
    port: int = 445
    key: str = r"SOFTWARE\winsec-endpoint"

    def registry(self, host: str, initial: MemoryRegistry) -> HostRegistry:
        """What is there already is the registry of the host. Where nothing is, it begins with `initial`."""
        found = HostRegistry(connected(self), f"{self.key}\\{host}")
        if not found.exists():
            found.fill(initial)
        return found


class Service:
    """A session with the service. Errors of calls become Win32Error."""

    def __init__(self, remote: RemoteRegistry) -> None:
        try:
            from impacket.dcerpc.v5 import rrp, transport
            from impacket.smb3structs import SMB2_DIALECT_002
            from impacket.smbconnection import SessionError
        except ImportError as error:
            raise OptionError("remote_registry needs impacket: install it") from error
        self.rrp: Any = rrp
        pipe = transport.DCERPCTransportFactory(rf"ncacn_np:{remote.address}[\pipe\winreg]")
        pipe.set_dport(remote.port)
        pipe.set_connect_timeout(_SECONDS)
        pipe.set_credentials(remote.username, remote.password)
        pipe.preferred_dialect(SMB2_DIALECT_002)  # later ones sign messages, and take twice as long in Python
        self._session = pipe.get_dce_rpc()
        try:
            self._session.connect()
        except SessionError as error:
            raise ConnectionError(f"remote_registry at {remote.address}:{remote.port}: {error}") from error
        self._session.bind(rrp.MSRPC_UUID_RRP)
        self.local_machine = self.call(rrp.hOpenLocalMachine)["phKey"]

    def call(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call one of impacket's functions for a method of MS-RRP."""
        from impacket.dcerpc.v5.rpcrt import DCERPCException

        try:
            return function(self._session, *arguments, **options)
        except DCERPCException as error:
            code = error.get_error_code()  # none, where the request itself was not understood
            if code is None:
                raise
            raise Win32Error(code) from error

    def send(self, request: Any) -> Any:
        return self.call(lambda session: session.request(request))


connected = cache(Service)


class RemoteKey:
    """An open key."""

    def __init__(self, service: Service, handle: Any) -> None:
        self._service = service
        self._handle = handle

    def get(self, name: str) -> RegistryValue:
        """MS-RRP 3.1.5.17: offer little room for the data, and more where it does not suffice."""
        try:
            answer = self._query(name, _USUAL)
        except Win32Error as error:
            if error.code != _MORE_DATA:
                raise
            answer = self._query(name, _LONGEST)
        return decoded(answer["lpType"], b"".join(answer["lpData"]))

    def _query(self, name: str, room: int) -> Any:
        request = self._service.rrp.BaseRegQueryValue()
        request["hKey"], request["lpValueName"] = self._handle, f"{name}\0"
        request["lpData"], request["lpcbData"], request["lpcbLen"] = bytes(room), room, room
        return self._service.send(request)

    def set(self, name: str, value: RegistryValue) -> None:
        """MS-RRP 3.1.5.22."""
        data = encoded(value)
        request = self._service.rrp.BaseRegSetValue()
        request["hKey"], request["lpValueName"] = self._handle, f"{name}\0"
        request["dwType"], request["lpData"], request["cbData"] = int(value.type), data, len(data)
        self._service.send(request)

    def delete(self, name: str) -> None:
        self._service.call(self._service.rrp.hBaseRegDeleteValue, self._handle, f"{name}\0")

    def types(self) -> list[tuple[str, int]]:
        found = self._all(self._service.rrp.hBaseRegEnumValue)
        return [(_text(item["lpValueNameOut"]), item["lpType"]) for item in found]

    def subkeys(self) -> list[str]:
        return [_text(item["lpNameOut"]) for item in self._all(self._service.rrp.hBaseRegEnumKey)]

    def _all(self, function: Callable[..., Any], **options: Any) -> Iterator[Any]:
        index = 0
        while True:
            try:
                yield self._service.call(function, self._handle, index, **options)
            except Win32Error as error:
                if error.code == _NO_MORE_ITEMS:
                    return
                raise
            index += 1


class HostRegistry:
    """The registry of one host: its hives are subkeys of a key of its own."""

    def __init__(self, service: Service, root: str) -> None:
        self._service = service
        self._root = root

    @contextmanager
    def open(self, path: str, rights: int) -> Iterator[RemoteKey]:
        with self._opened(f"{self._root}\\{path}", rights) as key:
            yield key

    def create_key(self, path: str) -> None:
        """MS-RRP 3.1.5.7: with every missing ancestor."""
        name = f"{self._root}\\{path}\0"
        made = self._service.call(self._service.rrp.hBaseRegCreateKey, self._service.local_machine, name)
        self._close(made["phkResult"])

    def delete_key(self, path: str) -> None:
        name = f"{self._root}\\{path}\0"
        self._service.call(self._service.rrp.hBaseRegDeleteKey, self._service.local_machine, name)

    def exists(self) -> bool:
        try:
            with self._opened(self._root, ENUMERATE_SUB_KEYS):
                return True
        except Win32Error as error:
            if error.code == FILE_NOT_FOUND:
                return False
            raise

    def fill(self, source: MemoryRegistry) -> None:
        for hive in HIVES.values():
            self.create_key(hive)
        for key in source:
            self.create_key(key.path)
            with self.open(key.path, SET_VALUE) as filled:
                for name, value in key.values.values():
                    filled.set(name, value)

    @contextmanager
    def _opened(self, name: str, rights: int) -> Iterator[RemoteKey]:
        rrp, root = self._service.rrp, self._service.local_machine
        handle = self._service.call(rrp.hBaseRegOpenKey, root, f"{name}\0", samDesired=rights)["phkResult"]
        try:
            yield RemoteKey(self._service, handle)
        finally:
            self._close(handle)

    def _close(self, handle: Any) -> None:
        self._service.call(self._service.rrp.hBaseRegCloseKey, handle)


def _text(name: str) -> str:
    return name.rstrip("\0")
