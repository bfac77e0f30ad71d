# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A template names the same registry values that plugin_utils writes, which a module can't import."""

from __future__ import annotations

from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.settings import REGISTRY_VALUES, SETTINGS
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy import settings


def test_both_name_the_same_values() -> None:
    assert settings.SETTINGS == SETTINGS
    for setting in SETTINGS:
        key, name = settings.VALUE_NAMES[setting]
        assert REGISTRY_VALUES[setting].upper() == rf"MACHINE\{key}\{name}".upper()
