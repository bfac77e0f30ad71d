# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""From a WS-Management fault or an unexpected response to an error: problem, likely cause, next step."""

from __future__ import annotations

import contextlib
import typing as t

from ...module_utils._texts import Mask, shown
from .._wsman.faults import Fault, Kind
from .._wsman.responses import NotWsman, UnexpectedResponse
from .host import HostError, NotServed, NotUnderstood, Refused

_FAULTS: t.Final[dict[Kind, tuple[type[HostError], str, str]]] = {
    "denied": (
        NotServed,
        "When {what}, WinRM or WMI on the host denied access to this user",
        "Connect as a member of its Administrators group. A local account other than the built-in Administrator also "
        "needs LocalAccountTokenFilterPolicy=1 there, or its remote token is filtered.",
    ),
    "missing": (
        NotServed,
        "The host lacks something that {what} needs",
        "Check that it is a Windows host and that its WMI repository is consistent (winmgmt /verifyrepository).",
    ),
    "quota": (
        Refused,
        "A WinRM quota of the host is used up, so it refused {what}",
        "Wait for other remote work on the host to end, lower the number of forks or throttle the task, or raise "
        "{quota} on the host.",
    ),
    "busy": (
        NotServed,
        "WMI on the host is shutting down or starting, so it refused {what}",
        "Wait until the host has started, and check its service winmgmt.",
    ),
    "timeout": (
        Refused,
        "The host gave up {what} after the operation timeout",
        "Look at its load, or raise ansible_winrm_operation_timeout_sec (winrm) or ansible_psrp_operation_timeout "
        "(psrp), and try again.",
    ),
    "size": (
        Refused,
        "WinRM on the host rejected the message size when {what}",
        "Check MaxEnvelopeSizekb there (winrm get winrm/config) and ansible_psrp_max_envelope_size here.",
    ),
    "other": (
        Refused,
        "When {what}, the host returned a fault",
        "See the log Microsoft-Windows-WinRM/Operational on the host.",
    ),
}

_NOT_WSMAN_BY_STATUS: t.Final[dict[int, str]] = {
    403: "A proxy or an address filter refuses the request: check the proxy settings and IPv4Filter of the listener.",
    404: "Nothing is served at this path: check the port and path of the connection, and that WinRM listens there "
    "(winrm enumerate winrm/config/listener).",
    413: "The host rejects the size of the request: check MaxEnvelopeSizekb there (winrm get winrm/config).",
    503: "The service is not available: check that the WinRM service is running on the host, and try again.",
    500: "WinRM sends an empty body where it refuses unencrypted messages: use HTTPS, or NTLM, Kerberos or CredSSP "
    "with message encryption. Any other body is that of a proxy or of another server.",
}
_NOT_WSMAN: t.Final = "Check host, port and proxy: something other than WinRM seems to answer at this address."


@contextlib.contextmanager
def as_host_error(what: str, mask: Mask) -> t.Iterator[None]:
    """Turn what goes wrong in a conversation into a HostError that says what was being done: "reading ...".

    ``mask`` takes out secrets: a fault may hold any text, also one that was sent.
    """
    try:
        yield
    except Fault as fault:
        raise _explained(fault, what, mask) from fault
    except NotWsman as exc:
        error = NotServed if isinstance(exc, UnexpectedResponse) else NotUnderstood
        raise error(
            f"When {what}, the host sent {exc} instead of a WS-Management response (HTTP status {exc.status})",
            next_step_after(exc.status),
        ) from exc


def _explained(fault: Fault, what: str, mask: Mask) -> HostError:
    error, problem, next_step = _FAULTS[fault.kind]
    described = f"{problem.format(what=what)} ({shown(mask(str(fault)))})"
    if fault.is_related:
        return error(described, next_step.replace("{quota}", fault.quota or "the quota (winrm get winrm/config)"))
    # Whoever sent it: NotServed would lead to another way.
    refused = Refused(described, next_step.replace("{quota}", "the quota"))
    refused.add("The fault does not name the request that it answers, so no other way was tried.")
    return refused


def next_step_after(status: int) -> str:
    """Return the next step after an HTTP status without a WS-Management response."""
    return _NOT_WSMAN_BY_STATUS.get(status, _NOT_WSMAN)
