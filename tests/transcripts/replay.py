# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that answers as one did before: the other end of both WS-Management and a shell."""

from __future__ import annotations

import typing as t
from collections import defaultdict

from ...plugins.plugin_utils._windows.reg_exe import CMD, Completed, RegExeHost
from ...plugins.plugin_utils._windows.wmi import WmiHost
from ...plugins.plugin_utils._wsman.requests import RequestOptions
from ...plugins.plugin_utils._wsman.session import HttpResponse, Session
from .calls import Host
from .transcript import Exchange, Request, output_of, request_of, same

if t.TYPE_CHECKING:
    from .transcript import Answer


class NotRecorded(Exception):
    """The transcript has no answer to a request."""


class Replay:
    """Answers each request as the transcript has it. One that was made several times is answered in the same order."""

    options = RequestOptions("http://host.example:5985/wsman")
    syntax = CMD

    def __init__(self, exchanges: t.Iterable[Exchange]) -> None:
        self._answers: defaultdict[tuple[str, ...], list[Answer]] = defaultdict(list)
        for exchange in exchanges:
            self._answers[same(exchange.request)].append(exchange.answer)

    def send(self, envelope: bytes) -> HttpResponse:
        """Play the WinRM service: the answer relates to this request, as the recorded one did to its own."""
        request, message_id = request_of(envelope)
        answer = self._answer(request)
        body = answer["body"]
        if "message_id" in answer:
            body = body.replace(answer["message_id"], message_id)
        return HttpResponse(answer["status"], body.encode())

    def pause(self, _seconds: float) -> bool:
        """A recorded host without room for a request has none for it later."""
        return False

    def run(self, command: str) -> Completed:
        """Play the shell, which runs one command of a line after the other."""
        answers = [self._command(part) for part in self._parts(command)]
        return Completed(answers[-1]["exit_status"], b"".join(output_of(answer["stdout"]) for answer in answers))

    def _parts(self, line: str) -> list[str]:
        """A line that was run as a whole is answered as a whole."""
        return [line] if same({"run": line}) in self._answers else line.split(self.syntax.separator)

    def _command(self, command: str) -> Answer:
        """The answer to a command, to one without /reg:64, or what reg.exe would take out of the list of a key.

        Public transcripts have the list of a key and no value alone.
        """
        plain = command.removesuffix(" /reg:64")
        key, switch, name = plain.partition(" /v ")
        if switch and not any(same({"run": known}) in self._answers for known in (command, plain)):
            return _alone(self._answer({"run": key}), name)
        return self._answer({"run": command if same({"run": command}) in self._answers else plain})

    def _answer(self, request: Request) -> Answer:
        answers = self._answers.get(same(request))
        if not answers:
            raise NotRecorded(f"there is no answer to {request}")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def _alone(listing: Answer, name: str) -> Answer:
    """Return the part of a listing that concerns one value: the name of the key and the line of the value."""
    lines = listing["stdout"]
    start = f"    {name}    REG_".casefold()
    found = [line for line in lines if line.casefold().startswith(start)]
    if not found:
        return {"exit_status": 1, "stdout": [""]}
    return {"exit_status": 0, "stdout": [*lines[:2], found[0], "", ""]}


def host_of(exchanges: t.Sequence[Exchange]) -> Host:
    """The host of a transcript, reached as it was then."""
    replay = Replay(exchanges)
    if any("run" in exchange.request for exchange in exchanges):
        return Host(RegExeHost(replay), shell=replay)
    return Host(WmiHost(replay), session=Session(replay))
