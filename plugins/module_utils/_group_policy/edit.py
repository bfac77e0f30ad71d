# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""Making a planned change to a GPO: in which order, and what is undone when a step fails.

The order is that of MS-GPOL 3.3.5: the template, then version and extensions in one step, then GPT.INI. A run that is
killed after any of them leaves a GPO that applies, and that the next run finishes.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._texts import shown
from . import gpt_ini, template
from .errors import GroupPolicyError, Undecided
from .plan import File, Found, Gpo, Plan
from .versions import to_directory

_GPT_INI: t.Final = gpt_ini.FILE_NAME
#: Where the template is in the folder of a GPO (MS-GPSB 2.2).
_TEMPLATE: t.Final = rf"Machine\Microsoft\Windows NT\SecEdit\{template.FILE_NAME}"


class Directory(t.Protocol):
    """The directory of a domain."""

    def read(self, dn: str) -> Gpo:
        """Read the object of a GPO."""

    def swap(self, gpo: Gpo, version: int, extensions: str | None) -> None:
        """Replace version and extensions in one step, if the version still is that of ``gpo``.

        Raises:
            ChangedMeanwhile: it is not.
        """


class LockedFile(t.Protocol):
    """A file that nobody else can write until it is closed. It is made if it is absent, with its folders."""

    def read(self) -> File:
        """Read it. A file that was made for the lock, and not yet written, reads as absent."""

    def write(self, data: bytes) -> None:
        """Replace its content in one request."""

    def undo(self) -> None:
        """Bring back what was there before; where that was nothing, remove the file and its new folders."""

    def close(self) -> None:
        """Release it. One that was made for the lock, and never written, is removed with its new folders."""


class Sysvol(t.Protocol):
    """The share in which domain controllers keep the files of GPOs."""

    def read(self, path: str) -> File:
        """Read a file."""

    def lock(self, path: str, *, readable: bool) -> LockedFile:
        """Open a file so that nobody else can write it, and only if ``readable`` read it.

        Raises:
            ChangedMeanwhile: somebody else has it open.
        """


class Domain(t.NamedTuple):
    """Both halves of where GPOs are stored, on one domain controller."""

    directory: Directory
    sysvol: Sysvol


Decide: t.TypeAlias = t.Callable[[Found], Plan]


def observe(domain: Domain, gpo: Gpo) -> Found:
    """Read the files of a GPO, without a lock."""
    return Found(gpo, domain.sysvol.read(f"{gpo.path}\\{_TEMPLATE}"), domain.sysvol.read(f"{gpo.path}\\{_GPT_INI}"))


def change(domain: Domain, gpo: Gpo, decide: Decide, back_up: t.Callable[[Found], None]) -> Plan:
    """Lock a GPO, read it again, decide what to change, and do it. Returns what was decided.

    ``back_up`` is called with what was found, before anything is changed.

    Raises:
        GroupPolicyError: a step failed. Those before it were undone, unless the message says otherwise.
    """
    with contextlib.ExitStack() as locks:
        # GPT.INI stays readable, because hosts compare its version all the time.
        version_file = _locked(locks, domain.sysvol.lock(f"{gpo.path}\\{_GPT_INI}", readable=True))
        template_file = _locked(locks, domain.sysvol.lock(f"{gpo.path}\\{_TEMPLATE}", readable=False))
        found = Found(domain.directory.read(gpo.dn), template_file.read(), version_file.read())
        with _undone_on_failure(template_file):
            plan = decide(found)
            if plan.changed:
                back_up(found)
            _write_template(plan, template_file)
            if plan.changes_container:
                domain.directory.swap(found.gpo, to_directory(plan.versions.container), plan.extensions)
        with _told_as_changed(plan):
            # Closed first: GPT.INI is the younger of the two, which tells a finished change from an interrupted one.
            template_file.close()
            _write_version(plan, version_file)
            version_file.close()
        return plan


def _locked(locks: contextlib.ExitStack, file: LockedFile) -> LockedFile:
    """Release a file at the end. An error that led there is the one to tell: where a connection is lost, all fail."""

    def release(error: type[BaseException] | None, *_details: object) -> None:
        with contextlib.suppress(*([Exception] if error else [])):
            file.close()

    locks.push(release)
    return file


@contextlib.contextmanager
def _undone_on_failure(file: LockedFile) -> t.Iterator[None]:
    try:
        yield
    except Undecided as exc:
        exc.changed = True
        raise
    except Exception as exc:
        try:
            file.undo()
        except Exception as undoing:
            raise GroupPolicyError(
                f"{_problem(exc)}. The template could not be put back: {_problem(undoing)}",
                "Run the task again, which finishes the change, or restore the GPO from a backup.",
                changed=True,
            ) from exc
        raise


@contextlib.contextmanager
def _told_as_changed(plan: Plan) -> t.Iterator[None]:
    """Let an error say that the change was made, but for its last part."""
    try:
        yield
    except Exception as exc:
        if not plan.changed:
            raise
        next_step = exc.next_step if isinstance(exc, GroupPolicyError) else ""
        raise GroupPolicyError(
            f"The GPO was changed, but maybe not its version in {_GPT_INI}: {_problem(exc)}",
            f"Run the task again, which finishes the change. {next_step}",
            changed=True,
        ) from exc


def _problem(exc: Exception) -> str:
    return exc.problem if isinstance(exc, GroupPolicyError) else shown(f"{type(exc).__name__}: {exc}")


def _write_template(plan: Plan, file: LockedFile) -> None:
    if not plan.writes_template:
        return
    data = plan.template or b""
    file.write(data)
    if file.read().data != data:
        raise GroupPolicyError(
            "The template was written, but reads differently afterwards", "Look for a program that changes SYSVOL."
        )


def _write_version(plan: Plan, file: LockedFile) -> None:
    before = plan.found.gpt_ini.data
    data = gpt_ini.with_version(before, plan.versions.file)
    if data == before and plan.found.is_announced:
        return
    file.write(data)
    if file.read().data != data:
        raise GroupPolicyError(f"{_GPT_INI} was written, but reads differently afterwards")
