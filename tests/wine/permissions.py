# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permissions of registry keys that really deny.

No program in Wine 8 sets them (regini.exe and secedit.exe are empty there), and a cross compiler takes 350 MB. So the
program that does it is written here, instruction by instruction: RegOpenKeyExA, RegSetKeySecurity, ExitProcess. It is a
PE file of one section (learn.microsoft.com, "PE Format"); the descriptor in it is self-relative ([MS-DTYP] 2.4.6).
The permissions are in the wineserver's memory only, and end with it.
"""

from __future__ import annotations

import struct
import typing as t

_IMPORTS = {"ADVAPI32.dll": ("RegOpenKeyExA", "RegSetKeySecurity"), "KERNEL32.dll": ("ExitProcess",)}
_SECTION = 0x1000  # where the one section lies in memory
_PAGE, _SECTOR = 0x1000, 0x200  # alignment in memory and in the file


def _sid(authority: int, *parts: int) -> bytes:
    return struct.pack(">BBHI", 1, len(parts), 0, authority) + struct.pack(f"<{len(parts)}I", *parts)


_EVERYONE, _ADMINISTRATORS = _sid(1, 0), _sid(5, 32, 544)
_KEY_ALL_ACCESS, _KEY_READ, _READ_CONTROL_AND_WRITE_DAC = 0xF003F, 0x20019, 0x60000

#: Who may do what. Administrators may always set the permissions again.
Access: t.TypeAlias = t.Literal["full", "read", "none"]
_ALLOWED: dict[Access, tuple[tuple[int, bytes], ...]] = {
    "full": ((_KEY_ALL_ACCESS, _EVERYONE),),
    "read": ((_KEY_READ, _EVERYONE), (_READ_CONTROL_AND_WRITE_DAC, _ADMINISTRATORS)),
    "none": ((_READ_CONTROL_AND_WRITE_DAC, _ADMINISTRATORS),),
}


def _descriptor(access: Access) -> bytes:
    """A security descriptor with nothing but a list of what is allowed."""
    entries = b"".join(struct.pack("<BBHI", 0, 0, 8 + len(sid), mask) + sid for mask, sid in _ALLOWED[access])
    header = struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 20)  # SE_SELF_RELATIVE, SE_DACL_PRESENT; DACL at 20
    return header + struct.pack("<BBHHH", 2, 0, 8 + len(entries), len(_ALLOWED[access]), 0) + entries


class _Section:
    """Code and data, each known by its address relative to the start of the image."""

    def __init__(self) -> None:
        self.content = bytearray()

    def put(self, data: bytes, alignment: int = 8) -> int:
        self.content += bytes(-len(self.content) % alignment)
        address = _SECTION + len(self.content)
        self.content += data
        return address

    def imports(self) -> tuple[dict[str, int], int]:
        """Write the import table; return where the loader puts the address of each function, and the table."""
        functions, table = {}, b""
        for library, names in _IMPORTS.items():
            hints = [self.put(b"\0\0" + name.encode() + b"\0", 2) for name in names]
            addresses = self.put(struct.pack(f"<{len(hints) + 1}Q", *hints, 0))
            functions.update({name: addresses + 8 * i for i, name in enumerate(names)})
            table += struct.pack("<5I", 0, 0, 0, self.put(library.encode() + b"\0"), addresses)
        return functions, self.put(table + bytes(20))

    def code(self, *instructions: tuple[str, int | None]) -> int:
        """Write instructions: hexadecimal digits, and what they refer to, relative to the end of the instruction."""
        start = self.put(b"", 16)
        for digits, target in instructions:
            self.content += bytes.fromhex(digits)
            if target is not None:
                self.content += struct.pack("<i", target - (_SECTION + len(self.content) + 4))
        return start


def setter(key: str, access: Access) -> bytes:
    """A program that sets the permissions of a key below HKEY_LOCAL_MACHINE and exits with 0, or with the error."""
    section = _Section()
    call, table = section.imports()
    path, handle = section.put(key.encode() + b"\0"), section.put(bytes(8))
    descriptor = section.put(_descriptor(access))
    entry = section.code(
        ("48 83 ec 38", None),  # sub rsp, 0x38
        ("48 c7 c1 02 00 00 80", None),  # mov rcx, HKEY_LOCAL_MACHINE
        ("48 8d 15", path),  # lea rdx, path
        ("45 31 c0", None),  # xor r8d, r8d
        ("41 b9 00 00 04 00", None),  # mov r9d, WRITE_DAC
        ("48 8d 05", handle),  # lea rax, handle
        ("48 89 44 24 20", None),  # mov [rsp + 0x20], rax
        ("ff 15", call["RegOpenKeyExA"]),
        ("48 8b 0d", handle),  # mov rcx, handle
        ("ba 04 00 00 00", None),  # mov edx, DACL_SECURITY_INFORMATION
        ("4c 8d 05", descriptor),  # lea r8, descriptor
        ("ff 15", call["RegSetKeySecurity"]),
        ("89 c1", None),  # mov ecx, eax
        ("ff 15", call["ExitProcess"]),
    )
    return _image(bytes(section.content), entry, table)


def _image(content: bytes, entry: int, imports: int) -> bytes:
    """A 64-bit PE file for the console."""
    raw = content + bytes(-len(content) % _SECTOR)
    size = _SECTION + len(raw) + -len(raw) % _PAGE
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    file_header = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 1, 0, 0, 0, 240, 0x22)
    optional = struct.pack("<HBBIIIII", 0x20B, 0, 0, len(raw), 0, 0, entry, _SECTION)
    optional += struct.pack("<QII6H", 0x140000000, _PAGE, _SECTOR, 6, 0, 0, 0, 6, 0)
    optional += struct.pack("<IIIIHHQQQQII", 0, size, _SECTOR, 0, 3, 0, 0x100000, _PAGE, 0x100000, _PAGE, 0, 16)
    directories = struct.pack("<4I", 0, 0, imports, 20 * (len(_IMPORTS) + 1)) + bytes(8 * 14)
    header = struct.pack("<8s6IHHI", b".all", len(raw), _SECTION, len(raw), _SECTOR, 0, 0, 0, 0, 0xE0000060)
    return (dos + file_header + optional + directories + header).ljust(_SECTOR, b"\0") + raw
