# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import generation_of
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import (
    Product,
    ProductType,
    WindowsVersion,
    product_of,
)


@pytest.mark.parametrize(
    ("version", "product_type", "release", "generation"),
    [
        ((5, 0, 2195), "server", "Windows 2000 Server", "unsupported"),
        ((5, 1, 2600), "workstation", "Windows XP", "unsupported"),
        ((5, 2, 3790), "domain_controller", "Windows Server 2003", "unsupported"),
        ((6, 0, 6000), "workstation", "Windows Vista", "vista_2008"),
        ((6, 0, 6001), "server", "Windows Server 2008", "vista_2008"),
        ((6, 0, 6003), "domain_controller", "Windows Server 2008", "vista_2008"),
        ((6, 1, 7600), "workstation", "Windows 7", "7_2008r2"),
        ((6, 1, 7601), "server", "Windows Server 2008 R2", "7_2008r2"),
        ((6, 2, 9200), "workstation", "Windows 8", "7_2008r2"),
        ((6, 2, 9200), "server", "Windows Server 2012", "7_2008r2"),
        ((6, 3, 9600), "workstation", "Windows 8.1", "7_2008r2"),
        ((6, 3, 9600), "server", "Windows Server 2012 R2", "7_2008r2"),
        ((10, 0, 10240), "workstation", "Windows 10", "7_2008r2"),
        ((10, 0, 19045), "workstation", "Windows 10", "7_2008r2"),
        ((10, 0, 22000), "workstation", "Windows 11", "7_2008r2"),
        ((10, 0, 26200), "workstation", "Windows 11", "7_2008r2"),
        ((10, 0, 14393), "server", "Windows Server 2016", "7_2008r2"),
        ((10, 0, 17763), "domain_controller", "Windows Server 2019", "7_2008r2"),
        ((10, 0, 20348), "server", "Windows Server 2022", "7_2008r2"),
        ((10, 0, 25398), "server", "Windows Server, version 23H2", "7_2008r2"),
        ((10, 0, 26100), "server", "Windows Server 2025", "7_2008r2"),
        ((10, 0, 26100), "workstation", "Windows 11", "7_2008r2"),
    ],
)
def test_releases_are_told_by_version_build_and_role(
    version: tuple[int, int, int], product_type: ProductType, release: str, generation: str
) -> None:
    windows = WindowsVersion(*version, product_type)
    assert (windows.release, generation_of(windows)) == (release, generation)


@pytest.mark.parametrize(
    ("version", "product_type"),
    [
        ((10, 0, 26101), "server"),
        ((10, 0, 99999), "workstation"),
        ((6, 4, 9841), "workstation"),
        ((11, 0, 30000), "server"),
        ((10, 0, 20348), "unknown"),
    ],
)
def test_a_release_that_is_not_known_is_not_guessed_at(
    version: tuple[int, int, int], product_type: ProductType
) -> None:
    windows = WindowsVersion(*version, product_type)
    assert windows.release == f"Windows NT {version[0]}.{version[1]} (build {version[2]})"
    assert generation_of(windows) == "7_2008r2"


def test_versions_compare_as_numbers() -> None:
    assert generation_of(WindowsVersion(10, 0, 20348, "server")) == "7_2008r2"
    assert str(WindowsVersion(10, 0, 20348, "server")) == "10.0.20348"


#: GetProductInfo's number and the registry's EditionID of each edition, and what it makes of a server with that build.
OTHER_PRODUCTS: list[tuple[int, str, tuple[int, int, int], str]] = [
    (42, "ServerHyperCore", (6, 0, 6002), "Hyper-V Server 2008"),
    (42, "ServerHyperCore", (6, 1, 7601), "Hyper-V Server 2008 R2"),
    (42, "ServerHyperCore", (6, 3, 9600), "Hyper-V Server 2012 R2"),
    (42, "ServerHyperCore", (10, 0, 17763), "Hyper-V Server 2019"),
    (42, "ServerHyperCore", (10, 0, 20348), "Windows NT 10.0 (build 20348)"),
    (145, "ServerDatacenterACor", (6, 3, 9600), "Windows NT 6.3 (build 9600)"),
    (145, "ServerDatacenterACor", (10, 0, 17763), "Windows Server, version 1809"),
    (146, "ServerStandardACor", (10, 0, 19042), "Windows Server, version 20H2"),
    (145, "ServerDatacenterACor", (10, 0, 20348), "Windows NT 10.0 (build 20348)"),
    (175, "ServerRdsh", (10, 0, 19045), "Windows 10 Enterprise multi-session"),
    (175, "ServerRdsh", (10, 0, 26100), "Windows 11 Enterprise multi-session"),
    (175, "ServerRdsh", (10, 0, 99999), "Windows NT 10.0 (build 99999)"),
    (406, "ServerAzureStackHCICor", (10, 0, 17784), "Azure Stack HCI, version 20H2"),
    (406, "ServerAzureStackHCICor", (10, 0, 20348), "Azure Stack HCI, version 21H2"),
    (406, "ServerAzureStackHCICor", (10, 0, 20349), "Azure Stack HCI, version 22H2"),
    (406, "ServerAzureStackHCICor", (10, 0, 25398), "Azure Stack HCI, version 23H2"),
    (406, "ServerAzureStackHCICor", (10, 0, 26100), "Azure Local, version 24H2"),
    (406, "ServerAzureStackHCICor", (10, 0, 26101), "Windows NT 10.0 (build 26101)"),
    # Editions of Windows Server: Standard, Datacenter, their evaluations, Azure Edition.
    (7, "ServerStandard", (10, 0, 17763), "Windows Server 2019"),
    (8, "ServerDatacenter", (10, 0, 20348), "Windows Server 2022"),
    (79, "ServerStandardEval", (10, 0, 14393), "Windows Server 2016"),
    (407, "ServerTurbine", (10, 0, 26100), "Windows Server 2025"),
    (408, "ServerTurbineCor", (10, 0, 20348), "Windows Server 2022"),
]


@pytest.mark.parametrize(("sku", "edition_id", "version", "release"), OTHER_PRODUCTS)
def test_another_product_with_the_build_of_a_server_is_told_apart_by_its_edition(
    sku: int, edition_id: str, version: tuple[int, int, int], release: str
) -> None:
    for product in (product_of(sku), product_of(edition_id=edition_id), product_of(edition_id=edition_id.upper())):
        assert WindowsVersion(*version, "server", product).release == release


def test_an_edition_that_is_not_said_is_that_of_windows_itself() -> None:
    assert (product_of(None), product_of(0), product_of(edition_id="")) == ("windows", "windows", "windows")


@pytest.mark.parametrize("product", t.get_args(Product))
def test_no_product_is_named_without_a_product_type(product: Product) -> None:
    assert WindowsVersion(10, 0, 17763, "unknown", product).release == "Windows NT 10.0 (build 17763)"
