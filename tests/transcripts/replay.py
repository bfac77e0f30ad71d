# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that answers as one did before: the other end of both WS-Management and a shell."""

from __future__ import annotations

import typing as t
from collections import defaultdict

from ...plugins.plugin_utils._reg_exe_windows import Completed, RegExeWindows
from ...plugins.plugin_utils._wmi_windows import WmiWindows
from ...plugins.plugin_utils._wsman import HttpAnswer, Session
from ...plugins.plugin_utils._wsman_requests import Limits
from .calls import Host
from .transcript import Exchange, Request, output_of, request_of, same

if t.TYPE_CHECKING:
    from .transcript import Answer


class NotRecorded(Exception):
    """The transcript has no answer to a request."""


class Replay:
    """Answers each request as the transcript has it. One that was made several times is answered in the same order."""

    limits = Limits("http://host.example:5985/wsman")
    separator = "&"

    def __init__(self, exchanges: t.Iterable[Exchange]) -> None:
        self._answers: defaultdict[tuple[str, ...], list[Answer]] = defaultdict(list)
        for exchange in exchanges:
            self._answers[same(exchange.request)].append(exchange.answer)

    def send(self, envelope: bytes) -> HttpAnswer:
        """Play the WinRM service: the answer relates to this request, as the recorded one did to its own."""
        request, message_id = request_of(envelope)
        answer = self._answer(request)
        body = answer["body"]
        if "message_id" in answer:
            body = body.replace(answer["message_id"], message_id)
        return HttpAnswer(answer["status"], body.encode())

    def run(self, command: str) -> Completed:
        """Play the shell, which runs one command after the other."""
        answers = [self._answer({"run": part}) for part in command.split(f" {self.separator} ")]
        return Completed(answers[-1]["exit_status"], b"".join(output_of(answer["stdout"]) for answer in answers))

    def _answer(self, request: Request) -> Answer:
        answers = self._answers.get(same(request))
        if not answers:
            raise NotRecorded(f"there is no answer to {request}")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def host_of(exchanges: t.Sequence[Exchange]) -> Host:
    """The host of a transcript, reached as it was then."""
    replay = Replay(exchanges)
    if any("run" in exchange.request for exchange in exchanges):
        return Host(RegExeWindows(replay), shell=replay)
    return Host(WmiWindows(replay), session=Session(replay))
