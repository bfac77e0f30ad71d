# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change in any release. Do not import it from elsewhere.

"""What CIS, DISA and Microsoft ask for, by Windows release. Pure data and one look-up.

Three answers are kept apart: an authority has a rule, it is known to have none, or what it asks is not known here.

Sources:
    DISA: the XCCDF files of the STIGs, as stored in microsoft/PowerStig (source/StigData/Archive and its history).
    CIS: the rule numbers in the check files of wazuh/wazuh (ruleset/sca/windows), scipag/HardeningKitty (lists) and
        fbprogmbh/Audit-Test-Automation, and the public rule titles at tenable.com/audits; not the CIS documents.
    Microsoft: microsoft/osconfig (security/SecurityBaseline_WindowsServer_2025-2510.csv), Azure/azure-policy
        (samples/GuestConfiguration, AzureWindowsBaseline.mof), and the Security Compliance Toolkit baselines as listed
        by scipag/HardeningKitty and fbprogmbh/Audit-Test-Automation.
"""

from __future__ import annotations

import typing as t

from .._windows.releases import WindowsVersion
from .settings import SETTINGS, Configured, Setting

Authority: t.TypeAlias = t.Literal["CIS", "DISA", "Microsoft"]
Expected: t.TypeAlias = tuple[Configured, ...]


class Rule(t.NamedTuple):
    """One rule of one authority.

    ``expected`` lists the configurations that satisfy it, the preferred one first. It is empty where the authority is
    known to number such a rule but what it expects could not be confirmed. ``id`` is None where it numbers nothing.
    """

    authority: Authority
    benchmark: str
    id: str | None
    setting: Setting
    expected: Expected
    vuln_id: str | None = None


_ENABLED: t.Final[Expected] = ("enabled",)
_DISABLED: t.Final[Expected] = ("disabled",)
_DISABLED_OR_ABSENT: t.Final[Expected] = ("disabled", "not_defined")
_UNCONFIRMED: t.Final[Expected] = ()

# CIS numbers both rules alike in every benchmark found.
# title, expected of use_machine_id, expected of null_session_fallback
_CIS: t.Final[dict[str, tuple[str, Expected, Expected]]] = {
    "Windows 7": ("CIS Microsoft Windows 7", _ENABLED, _DISABLED),
    "Windows 8.1": ("CIS Microsoft Windows 8.1", _UNCONFIRMED, _DISABLED),
    "Windows 10": ("CIS Microsoft Windows 10 Enterprise", _ENABLED, _DISABLED),
    "Windows 11": ("CIS Microsoft Windows 11 Enterprise", _ENABLED, _DISABLED),
    "Windows Server 2008 R2": ("CIS Microsoft Windows Server 2008 R2", _ENABLED, _UNCONFIRMED),
    "Windows Server 2012": ("CIS Microsoft Windows Server 2012 (non-R2)", _ENABLED, _DISABLED),
    "Windows Server 2012 R2": ("CIS Microsoft Windows Server 2012 R2", _ENABLED, _DISABLED),
    "Windows Server 2016": ("CIS Microsoft Windows Server 2016", _ENABLED, _DISABLED),
    "Windows Server 2019": ("CIS Microsoft Windows Server 2019", _ENABLED, _DISABLED),
    "Windows Server 2022": ("CIS Microsoft Windows Server 2022", _ENABLED, _DISABLED),
    "Windows Server 2025": ("CIS Microsoft Windows Server 2025", _ENABLED, _DISABLED),
}


class _Stig(t.NamedTuple):
    """Ids of one STIG: (rule, vulnerability) of each setting; None where it is known to have no such rule."""

    benchmark: str
    use_machine_id: tuple[str, str] | None
    null_session_fallback: tuple[str, str] | None
    product_types: tuple[str, ...] = ("workstation", "server", "domain_controller")


_STIG_2012_MEMBER: t.Final = _Stig(
    "Windows Server 2012/2012 R2 Member Server STIG",
    ("WN12-SO-000061", "V-225501"),
    ("WN12-SO-000062", "V-225502"),
    ("server",),
)
_STIG_2012_DC: t.Final = _Stig(
    "Windows Server 2012/2012 R2 Domain Controller STIG",
    ("WN12-SO-000061", "V-226324"),
    ("WN12-SO-000062", "V-226325"),
    ("domain_controller",),
)
_STIG_8: t.Final = _Stig("Windows 8/8.1 STIG", ("WN08-SO-000061", "V-21951"), ("WN08-SO-000062", "V-21952"))

_STIGS: t.Final[dict[str, tuple[_Stig, ...]]] = {
    "Windows 7": (_Stig("Windows 7 STIG", ("3.151", "V-21951"), ("3.152", "V-21952")),),
    "Windows 8": (_STIG_8,),
    "Windows 8.1": (_STIG_8,),
    # The rule on the computer identity was withdrawn between V1R19 and V1R21.
    "Windows 10": (_Stig("Windows 10 STIG", None, ("WN10-SO-000180", "V-220934")),),
    "Windows 11": (_Stig("Windows 11 STIG", None, ("WN11-SO-000180", "V-253458")),),
    # The member server STIG could not be read: what it asks is not known here.
    "Windows Server 2008 R2": (
        _Stig(
            "Windows Server 2008 R2 Domain Controller STIG",
            ("3.151", "V-21951"),
            ("3.152", "V-21952"),
            ("domain_controller",),
        ),
    ),
    "Windows Server 2012": (_STIG_2012_MEMBER, _STIG_2012_DC),
    "Windows Server 2012 R2": (_STIG_2012_MEMBER, _STIG_2012_DC),
    "Windows Server 2016": (
        _Stig("Windows Server 2016 STIG", ("WN16-SO-000320", "V-225049"), ("WN16-SO-000330", "V-225050")),
    ),
    "Windows Server 2019": (
        _Stig("Windows Server 2019 STIG", ("WN19-SO-000260", "V-205916"), ("WN19-SO-000270", "V-205917")),
    ),
    "Windows Server 2022": (
        _Stig("Windows Server 2022 STIG", ("WN22-SO-000260", "V-254470"), ("WN22-SO-000270", "V-254471")),
    ),
    "Windows Server 2025": (
        _Stig("Windows Server 2025 STIG", ("WN25-SO-000260", "V-278220"), ("WN25-SO-000270", "V-278221")),
    ),
}

