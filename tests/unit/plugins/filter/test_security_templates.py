# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both filters for security templates, as Ansible finds and calls them."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.winsec.lsa.plugins.filter.from_security_template import FilterModule as From
from ansible_collections.winsec.lsa.plugins.filter.to_security_template import FilterModule as To

to_template = To().filters()["to_security_template"]
from_template = From().filters()["from_security_template"]


@pytest.mark.parametrize("use", ["enabled", "disabled", "not_defined"])
@pytest.mark.parametrize("fallback", ["enabled", "disabled", "not_defined"])
def test_what_is_written_is_read(use: str, fallback: str) -> None:
    states = {"use_machine_id": use, "null_session_fallback": fallback}
    text = to_template(states)
    assert text.startswith("\ufeff[Unicode]\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert from_template(text) == from_template(text[1:]) == from_template(text.encode("utf-16-le")) == states


def test_a_template_that_exists_is_edited() -> None:
    existing = '[Version]\r\nsignature="$CHICAGO$"\r\n[System Access]\r\nLockoutBadCount = 5\r\n'
    text = to_template({"use_machine_id": "enabled", "null_session_fallback": "unmanaged"}, existing)
    assert text == "\ufeff" + existing + (
        "[Registry Values]\r\nMACHINE\\System\\CurrentControlSet\\Control\\Lsa\\UseMachineId=4,1\r\n"
    )
    assert to_template({"use_machine_id": "not_defined"}, text) == "\ufeff" + existing


@pytest.mark.parametrize(
    "settings",
    [{}, [], "enabled", None, {"UseMachineId": "enabled"}, {"use_machine_id": "invalid"}, {"use_machine_id": 1}],
)
def test_a_wrong_input_is_named(settings: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="to_security_template: "):
        to_template(settings)


@pytest.mark.parametrize("template", [None, 1, "no template", b"\xff\xfe1"])
def test_a_text_that_is_not_a_template_is_refused(template: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="from_security_template: "):
        from_template(template)
