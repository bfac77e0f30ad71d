# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The frame of both modules: libraries, options, a time limit, and errors."""

from __future__ import annotations

import functools
import json
import os
import sys
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._defects import places
from .._group_policy.errors import GroupPolicyError
from .._texts import shown
from .connect import Controller, connected
from .deadline import deadline
from .libraries import missing_for
from .options import Options, read_options

#: A failure before anything was changed.
UNCHANGED: t.Final[t.Mapping[str, t.Any]] = {"changed": False}


def run(
    module: AnsibleModule,
    work: t.Callable[[Controller], dict[str, t.Any]],
    given: t.Mapping[str, t.Any] | None = None,
) -> t.NoReturn:
    """Do ``work`` on a domain controller and end the module with what it returns, or with what went wrong.

    ``given`` is what a failure returns: ``work`` writes into it what it has found out and changed by then.
    """
    known = UNCHANGED if given is None else given
    try:
        options = read_options(module.params)
        _require_libraries(module, options)
        with deadline(options.timeout, functools.partial(_end, known)), connected(options) as controller:
            result = work(controller)
    except GroupPolicyError as exc:
        module.fail_json(msg=str(exc), **known)
    except Exception as exc:
        module.fail_json(msg=str(_unexpected(exc)), **known)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    module.exit_json(**result)


def _unexpected(exc: Exception) -> GroupPolicyError:
    """The words of the libraries are shown: Ansible takes the secrets of the module out of all that it returns."""
    return GroupPolicyError(
        f"The module met an error that it does not expect: {shown(f'{type(exc).__name__}: {exc}')}, in {places(exc)}",
        "Look at the GPO, and run the task again. If it fails again, please report it as a bug of winsec.lsa.",
    )


def _end(known: t.Mapping[str, t.Any], exc: GroupPolicyError) -> None:
    """Fail and end at once, from a thread: a library does not come back."""
    sys.stdout.write(json.dumps({"failed": True, "msg": str(exc), **known}))
    sys.stdout.flush()
    os._exit(1)


def _require_libraries(module: AnsibleModule, options: Options) -> None:
    missing = missing_for(kerberos=options.login.kerberos, discovery=not options.server)
    if missing:
        name, trace = missing
        module.fail_json(msg=missing_required_lib(name), exception=trace)