_AZURE: t.Final = "Azure machine configuration security baseline for Windows"
_OSCONFIG: t.Final = "OSConfig security baseline for Windows Server 2025"
_CCE_USE_MACHINE_ID: t.Final = "CCE-38341-4"
_CCE_FALLBACK: t.Final = "CCE-37035-3"


class _Microsoft(t.NamedTuple):
    """One Microsoft baseline: what it expects of each setting; None where it is known to have no such rule."""

    benchmark: str
    use_machine_id: Expected | None
    null_session_fallback: Expected | None
    cce: bool = False
    first_build: int = 0


def _toolkit(release: str, first_build: int = 0) -> _Microsoft:
    """A Security Compliance Toolkit baseline after Server 2016: it asks only for the fallback, explicitly."""
    return _Microsoft(f"Microsoft security baseline for {release}", None, _DISABLED, first_build=first_build)


_AZURE_BASELINE: t.Final = _Microsoft(_AZURE, _ENABLED, _DISABLED_OR_ABSENT, cce=True)

_MICROSOFT: t.Final[dict[str, tuple[_Microsoft, ...]]] = {
    "Windows Server 2008": (_Microsoft(_AZURE, None, _DISABLED_OR_ABSENT, cce=True),),
    "Windows Server 2008 R2": (_AZURE_BASELINE,),
    "Windows Server 2012": (_AZURE_BASELINE,),
    "Windows Server 2012 R2": (_AZURE_BASELINE,),
    "Windows Server 2016": (
        _AZURE_BASELINE,
        _Microsoft("Microsoft security baseline for Windows Server 2016", _ENABLED, _DISABLED),
    ),
    "Windows Server 2019": (_toolkit("Windows Server 2019"),),
    "Windows Server, version 2004": (_toolkit("Windows Server, version 2004"),),
    "Windows Server, version 20H2": (_toolkit("Windows Server, version 20H2"),),
    "Windows Server 2022": (_toolkit("Windows Server 2022"),),
    "Windows Server 2025": (_Microsoft(_OSCONFIG, _ENABLED, _DISABLED_OR_ABSENT, cce=True),),
    # Baselines before version 2004 (build 19041) could not be read.
    "Windows 10": (_toolkit("Windows 10", first_build=19041),),
    "Windows 11": (_toolkit("Windows 11"),),
}


class Requirement(t.NamedTuple):
    """What one authority requires for one setting on one release. ``rules`` is None where that is not known."""

    rules: tuple[Rule, ...] | None

    @property
    def expected(self) -> Expected:
        """The configurations that satisfy every rule, the preferred one first. Empty: no rule, or not known."""
        if not self.rules:
            return ()
        return tuple(c for c in self.rules[0].expected if all(c in rule.expected for rule in self.rules))

    @property
    def known(self) -> bool:
        """Whether what the authority asks is known here, be it nothing."""
        return self.rules == () or bool(self.expected)


def requirement(authority: Authority, setting: Setting, windows: WindowsVersion) -> Requirement:
    """What ``authority`` requires for ``setting`` on this release."""
    return Requirement(_LOOKUPS[authority](setting, windows))


def rules_for(windows: WindowsVersion) -> tuple[Rule, ...]:
    """Every rule known for this release: by setting, then by authority."""
    return tuple(
        rule
        for setting in SETTINGS
        for authority in t.get_args(Authority)
        for rule in requirement(authority, setting, windows).rules or ()
    )


# Each look-up: the rules, an empty tuple where there is known to be none, None where it is not known.


def _cis(setting: Setting, windows: WindowsVersion) -> tuple[Rule, ...] | None:
    row = _CIS.get(windows.release)
    if row is None:
        return None
    benchmark, identity, fallback = row
    if setting == "use_machine_id":
        return (Rule("CIS", benchmark, "2.3.11.1", setting, identity),)
    return (Rule("CIS", benchmark, "2.3.11.2", setting, fallback),)


def _disa(setting: Setting, windows: WindowsVersion) -> tuple[Rule, ...] | None:
    for stig in _STIGS.get(windows.release, ()):
        if windows.product_type in stig.product_types:
            ids = getattr(stig, setting)
            expected = _ENABLED if setting == "use_machine_id" else _DISABLED
            return (Rule("DISA", stig.benchmark, ids[0], setting, expected, vuln_id=ids[1]),) if ids else ()
    return None


def _microsoft(setting: Setting, windows: WindowsVersion) -> tuple[Rule, ...] | None:
    baselines = [b for b in _MICROSOFT.get(windows.release, ()) if windows.build >= b.first_build]
    if not baselines:
        return None
    cce = _CCE_USE_MACHINE_ID if setting == "use_machine_id" else _CCE_FALLBACK
    return tuple(
        Rule("Microsoft", baseline.benchmark, cce if baseline.cce else None, setting, expected)
        for baseline in baselines
        if (expected := getattr(baseline, setting)) is not None
    )


_LOOKUPS: t.Final[dict[str, t.Callable[[Setting, WindowsVersion], tuple[Rule, ...] | None]]] = {
    "CIS": _cis,
    "DISA": _disa,
    "Microsoft": _microsoft,
}
