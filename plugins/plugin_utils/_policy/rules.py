# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""The rules of CIS, DISA, Microsoft, ASD and BSI on both settings: one row for each document and setting. Pure data.

A row is there only if the document was read, or a source that quotes it. Where the document has no rule on the
setting, its row says so. The guide "Benchmarks and their rules" has the sources, and so has the fixture with which a
test compares these rows.
"""

from __future__ import annotations

import typing as t

from .._windows.releases import ProductType, WindowsVersion
from .settings import Configured, Setting

Authority: t.TypeAlias = t.Literal["CIS", "DISA", "Microsoft", "ASD", "BSI"]
Expected: t.TypeAlias = tuple[Configured, ...]

_ANY_TYPE: t.Final[tuple[ProductType, ...]] = ("workstation", "server", "domain_controller")
_ANY_BUILD: t.Final = (0, 0xFFFFFFFF)


class Rule(t.NamedTuple):
    """The rule of one document on one setting, and the hosts that it applies to."""

    authority: Authority
    benchmark: str
    #: By the names that WindowsVersion.release gives.
    releases: tuple[str, ...]
    setting: Setting
    #: None where the document numbers nothing.
    id: str | None
    #: The configurations that satisfy the rule, the preferred one first. Empty where the rule is known to exist, but
    #: not what it expects. None where the document is known to have no rule on this setting.
    expected: Expected | None
    #: The level or severity, in the words of the authority; None where it gives none.
    level: str | None = None
    #: Only DISA has these two: Vuln ID and Rule ID, by which XCCDF and checklists name the rule.
    vuln_id: str | None = None
    rule_id: str | None = None
    product_types: tuple[ProductType, ...] = _ANY_TYPE
    #: The first and the last build.
    builds: tuple[int, int] = _ANY_BUILD

    def is_about(self, windows: WindowsVersion) -> bool:
        first, last = self.builds
        return (
            windows.release in self.releases
            and windows.product_type in self.product_types
            and first <= windows.build <= last
        )


_IDENTITY: t.Final[Setting] = "use_machine_id"
_FALLBACK: t.Final[Setting] = "null_session_fallback"
_ENABLED: t.Final[Expected] = ("enabled",)
_DISABLED: t.Final[Expected] = ("disabled",)
_DISABLED_OR_ABSENT: t.Final[Expected] = ("disabled", "not_defined")
_NOT_CONFIRMED: t.Final[Expected] = ()
_NO_RULE: t.Final = None

_7, _8, _8_1, _10, _11 = ((f"Windows {name}",) for name in ("7", "8", "8.1", "10", "11"))
_2008, _2008_R2, _2012, _2012_R2, _2016, _2019, _2022, _2025 = (
    (f"Windows Server {name}",) for name in ("2008", "2008 R2", "2012", "2012 R2", "2016", "2019", "2022", "2025")
)
_2004, _20H2 = (("Windows Server, version 2004",), ("Windows Server, version 20H2",))
_UP_TO_2022: t.Final = _2008_R2 + _2012 + _2012_R2 + _2016 + _2019 + _2022
_MEMBER: t.Final[tuple[ProductType, ...]] = ("server",)
_CONTROLLER: t.Final[tuple[ProductType, ...]] = ("domain_controller",)

_AZURE: t.Final = "Azure machine configuration security baseline for Windows"
_AZURE_2025: t.Final = "Azure machine configuration security baseline for Windows Server 2025"
_OSCONFIG: t.Final = "OSConfig security baseline for Windows Server 2025"
_SISYPHUS: t.Final = "SiSyPHuS Windows 10"
_ACSC: t.Final = "Hardening Microsoft Windows 10 version 21H1 Workstations"
_BLUEPRINT: t.Final = "Blueprint for Secure Cloud: Windows hardening"

# One line for what a rule says, and a second one where there is more to say of it.
# fmt: off
RULES: t.Final[tuple[Rule, ...]] = (
    Rule("CIS", "CIS Microsoft Windows 7", _7, _IDENTITY, "2.3.11.1", _ENABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows 7", _7, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows 8.1", _8_1, _IDENTITY, "2.3.11.1", _NOT_CONFIRMED, "L1"),
    Rule("CIS", "CIS Microsoft Windows 8.1", _8_1, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows 10 Enterprise", _10, _IDENTITY, "2.3.11.1", _ENABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows 10 Enterprise", _10, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows 11 Enterprise", _11, _IDENTITY, "2.3.11.1", _ENABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows 11 Enterprise", _11, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    # The benchmark of Server 2008 counts differently: 2.3.11.2 is NoLMHash there.
    Rule("CIS", "CIS Microsoft Windows Server 2008 (non-R2)", _2008, _IDENTITY, None, _NO_RULE),
    Rule("CIS", "CIS Microsoft Windows Server 2008 (non-R2)", _2008, _FALLBACK, "2.3.11.1", _DISABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2008 R2", _2008_R2, _IDENTITY, "2.3.11.1", _ENABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2008 R2", _2008_R2, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2012 (non-R2)", _2012, _IDENTITY, "2.3.11.1", _ENABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2012 (non-R2)", _2012, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2012 R2", _2012_R2, _IDENTITY, "2.3.11.1", _ENABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2012 R2", _2012_R2, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2016", _2016, _IDENTITY, "2.3.11.1", _ENABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2016", _2016, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2019", _2019, _IDENTITY, "2.3.11.1", _ENABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2019", _2019, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2022", _2022, _IDENTITY, "2.3.11.1", _ENABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2022", _2022, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2025", _2025, _IDENTITY, "2.3.11.1", _ENABLED, "L1"),
    Rule("CIS", "CIS Microsoft Windows Server 2025", _2025, _FALLBACK, "2.3.11.2", _DISABLED, "L1"),
    Rule("DISA", "Windows 7 STIG", _7, _IDENTITY, "3.151", _ENABLED, "medium", "V-21951", "SV-25274r2_rule"),
    Rule("DISA", "Windows 7 STIG", _7, _FALLBACK, "3.152", _DISABLED, "medium", "V-21952", "SV-25275r2_rule"),
    Rule("DISA", "Windows 8/8.1 STIG", _8 + _8_1, _IDENTITY, "WN08-SO-000061", _ENABLED, "medium",
         "V-21951", "SV-48419r2_rule"),
    Rule("DISA", "Windows 8/8.1 STIG", _8 + _8_1, _FALLBACK, "WN08-SO-000062", _DISABLED, "medium",
         "V-21952", "SV-48422r2_rule"),
    # The rule on the identity, WN10-SO-000175, was withdrawn between V1R19 and V1R21.
    Rule("DISA", "Windows 10 STIG", _10, _IDENTITY, None, _NO_RULE),
    Rule("DISA", "Windows 10 STIG", _10, _FALLBACK, "WN10-SO-000180", _DISABLED, "medium",
         "V-220934", "SV-220934r991589_rule"),
    Rule("DISA", "Windows 11 STIG", _11, _IDENTITY, None, _NO_RULE),
    Rule("DISA", "Windows 11 STIG", _11, _FALLBACK, "WN11-SO-000180", _DISABLED, "medium",
         "V-253458", "SV-253458r991589_rule"),
    Rule("DISA", "Windows Server 2008 Member Server STIG", _2008, _IDENTITY, None, _NO_RULE, product_types=_MEMBER),
    Rule("DISA", "Windows Server 2008 Member Server STIG", _2008, _FALLBACK, None, _NO_RULE, product_types=_MEMBER),
    Rule("DISA", "Windows Server 2008 Domain Controller STIG", _2008, _IDENTITY, None, _NO_RULE,
         product_types=_CONTROLLER),
    Rule("DISA", "Windows Server 2008 Domain Controller STIG", _2008, _FALLBACK, None, _NO_RULE,
         product_types=_CONTROLLER),
    Rule("DISA", "Windows Server 2008 R2 Member Server STIG", _2008_R2, _IDENTITY, "3.151", _ENABLED, "medium",
         "V-21951", "SV-32445r1_rule", product_types=_MEMBER),
    Rule("DISA", "Windows Server 2008 R2 Member Server STIG", _2008_R2, _FALLBACK, "3.152", _DISABLED, "medium",
         "V-21952", "SV-32446r1_rule", product_types=_MEMBER),
    Rule("DISA", "Windows Server 2008 R2 Domain Controller STIG", _2008_R2, _IDENTITY, "3.151", _ENABLED, "medium",
         "V-21951", "SV-32445r1_rule", product_types=_CONTROLLER),
    Rule("DISA", "Windows Server 2008 R2 Domain Controller STIG", _2008_R2, _FALLBACK, "3.152", _DISABLED, "medium",
         "V-21952", "SV-32446r1_rule", product_types=_CONTROLLER),
    Rule("DISA", "Windows Server 2012/2012 R2 Member Server STIG", _2012 + _2012_R2, _IDENTITY, "WN12-SO-000061",
         _ENABLED, "medium", "V-225501", "SV-225501r569185_rule", product_types=_MEMBER),
    Rule("DISA", "Windows Server 2012/2012 R2 Member Server STIG", _2012 + _2012_R2, _FALLBACK, "WN12-SO-000062",
         _DISABLED, "medium", "V-225502", "SV-225502r569185_rule", product_types=_MEMBER),
    Rule("DISA", "Windows Server 2012/2012 R2 Domain Controller STIG", _2012 + _2012_R2, _IDENTITY, "WN12-SO-000061",
         _ENABLED, "medium", "V-226324", "SV-226324r794537_rule", product_types=_CONTROLLER),
    Rule("DISA", "Windows Server 2012/2012 R2 Domain Controller STIG", _2012 + _2012_R2, _FALLBACK, "WN12-SO-000062",
         _DISABLED, "medium", "V-226325", "SV-226325r794603_rule", product_types=_CONTROLLER),
    Rule("DISA", "Windows Server 2016 STIG", _2016, _IDENTITY, "WN16-SO-000320", _ENABLED, "medium",
         "V-225049", "SV-225049r991589_rule"),
    Rule("DISA", "Windows Server 2016 STIG", _2016, _FALLBACK, "WN16-SO-000330", _DISABLED, "medium",
         "V-225050", "SV-225050r991589_rule"),
    Rule("DISA", "Windows Server 2019 STIG", _2019, _IDENTITY, "WN19-SO-000260", _ENABLED, "medium",
         "V-205916", "SV-205916r991589_rule"),
    Rule("DISA", "Windows Server 2019 STIG", _2019, _FALLBACK, "WN19-SO-000270", _DISABLED, "medium",
         "V-205917", "SV-205917r991589_rule"),
    Rule("DISA", "Windows Server 2022 STIG", _2022, _IDENTITY, "WN22-SO-000260", _ENABLED, "medium",
         "V-254470", "SV-254470r991589_rule"),
    Rule("DISA", "Windows Server 2022 STIG", _2022, _FALLBACK, "WN22-SO-000270", _DISABLED, "medium",
         "V-254471", "SV-254471r991589_rule"),
    Rule("DISA", "Windows Server 2025 STIG", _2025, _IDENTITY, "WN25-SO-000260", _ENABLED, "medium",
         "V-278220", "SV-278220r1181366_rule"),
    Rule("DISA", "Windows Server 2025 STIG", _2025, _FALLBACK, "WN25-SO-000270", _DISABLED, "medium",
         "V-278221", "SV-278221r1181369_rule"),
    # Microsoft's baselines for machines that Azure Policy or OSConfig looks after.
    Rule("Microsoft", _AZURE, _2008, _IDENTITY, None, _NO_RULE),
    Rule("Microsoft", _AZURE, _UP_TO_2022, _IDENTITY, "CCE-38341-4", _ENABLED, "Critical"),
    Rule("Microsoft", _AZURE, _2008 + _UP_TO_2022, _FALLBACK, "CCE-37035-3", _DISABLED_OR_ABSENT, "Critical"),
    Rule("Microsoft", _AZURE_2025, _2025, _IDENTITY, "CCE-38341-4", _ENABLED, "Critical"),
    Rule("Microsoft", _AZURE_2025, _2025, _FALLBACK, "CCE-37035-3", _DISABLED_OR_ABSENT, "Critical"),
    Rule("Microsoft", _OSCONFIG, _2025, _IDENTITY, "CCE-38341-4", _ENABLED, "Critical"),
    Rule("Microsoft", _OSCONFIG, _2025, _FALLBACK, "CCE-37035-3", _DISABLED_OR_ABSENT, "Critical"),
    # Microsoft's baselines for Group Policy: Security Compliance Manager, later Security Compliance Toolkit.
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2008 R2", _2008_R2, _IDENTITY, None, _NO_RULE,
         product_types=_MEMBER),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2008 R2", _2008_R2, _FALLBACK, None, _NO_RULE,
         product_types=_MEMBER),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2008 R2", _2008_R2, _IDENTITY, None, _ENABLED,
         product_types=_CONTROLLER),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2008 R2", _2008_R2, _FALLBACK, None, _DISABLED,
         product_types=_CONTROLLER),
    Rule("Microsoft", "Microsoft security baseline for Windows 8.1", _8_1, _IDENTITY, None, _ENABLED),
    Rule("Microsoft", "Microsoft security baseline for Windows 8.1", _8_1, _FALLBACK, None, _DISABLED),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2012 R2", _2012_R2, _IDENTITY, None, _ENABLED),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2012 R2", _2012_R2, _FALLBACK, None, _DISABLED),
    Rule("Microsoft", "Microsoft security baseline for Windows 10, version 1507", _10, _IDENTITY, None, _ENABLED,
         builds=(10240, 10240)),
    Rule("Microsoft", "Microsoft security baseline for Windows 10, version 1507", _10, _FALLBACK, None, _DISABLED,
         builds=(10240, 10240)),
    Rule("Microsoft", "Microsoft security baseline for Windows 10, version 1607", _10, _IDENTITY, None, _ENABLED,
         builds=(14393, 14393)),
    Rule("Microsoft", "Microsoft security baseline for Windows 10, version 1607", _10, _FALLBACK, None, _DISABLED,
         builds=(14393, 14393)),
    Rule("Microsoft", "Microsoft security baseline for Windows 10, version 1809", _10, _IDENTITY, None, _NO_RULE,
         builds=(17763, 17763)),
    Rule("Microsoft", "Microsoft security baseline for Windows 10, version 1809", _10, _FALLBACK, None, _DISABLED,
         builds=(17763, 17763)),
    Rule("Microsoft", "Microsoft security baseline for Windows 10, version 1909 and later", _10, _IDENTITY, None,
         _NO_RULE, builds=(18363, 19045)),
    Rule("Microsoft", "Microsoft security baseline for Windows 10, version 1909 and later", _10, _FALLBACK, None,
         _DISABLED, builds=(18363, 19045)),
    Rule("Microsoft", "Microsoft security baseline for Windows 11", _11, _IDENTITY, None, _NO_RULE,
         builds=(22000, 26200)),
    Rule("Microsoft", "Microsoft security baseline for Windows 11", _11, _FALLBACK, None, _DISABLED,
         builds=(22000, 26200)),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2016", _2016, _IDENTITY, None, _ENABLED),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2016", _2016, _FALLBACK, None, _DISABLED),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2019", _2019, _IDENTITY, None, _NO_RULE),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2019", _2019, _FALLBACK, None, _DISABLED),
    Rule("Microsoft", "Microsoft security baseline for Windows Server, version 2004", _2004, _IDENTITY, None, _NO_RULE),
    Rule("Microsoft", "Microsoft security baseline for Windows Server, version 2004", _2004, _FALLBACK, None,
         _DISABLED),
    Rule("Microsoft", "Microsoft security baseline for Windows Server, version 20H2", _20H2, _IDENTITY, None, _NO_RULE),
    Rule("Microsoft", "Microsoft security baseline for Windows Server, version 20H2", _20H2, _FALLBACK, None,
         _DISABLED),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2022", _2022, _IDENTITY, None, _NO_RULE),
    Rule("Microsoft", "Microsoft security baseline for Windows Server 2022", _2022, _FALLBACK, None, _DISABLED),
    # Both of ASD are about Windows 10 from version 21H1 on.
    Rule("ASD", _ACSC, _10, _IDENTITY, None, _ENABLED, "medium", builds=(19043, 19045)),
    Rule("ASD", _ACSC, _10, _FALLBACK, None, _DISABLED, "medium", builds=(19043, 19045)),
    Rule("ASD", _BLUEPRINT, _10 + _11, _IDENTITY, None, _ENABLED, builds=(19043, 28000)),
    Rule("ASD", _BLUEPRINT, _10 + _11, _FALLBACK, None, _DISABLED, builds=(19043, 28000)),
    Rule("BSI", _SISYPHUS, _10, _IDENTITY, "256", _ENABLED, "ND, NE"),
    Rule("BSI", _SISYPHUS, _10, _FALLBACK, "260", _DISABLED, "ND, NE"),
)
# fmt: on
