# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A channel that plays a host which serves WMI, for tests of what is read from it."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.wmi import WmiHost
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.requests import RequestOptions
from ansible_collections.winsec.lsa.plugins.plugin_utils._wsman.session import HttpResponse

from .envelopes import Parameter, envelope, fault, output, wsman_fault

Answer: t.TypeAlias = "str | list[Parameter]"


class Script:
    """A channel that answers each method with what it was given: out-parameters, or a whole body."""

    options = RequestOptions("http://host:5985/wsman")

    only_namespace = "root/cimv2"

    #: The id that faults relate to, where it is not that of the request.
    faults_relate_to: str | None = None

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.sent: list[str] = []

    def send(self, request: bytes) -> HttpResponse:
        action = _within(request, "Action")
        path, _slash, method = action.rpartition("/")
        self.sent.append(f"{path.partition('/wmi/')[2]}/{method}".removeprefix("/"))
        body, status = self._body(method, request)
        other = self.faults_relate_to if status != 200 else None
        return HttpResponse(status, envelope(body, relates_to=other or _within(request, "MessageID")))

    def pause(self, _seconds: float) -> bool:
        """Let a host that is busy be asked again at once."""
        return True

    def _body(self, method: str, request: bytes) -> tuple[str, int]:
        if "StdRegProv" in self.sent[-1] and self.only_namespace not in self.sent[-1]:
            return fault("a:DestinationUnreachable", wsman_fault(2150858752)), 500
        answer = self.answers[method]
        if isinstance(answer, str):
            return answer, 500 if "s:Fault" in answer else 200
        return output(method, *answer, namespace=_within(request, "ResourceURI")), 200


def _within(request: bytes, element: str) -> str:
    found = re.search(rf"<[aw]:{element}[^>]*>([^<]*)<", request.decode())
    assert found
    return found[1]


def windows(**answers: Answer) -> WmiHost:
    return WmiHost(Script(**answers))


def listed(*pairs: tuple[str | None, str | None]) -> list[Parameter]:
    """EnumValues: sNames and Types as parallel arrays."""
    return (
        [("sNames", name) for name, _type in pairs]
        + [("Types", type_) for _name, type_ in pairs]
        + [("ReturnValue", "0")]
    )
