# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a transcript of a host: the collection's own channel or shell, and somebody who takes notes in between."""

from __future__ import annotations

import contextlib
import re
import typing as t

from ...plugins.plugin_utils._ansible.shells import ConnectionShell
from ...plugins.plugin_utils._windows.host import HostError, Unreachable, WindowsHost
from ...plugins.plugin_utils._windows.reg_exe import RegExeHost
from ...plugins.plugin_utils._windows.wmi import WmiHost
from ...plugins.plugin_utils._wsman.session import HttpResponse, Session
from .calls import Host, perform, value_name
from .redaction import HOST, SECRET, USER, Redactor, is_uuid, names_in, spellings_of
from .replay import NotRecorded, host_of
from .survey import IDENTITY, calls
from .transcript import Call, Exchange, Finding, Transcript, dump, lines_of, request_of

if t.TYPE_CHECKING:
    from ...plugins.plugin_utils._ansible.visit import Visit
    from ...plugins.plugin_utils._windows.registry import Data
    from ...plugins.plugin_utils._wsman.session import Channel

#: Words that are in every transcript and in no request: namespaces are taken from the answers.
_WORDS = ("uuid http HKEY_LOCAL_MACHINE role anonymous masked",)


class Unsafe(Exception):
    """Something that was to be taken out is still there, or the transcript does not say what the host said."""


class RecordingChannel:
    """A channel that keeps what goes through it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.options = channel.options
        self.exchanges: list[Exchange] = []

    def send(self, envelope: bytes) -> HttpResponse:
        answer = self._channel.send(envelope)
        request, message_id = request_of(envelope)
        body = answer.body.decode("utf-8", "backslashreplace")
        noted = {"message_id": message_id, "status": answer.status, "body": body}
        self.exchanges.append(Exchange(request, noted))
        return answer

    def pause(self, seconds: float) -> bool:
        return self._channel.pause(seconds)


class RecordingConnection:
    """A connection plugin that keeps commands and what they write. The collection ignores stderr, people do not."""

    def __init__(self, connection: t.Any) -> None:
        self._connection = connection
        self.exchanges: list[Exchange] = []

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._connection, name)

    def exec_command(self, command: str, **options: t.Any) -> tuple[int, bytes, bytes]:
        status, stdout, stderr = self._connection.exec_command(command, **options)
        noted = {"exit_status": status, "stdout": lines_of(stdout), "stderr": lines_of(stderr)}
        self.exchanges.append(Exchange({"run": command}, noted))
        return status, stdout, stderr


class Recorder(t.NamedTuple):
    """A way to a host that knows nothing of it yet, and what is noted of all conversations over it."""

    reach: t.Callable[[], Host]
    exchanges: list[Exchange]


def over_channel(channel: Channel) -> Recorder:
    recording = RecordingChannel(channel)
    return Recorder(lambda: Host(WmiHost(recording), session=Session(recording)), recording.exchanges)


def over_shell(connection: t.Any, visit: Visit) -> Recorder:
    recording = RecordingConnection(connection)
    shell = ConnectionShell(recording, visit)
    return Recorder(lambda: Host(RegExeHost(shell), shell=shell), recording.exchanges)


class Recorded(t.NamedTuple):
    """The release of the host as far as it says, the text of the file, and what was replaced in it, by what."""

    release: str
    text: str
    replaced: dict[str, str]

    @property
    def shown(self) -> list[str]:
        """Return the replacements to show at the terminal: without UUIDs, which are many, and without secrets."""
        pairs = sorted(self.replaced.items())
        return [f"{text} -> {place}" for text, place in pairs if place != SECRET and not is_uuid(place)]


def record(recorder: Recorder, names: t.Mapping[str, str], about: t.Mapping[str, str], *, write: bool) -> Recorded:
    """Ask the host everything, and make a transcript of it in which it can't be recognized.

    ``names`` are the names that the inventory knows, by what takes their place.

    A host that refuses everything is worth a transcript as well.

    Raises:
        Unreachable: the host is lost.
        Unsafe: the transcript could not be made.
    """
    known = dict(names) | names_on(recorder.reach().windows)
    recorder.exchanges.clear()
    host = recorder.reach()
    asked = calls(shell=host.shell is not None, write=write)
    results = [perform(call, host) for call in asked]
    exchanges, replaced = _redacted(recorder.exchanges, known)
    findings = _findings(asked, exchanges)
    if not findings or results[0] != findings[0].result:
        raise Unsafe("what was taken out changes what the facts say: is a name of this host one of the answers?")
    version = perform({"version": None}, host_of(exchanges))
    release = version.get("release", "Windows")
    windows = f"{release}, version {version['version']}" if "version" in version else "not reported by the host"
    says = {**about, "windows": windows, "language": _language(findings)}
    return Recorded(release, dump(Transcript(says, exchanges, findings)), replaced)


def _findings(asked: t.Iterable[Call], exchanges: t.Sequence[Exchange]) -> list[Finding]:
    """Return the findings of a replay of the exchanges; none if it makes other calls than the recorder did."""
    replayed = host_of(exchanges)
    try:
        return [Finding(call, perform(call, replayed)) for call in asked]
    except NotRecorded:
        return []


def _redacted(exchanges: t.Sequence[Exchange], names: dict[str, str]) -> tuple[list[Exchange], dict[str, str]]:
    """The exchanges without any of the names, and what was replaced."""
    for exchange in exchanges:
        for name in names_in(exchange.answer.get("body", "")):
            names |= spellings_of(name, HOST)
    redactor = Redactor(names, [*_WORDS, *_words_of(exchanges)])
    redacted = [redactor.exchange(exchange) for exchange in exchanges]
    if any(redactor.remains(str(part)) for exchange in redacted for one in exchange for part in one.values()):
        raise Unsafe("a name that was to be taken out is still there")
    return redacted, redactor.replaced


def names_on(windows: WindowsHost) -> dict[str, str]:
    """Return the names that the host uses for itself, its domain and its users."""
    found: dict[str, str] = {}
    for name, place in IDENTITY.items():
        data = _data(windows, name)
        if isinstance(data, str):
            found |= spellings_of(data, place)
        elif isinstance(data, int):
            found[str(data)] = place
    return found


def _data(windows: WindowsHost, name: str) -> Data:
    """Data of a value where it can be read. A host that is lost is not asked again: that could lock the account."""
    try:
        value = windows.read(value_name(name))
    except Unreachable:
        raise
    except HostError:
        return None
    return value.data if value else None


def _words_of(exchanges: t.Iterable[Exchange]) -> t.Iterator[str]:
    """Requests, and in answers the names of elements and namespaces. None comes from the host."""
    for exchange in exchanges:
        yield str(exchange.request)
        for element, _quote, namespace in re.findall(
            r"""</?([\w:.-]+)|xmlns(?::\w+)?=(["'])(.*?)\2""", exchange.answer.get("body", "")
        ):
            yield element or namespace


def _language(findings: t.Iterable[Finding]) -> str:
    for call, result in findings:
        if call.get("read", "").endswith("InstallLanguage") and result and "data" in result:
            return f"language identifier {result['data']}"
    return "not known"


def names_in_inventory(connection: t.Any, inventory_name: str) -> dict[str, str]:
    """Return the names that the inventory has for the host and its user."""
    found = spellings_of(inventory_name, HOST)
    options = {
        HOST: ("remote_addr", "host", "kerberos_hostname_override", "negotiate_hostname_override"),
        USER: ("remote_user",),
    }
    for place, names in options.items():
        for name in names:
            with contextlib.suppress(KeyError):
                found |= spellings_of(str(connection.get_option(name) or ""), place)
    return found
