# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of a shell or its command that nobody has received yet."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

from ..wsman.faults import OPERATION_TIMEOUT, Fault

#: Bytes of one Stream element, and of a fragment of MS-PSRP 2.2.4.
PIECE = 32 * 1024
#: Three of them in Base64 leave room for the rest in the 150 KB that clients take (MS-WSMV 3.1.4.1, MaxEnvelopeSize).
_PIECES_AT_ONCE = 3


class Piece(NamedTuple):
    stream: str
    data: bytes


class Received(NamedTuple):
    """Pieces in the order in which they were written. `ended`: nothing follows."""

    pieces: tuple[Piece, ...]
    ended: bool
    exit_status: int


class Output:
    def __init__(self) -> None:
        self._waiting: deque[Piece] = deque()
        self._exit_status: int | None = None
        self._news = asyncio.Event()

    def write(self, stream: str, data: bytes) -> None:
        starts = range(0, len(data), PIECE)
        self._waiting.extend(Piece(stream, data[start : start + PIECE]) for start in starts)
        self._news.set()

    def end(self, exit_status: int = 0) -> None:
        """The first end counts."""
        self._exit_status = exit_status if self._exit_status is None else self._exit_status
        self._news.set()

    async def receive(self, seconds: float) -> Received:
        """Wait for news. Raises the fault that clients answer with another Receive (recorded by pypsrp)."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            raise Fault(OPERATION_TIMEOUT) from None
        pieces = self._take()
        ended = self._exit_status is not None and not self._waiting
        if not (ended or self._waiting):
            self._news.clear()
        return Received(pieces, ended, self._exit_status or 0)

    def _take(self) -> tuple[Piece, ...]:
        taken: list[Piece] = []
        room = _PIECES_AT_ONCE * PIECE
        while self._waiting and len(self._waiting[0].data) <= room:
            taken.append(self._waiting.popleft())
            room -= len(taken[-1].data)
        return tuple(taken)
