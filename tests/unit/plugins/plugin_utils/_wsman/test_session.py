# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request that a host has no room for is sent again, unless it is a write or could be a second login."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.faults import Fault
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.requests import RequestOptions
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.responses import NotWsman, message_id_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.session import HttpResponse, Session

from ..envelopes import envelope, fault, output, wsman_fault

QUOTA = (500, fault("w:QuotaLimit", wsman_fault(2150859174)), None)
SHUTTING_DOWN = (500, fault("w:InternalError", wsman_fault(0x80041033)), None)
DENIED = (500, fault("w:AccessDenied", wsman_fault(5)), None)
DONE = (200, output("M", ("ReturnValue", "0")), None)
UNAVAILABLE = (503, "", 7.0)

Said: t.TypeAlias = "tuple[int, str, float | None]"


class Host:
    """A channel whose answers are listed; ``patience`` is how many pauses there is time for."""

    options = RequestOptions("http://host:5985/wsman")

    def __init__(self, *answers: Said, patience: int = 9, relates: bool = True) -> None:
        self.answers = [*answers]
        self.ids: list[str] = []
        self.pauses: list[float] = []
        self._patience = patience
        self._relates = relates

    def send(self, request: bytes) -> HttpResponse:
        status, body, after = self.answers.pop(0)
        self.ids.append(message_id_of(request))
        relation = self.ids[-1] if self._relates else "uuid:another"
        return HttpResponse(status, envelope(body, relation) if body else b"", after)

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return len(self.pauses) <= self._patience


def read(host: Host, *, writes: bool = False, times: int = 1) -> None:
    session = Session(host)
    for _time in range(times):
        session.invoke("root/cimv2/C", "M", {}, writes=writes)


@pytest.mark.parametrize("refusal", [QUOTA, SHUTTING_DOWN])
def test_a_read_is_tried_three_times_with_pauses_that_grow(refusal: Said) -> None:
    host = Host(refusal, refusal, DONE)
    read(host)
    assert len(set(host.ids)) == 3, "a message has its own id"
    first, second = host.pauses
    assert 0.5 <= first <= 1.5
    assert 1 <= second <= 3
    host = Host(*[refusal] * 4)
    with pytest.raises(Fault):
        read(host)
    assert len(host.ids) == 3


def test_pauses_differ_from_host_to_host() -> None:
    hosts = [Host(QUOTA, DONE) for _host in range(20)]
    for host in hosts:
        read(host)
    assert len({host.pauses[0] for host in hosts}) > 1


def test_a_write_is_sent_once() -> None:
    host = Host(QUOTA)
    with pytest.raises(Fault):
        read(host, writes=True)
    assert (len(host.ids), host.pauses) == (1, [])


def test_nothing_is_waited_for_that_does_not_come_in_time() -> None:
    host = Host(QUOTA, patience=0)
    with pytest.raises(Fault):
        read(host)
    assert len(host.ids) == 1


@pytest.mark.parametrize("host", [Host(DENIED), Host(QUOTA, relates=False)])
def test_what_is_refused_for_good_or_to_somebody_else_is_not_asked_again(host: Host) -> None:
    with pytest.raises(Fault):
        read(host)
    assert (len(host.ids), host.pauses) == (1, [])


def test_a_service_that_names_a_time_is_asked_again_then() -> None:
    host = Host(DONE, UNAVAILABLE, DONE)
    read(host, times=2)
    assert host.pauses == [7.0]


@pytest.mark.parametrize("host", [Host(UNAVAILABLE), Host(DONE, (503, "", None)), Host(DONE, (404, "", 7.0))])
def test_but_not_where_the_login_may_be_what_it_has_not_looked_at(host: Host) -> None:
    """Nor where it names no time: http.sys does not, where nobody serves the path."""
    with pytest.raises(NotWsman):
        read(host, times=2)
    assert host.pauses == []
