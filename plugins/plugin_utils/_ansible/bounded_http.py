# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""HTTP answers that end in time and are cut off, wherever they come from: a login, a proxy, a body or a header.

All that http.client reads passes one reader below it, whatever requests and urllib3 do above. Time runs there before
each read of the socket, and each octet counts. No octet becomes more than one, since no encoding is taken.
"""

from __future__ import annotations

import contextlib
import copy
import http.client
import importlib
import io
import math
import socket
import time
import typing as t

from .._windows.host import HostError, Unreachable
from .visit import MAX_ANSWER, Visit, too_much

#: The methods with which requests gets a pool of connections: from 2.32 on, and before.
_GET_POOL: t.Final = ("get_connection_with_tls_context", "get_connection")

Fail: t.TypeAlias = "t.Callable[[HostError], HostError]"


class AnswerTimeout(Unreachable):
    """The answer was not complete in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The host accepted the connection but did not answer in time: it had {seconds:g} seconds",
            "Check its load and anything in between, or raise ansible_winrm_read_timeout_sec (winrm), or "
            "ansible_psrp_read_timeout and ansible_psrp_connection_timeout (psrp).",
        )


def bound(adapter: t.Any, visit: t.Callable[[], Visit], fail: Fail) -> bool:
    """Bound all connections of an adapter of requests by the current visit. Return False where that can't be done.

    ``fail`` gets the error that ends an answer, and returns what to raise.
    """
    names = [name for name in _GET_POOL if hasattr(adapter, name)]
    for name in names:
        setattr(adapter, name, _bounding(getattr(adapter, name), visit, fail))
    adapter.max_retries = _with_bounded_pauses(adapter.max_retries, visit)
    return bool(names)


def _with_bounded_pauses(retries: t.Any, visit: t.Callable[[], Visit]) -> t.Any:
    """The Retry of urllib3 with pauses that are over when the time is: ansible_psrp_reconnection_backoff doubles them.

    A copy of it is made after each failure, of the same class.
    """

    def pause(self: t.Any) -> float:
        return min(t.cast(float, kind.get_backoff_time(self)), visit().deadline.left)

    kind = t.cast(t.Any, type(retries))
    bounded = copy.copy(retries)
    bounded.__class__ = type(kind.__name__, (kind,), {"get_backoff_time": pause})
    return bounded


def _bounding(get_pool: t.Callable[..., t.Any], visit: t.Callable[[], Visit], fail: Fail) -> t.Callable[..., t.Any]:
    def get(*arguments: t.Any, **options: t.Any) -> t.Any:
        pool = get_pool(*arguments, **options)
        if not isinstance(pool.ConnectionCls, _Connections):
            pool.ConnectionCls = _Connections(pool.ConnectionCls, visit, fail)
        return pool

    return get


class _Connections(t.NamedTuple):
    """Makes the connections of a pool of urllib3."""

    make: t.Callable[..., t.Any]
    visit: t.Callable[[], Visit]
    fail: Fail

    def __call__(self, *arguments: t.Any, **options: t.Any) -> t.Any:
        connection = self.make(*arguments, **options)
        connect = connection.connect
        new_socket = connection._new_conn

        def bounded_connect() -> None:
            """Connect with a time-out of no more than the seconds that are left."""
            connection.timeout = self._time(connection.timeout)
            try:
                connect()
            except TimeoutError:  # of the handshake: to connect has an error of urllib3
                self._time(connection.timeout)
                raise self.fail(AnswerTimeout(connection.timeout)) from None

        def bounded_socket() -> t.Any:
            """Try one address after the other, as urllib3 would: but it would not look at the time in between."""
            name, seconds = connection._dns_host, connection.timeout
            try:
                made = self._first_to_connect(connection, new_socket)
            finally:
                connection._dns_host, connection.timeout = name, seconds
            made.settimeout(self._time(seconds))
            return made

        def response(sock: t.Any, *parts: t.Any, **named: t.Any) -> http.client.HTTPResponse:
            made = http.client.HTTPResponse(sock, *parts, **named)
            reader = t.cast(t.Any, made.fp).detach()
            made.fp = io.BufferedReader(_Reader(reader, _Answer(sock, self.visit(), self.fail)))
            return made

        connection.connect, connection._new_conn, connection.response_class = bounded_connect, bounded_socket, response
        return connection

    def _first_to_connect(self, connection: t.Any, new_socket: t.Callable[[], t.Any]) -> t.Any:
        """A socket with the first address of the host that accepts. Raises what the last one has led to."""
        seconds = connection.timeout
        *others, last = _addresses(connection._dns_host, connection.port)
        for address in others:
            connection._dns_host, connection.timeout = address, self._time(seconds)
            with contextlib.suppress(OSError, _http_error()):
                return new_socket()
        connection._dns_host, connection.timeout = last, self._time(seconds)
        return new_socket()

    def _time(self, given: t.Any) -> float:
        """The seconds to connect in: what the library gives, and no more than are left."""
        left = self.visit().deadline.left
        if not left:
            raise self.fail(self.visit().deadline.error())
        return min(given, left) if isinstance(given, (int, float)) else left


def _addresses(name: str, port: int) -> list[str]:
    """Those of a name; the name itself where it has none, for urllib3 to complain about."""
    family = importlib.import_module("urllib3.util.connection").allowed_gai_family()
    try:
        found = socket.getaddrinfo(name.strip("[]"), port, family, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return [name]
    return [str(address[0]) for *_kind, address in found]


def _http_error() -> type[Exception]:
    return t.cast("type[Exception]", importlib.import_module("urllib3.exceptions").HTTPError)


class _Answer:
    """The limits that are left for one answer. Its time is what the library has as the time-out of a single read."""

    def __init__(self, sock: t.Any, visit: Visit, fail: Fail) -> None:
        self._visit = visit
        self._fail = fail
        self._octets = MAX_ANSWER
        self._seconds = sock.gettimeout()
        self._end = math.inf if self._seconds is None else time.monotonic() + self._seconds

    def time_left(self) -> float:
        """Seconds, more than none. Raises what ends the answer."""
        left = min(self._end - time.monotonic(), self._visit.deadline.left)
        if left <= 0:
            raise self.timeout()
        return left

    def timeout(self) -> HostError:
        if self._visit.deadline.left:
            return self._fail(AnswerTimeout(self._seconds))
        return self._fail(self._visit.deadline.error())

    def receive(self, octets: int) -> None:
        self._octets -= octets
        if self._octets < 0:
            raise self._fail(too_much(MAX_ANSWER))
        try:
            self._visit.receive(octets)
        except HostError as exc:
            raise self._fail(exc) from None


class _Reader(io.RawIOBase):
    """The raw stream that socket.makefile reads from, bounded."""

    def __init__(self, reader: t.Any, answer: _Answer) -> None:
        self._reader = reader
        self._answer = answer
        self._sock = reader._sock  # where libraries look for the certificate of the host

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int | None:
        self._sock.settimeout(self._answer.time_left())
        try:
            octets = self._reader.readinto(buffer)
        except TimeoutError:
            raise self._answer.timeout() from None
        self._answer.receive(octets or 0)
        return t.cast("int | None", octets)

    def fileno(self) -> int:
        return int(self._reader.fileno())

    def close(self) -> None:
        if not self.closed:
            self._reader.close()
        super().close()
