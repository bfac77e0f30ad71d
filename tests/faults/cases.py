# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The faults of a host, at which step of a change, and how the task has to end."""

from __future__ import annotations

import typing as t

Rule: t.TypeAlias = "dict[str, t.Any]"

LOST, REFUSED, DONE = ("unreachable",), ("failed",), ("changed", "ok")
BROKEN = "The connection to the host was lost"
#: Said by "The host refused the connection" too: the end of the connection may be noticed a little late.
GONE = "WinRM is running there"

#: Over winrm and psrp: where a rule of the endpoint applies. The version is read first, then both values.
STEPS: dict[str, Rule] = {
    "first": {"only": ["Enumerate"]},
    "second": {"only": ["GetDWORDValue"]},
    "write": {"only": ["writes"]},
    "readback": {"only": ["GetDWORDValue"], "after": 3},
}
#: Its owner is asked for when all has been read that decides what is to be written.
_LAST_BEFORE_WRITE: Rule = {"only": ["Enumerate"], "after": 2}
READS = ("first", "second", "readback")


class Fault(t.NamedTuple):
    """A rule of the endpoint, how the task may end, what its message says, and the steps at which it can happen."""

    rule: Rule
    statuses: tuple[str, ...]
    words: str
    steps: tuple[str, ...] = tuple(STEPS)
    scheme: str = "http"
    #: Whether it is over for whoever connects anew after the write. Then what is read decides.
    passes: bool = False

    def ends(self, step: str, rule: Rule) -> tuple[str, ...]:
        """The statuses with which a task may end. A write that was not carried out is told, and not repeated."""
        is_done = step == "readback" or (step == "write" and rule.get("body") in ("cut", "broken_tls", "lost"))
        return DONE if self.passes and is_done else self.statuses


#: Seconds of the read time-out, also for a busy machine.
TIME = 15
IN_TIME = f"did not answer in time: it had {TIME} seconds"
HERE = "instead of a WS-Management response"
FAULTS: dict[str, Fault] = {
    "reset": Fault({"close_connection": True}, LOST, BROKEN),
    "resetonce": Fault({"close_connection": True, "times": 1}, LOST, BROKEN, passes=True),
    "cutonce": Fault({"body": "cut", "times": 1}, LOST, BROKEN, passes=True),
    "lostonce": Fault({"body": "lost", "times": 1}, LOST, BROKEN, passes=True),
    "brokentlsonce": Fault(
        {"body": "broken_tls", "times": 1}, LOST, "TLS with the host failed", scheme="https", passes=True
    ),
    "restart": Fault({"restart": 600, "times": 1}, LOST, GONE, ("first", "second", "write")),
    "restartbetween": Fault({"restart": 600, **_LAST_BEFORE_WRITE}, LOST, GONE, ("write",)),
    "hang": Fault({"delay": 3600}, LOST, IN_TIME),
    "hangonce": Fault({"delay": 3600, "times": 1}, LOST, IN_TIME, passes=True),
    "login": Fault({"refuse_login": True}, LOST, "The host refused the login"),
    "loginonce": Fault({"refuse_login": True, "times": 1}, LOST, "The host refused the login"),
    "forbidden": Fault({"body": "html_403"}, REFUSED, f"an HTML page {HERE} (HTTP status 403)"),
    "notfound": Fault({"body": "empty_404"}, REFUSED, "Nothing is served at this path"),
    "toolarge": Fault({"body": "empty_413"}, REFUSED, "MaxEnvelopeSizekb"),
    "toomany": Fault({"body": "empty_429"}, REFUSED, f"an empty body {HERE} (HTTP status 429)"),
    "empty500": Fault({"body": "empty_500"}, REFUSED, "refuses unencrypted messages"),
    "unavailable": Fault({"body": "unavailable"}, REFUSED, "The service is not available"),
    "page": Fault({"body": "html_200"}, REFUSED, f"an HTML page {HERE} (HTTP status 200)"),
    "redirect": Fault({"redirect": "http://127.0.0.1:9/wsman"}, REFUSED, "redirects to another one"),
    "truncated": Fault({"body": "truncated"}, REFUSED, "a body that is not well-formed XML"),
    "oversized": Fault({"body": "oversized"}, REFUSED, "The host sent more than 524288 bytes"),
    "notutf8": Fault({"body": "not_utf8"}, REFUSED, "a body that is not well-formed XML"),
    "otherxml": Fault({"body": "other_xml"}, REFUSED, "an XML document that is not a SOAP envelope"),
    "laughs": Fault({"body": "billion_laughs"}, REFUSED, "XML with a document type or entities"),
    "another": Fault({"relates_to": "wrong"}, REFUSED, "the answer to another message"),
    "deniedfault": Fault({"fault": "access_denied"}, REFUSED, "WinRM or WMI on the host denied access to this user"),
    "deniedwmi": Fault({"fault": "wmi_access_denied"}, REFUSED, "WinRM or WMI on the host denied access to this user"),
    "deniedread": Fault({"deny_reads": True}, REFUSED, "the host denied access", ("second", "readback")),
    "deniedwrite": Fault({"deny_writes": True}, REFUSED, "the registry of the host denied access", ("write",)),
    "noclass": Fault({"fault": "no_class"}, REFUSED, "", ("first",)),
    "nomethod": Fault({"fault": "no_method"}, REFUSED, "", ("second", "write", "readback")),
    "nonamespace": Fault({"fault": "no_namespace"}, REFUSED, ""),
    "wmitimeout": Fault({"fault": "operation_timeout"}, REFUSED, "after the operation timeout"),
    "quota": Fault({"fault": "quota_operations"}, REFUSED, "raise MaxConcurrentOperationsPerUser in winrm/config"),
    "quotashells": Fault({"fault": "quota_shells"}, REFUSED, "raise MaxShellsPerUser in winrm/config/winrs"),
    "stopping": Fault({"fault": "shutting_down"}, REFUSED, "WMI on the host is shutting down"),
    # Passes by itself, for whoever asks again.
    "quotaonce": Fault({"fault": "quota_operations", "times": 2}, DONE, "", READS),
    "stoppingonce": Fault({"fault": "shutting_down", "times": 2}, DONE, "", READS),
    "unavailableonce": Fault({"body": "unavailable", "times": 2}, DONE, "", ("second", "readback")),
    "notstored": Fault({"lose_writes": True}, REFUSED, "but afterwards there is none", ("write",)),
    "meddled": Fault({"meddle": 0, "times": 1}, DONE, "", ("write",)),
    "undone": Fault({"meddle": 0}, REFUSED, "was set to REG_DWORD 1, but afterwards it is REG_DWORD 0", ("readback",)),
}


def over_http() -> t.Iterator[tuple[str, str, Rule, Fault]]:
    """Name, step, rule and fault of each case."""
    for name, fault in FAULTS.items():
        for step in fault.steps:
            yield f"{name}-{step}", step, {**STEPS[step], **fault.rule}, fault


#: Over ssh: how the task has to end, and what it says.
SSH: dict[str, tuple[tuple[str, ...], str]] = {
    "refused": (LOST, "Connection refused"),
    "hostkey": (LOST, "Host key verification failed"),
    "denied": (LOST, "Permission denied"),
    "closed": (LOST, "closed by remote host"),
    "lost": (LOST, "Broken pipe"),
    "blocked": (REFUSED, "blocked by group policy"),
    "garbage": (REFUSED, ""),
    "empty": (REFUSED, ""),
    "endless": (REFUSED, "The host sent more than"),
    "silent": (LOST, f"did not finish within {TIME} seconds"),
}
