# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource URIs: MS-WSMV 2.2.4.30 for the WMI form, DSP0230 for the DMTF form with __cimnamespace.

URIs are compared without regard to case (learn.microsoft.com, winrm/resource-uris).
"""

from __future__ import annotations

from typing import NamedTuple

from . import faults, xmlns
from .envelope import Request
from .faults import Fault

_NAMESPACE_SELECTOR = "__cimnamespace"


class Resource(NamedTuple):
    """Class `*` stands for all classes of the namespace."""

    uri: str
    namespace: str
    class_name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.class_name}"


def is_shell(uri: str) -> bool:
    return uri.lower().startswith(xmlns.SHELL_RESOURCES)


def parse(request: Request) -> Resource:
    uri, folded = request.resource_uri, request.resource_uri.lower()
    selected = request.selectors.get(_NAMESPACE_SELECTOR, "").lower().replace("\\", "/")
    if folded.startswith(xmlns.WMI_RESOURCES):
        namespace, _, class_name = uri[len(xmlns.WMI_RESOURCES) :].rpartition("/")
        if selected not in ("", namespace.lower()):
            raise Fault(faults.INVALID_SELECTORS)
    elif folded.startswith(xmlns.CIM_RESOURCES):
        namespace, class_name = selected or "root/cimv2", uri[len(xmlns.CIM_RESOURCES) :]
    else:
        raise Fault(faults.BAD_URI)
    if not (namespace and class_name):
        raise Fault(faults.BAD_URI)
    return Resource(uri, namespace.lower(), class_name)
