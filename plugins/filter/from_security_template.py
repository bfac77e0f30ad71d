# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._group_policy.errors import GroupPolicyError
from ..module_utils._group_policy.settings import Said, Setting
from ..module_utils._group_policy.template import from_text, read, said


def from_security_template(template: str | bytes) -> dict[Setting, Said]:
    """Return what a template says about each setting."""
    if not isinstance(template, (str, bytes)):
        raise AnsibleFilterError("winsec.lsa.from_security_template: The input is not the text of a template.")
    try:
        return said(read(template) if isinstance(template, bytes) else from_text(template))
    except GroupPolicyError as exc:
        raise AnsibleFilterError(f"winsec.lsa.from_security_template: {exc}") from None


class FilterModule:
    """Filters of winsec.lsa."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"from_security_template": from_security_template}
