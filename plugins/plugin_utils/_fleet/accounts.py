# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""How often an account may be refused before its other logins are left alone. Pure.

Windows locks an account after so many wrong passwords, whichever hosts were asked: with one wrong password for a fleet,
the first few hosts would lock it for all of them, and for every service that uses it.
"""

from __future__ import annotations

import collections
import dataclasses
import re
import typing as t

#: What the end of the work on a host says of its login; None where it was not refused.
Login: t.TypeAlias = t.Literal["refused"] | None

#: What ssh says where the account was refused, and what kinit and the Kerberos libraries of MIT and Heimdal say where
#: the domain refused it. No class of exceptions tells these from a host that is lost.
_REFUSALS: t.Final = re.compile(
    r"Permission denied \(|Invalid/incorrect username/password|Password incorrect|[Pp]reauthentication failed"
    r"|credentials have been revoked|Password has expired"
)

Permission: t.TypeAlias = t.Literal["go", "wait", "stop"]


@dataclasses.dataclass
class _Account:
    #: The names under which hosts accepted it.
    accepted: set[str] = dataclasses.field(default_factory=set)
    #: By name, the logins that have begun and not ended.
    begun: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    #: The hosts that refused it under a name, one after the other, since one accepted it under that name.
    refused: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def refused_by(self, name: str) -> tuple[str, ...]:
        return tuple(host for named, host in self.refused if named == name or name not in self.accepted)

    def in_flight(self, name: str) -> int:
        """The logins that may still be refused for a name. Those of another one that hosts accept are left out."""
        return sum(count for named, count in self.begun.items() if named == name or not self.accepted & {name, named})


def is_refusal(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, has the words of a program that the account was refused.

    What a user sees of the words of a cause is cut.
    """
    seen: list[BaseException] = []  # causes may go in a circle
    while error and error not in seen:
        seen.append(error)
        error = error.__cause__
    return any(_REFUSALS.search(str(each)) for each in seen)


class Accounts:
    r"""The accounts of a run, and whether one more login may begin with each, by the name of its user.

    ``user``, ``DOMAIN\user`` and ``user@domain`` may be one account, so they count as one, in whatever case. But they
    may be several, too: that a host accepts one of them says nothing of the others.

    Logins that have begun can't be called back. So until an account has been accepted, and again once it has been
    refused, no more of its logins are in flight than may still be refused.
    """

    def __init__(self, most: int) -> None:
        """``most`` is the number of hosts in a row that may refuse an account."""
        self._most = most
        self._accounts: dict[str, _Account] = {}

    def permission(self, name: str | None) -> Permission:
        """Whether a login may begin. None is a login that locks no account, such as one with a certificate."""
        if name is None:
            return "go"
        account, name = self._of(name), name.casefold()
        refused = account.refused_by(name)
        left = self._most - len(refused)
        if left <= 0:
            return "stop"
        proven = name in account.accepted and not refused
        return "go" if proven or account.in_flight(name) < left else "wait"

    def begin(self, name: str | None) -> None:
        if name is not None:
            self._of(name).begun[name.casefold()] += 1

    def accept(self, name: str | None) -> None:
        """The login has succeeded, though the work on the host goes on."""
        if name is not None:
            account, name = self._of(name), name.casefold()
            account.accepted.add(name)
            account.refused = [(named, host) for named, host in account.refused if named != name]

    def end(self, name: str | None, host: str, login: Login) -> None:
        """The work on a host has ended.

        That the login was accepted has been told when it was. Since then, later ones may have been refused, because
        the password was changed, and they count.
        """
        if name is None:
            return
        account, name = self._of(name), name.casefold()
        account.begun[name] -= 1
        if login == "refused":
            account.refused.append((name, host))

    def refused_by(self, name: str | None) -> t.Sequence[str]:
        """The hosts that refused an account in a row."""
        return () if name is None else self._of(name).refused_by(name.casefold())

    def _of(self, name: str) -> _Account:
        account = name.rpartition("\\")[2].partition("@")[0].casefold()
        return self._accounts.setdefault(account, _Account())
