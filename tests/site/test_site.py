# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation site as a reader has it: every page loads, links lead somewhere, and nothing is cut off."""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

if t.TYPE_CHECKING:
    from selenium.webdriver import Chrome

SITE = Path(os.environ["SITE"])
PAGES = sorted(str(file.relative_to(SITE)) for file in SITE.rglob("*.html"))
GUIDES = [page for page in PAGES if page.startswith("docsite/")]
SOURCES = Path(__file__).parents[2] / "docs" / "docsite" / "rst"

#: To wait for the browser on a busy machine.
_SECONDS = 60

WIDE, NARROW = (1280, 1000), (1000, 800)
#: A phone. Chromium's window can't be as narrow, so it is told to imitate the screen.
PHONE = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}

LINKS = "return [...document.querySelectorAll('a[href]')].map(a => a.href)"
ANCHORS = "return [...document.querySelectorAll('[id]')].map(e => e.id)"
BROKEN_IMAGES = "return [...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
# What sticks out of the text column, unless it scrolls by itself as code does.
CUT_OFF = """
const column = document.querySelector('[itemprop=articleBody]').getBoundingClientRect();
return [...document.querySelectorAll('[itemprop=articleBody] :is(table, img, p, li, td, h1, h2, h3, code)')]
  .filter(e => e.getBoundingClientRect().right > column.right + 1 && !e.closest('pre, .wy-table-responsive'))
  .map(e => e.tagName + ': ' + e.textContent.slice(0, 60));
"""


def open_page(browser: Chrome, address: str, page: str, size: tuple[int, int] = WIDE) -> None:
    browser.set_window_size(*size)
    browser.get(f"{address}/{page}")


def test_every_guide_is_there() -> None:
    assert sorted(Path(page).stem for page in GUIDES) == sorted(file.stem for file in SOURCES.glob("*.rst"))


@pytest.mark.parametrize("page", PAGES)
def test_page_loads(browser: Chrome, address: str, page: str) -> None:
    open_page(browser, address, page)
    assert browser.title
    assert browser.get_log("browser") == []
    assert browser.execute_script(BROKEN_IMAGES) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != "search.html"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_is_cut_off(browser: Chrome, address: str, page: str, size: tuple[int, int]) -> None:
    open_page(browser, address, page, size)
    assert browser.execute_script(CUT_OFF) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != "search.html"])
def test_nothing_is_cut_off_on_a_phone(browser: Chrome, address: str, page: str) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    try:
        browser.get(f"{address}/{page}")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]
        assert browser.execute_script(CUT_OFF) == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_no_link_within_the_site_is_broken(browser: Chrome, address: str) -> None:
    links: dict[str, set[str]] = {}
    anchors = {f"{address}/{file.relative_to(SITE)}": {""} for file in SITE.rglob("*")} | {f"{address}/": {""}}
    for page in PAGES:
        open_page(browser, address, page)
        links[page] = set(browser.execute_script(LINKS))
        anchors[f"{address}/{page}"] = {"", *browser.execute_script(ANCHORS)}
    broken = [
        (page, link)
        for page, targets in links.items()
        for link in sorted(targets)
        if link.startswith(address)
        if urldefrag(link).fragment not in anchors.get(urldefrag(link).url, set())
    ]
    assert broken == []


def test_from_page_to_page(browser: Chrome, address: str) -> None:
    """A reader who always goes on comes through all pages of the collection."""
    open_page(browser, address, "index.html")
    seen = [browser.current_url]
    while found := browser.find_elements(By.CSS_SELECTOR, "a[rel=next]"):
        browser.get(str(found[0].get_attribute("href")))
        seen.append(browser.current_url)
    expected = {f"{address}/{page}" for page in PAGES} - {f"{address}/search.html"}
    assert expected - set(seen) <= {f"{address}/environment_variables.html"}


def test_start_page_begins_with_why(browser: Chrome, address: str) -> None:
    open_page(browser, address, "index.html")
    assert browser.find_element(By.TAG_NAME, "h2").text.startswith("Why")


@pytest.mark.parametrize("page", PAGES)
def test_no_button_leads_to_a_placeholder(page: str) -> None:
    assert 'href="https://example.com' not in (SITE / page).read_text()


def test_guides_differ_in_their_first_word() -> None:
    """Readers find a guide in the menu by the beginning of its title."""
    titles = [re.findall(r"^(.+)\n=+$", file.read_text(), re.MULTILINE)[0] for file in SOURCES.glob("*.rst")]
    first = [title.split()[0] for title in titles]
    assert sorted(first) == sorted(set(first))


def test_menu(browser: Chrome, address: str) -> None:
    open_page(browser, address, "docsite/guide_troubleshoot.html")
    browser.find_element(By.CSS_SELECTOR, ".wy-menu").find_element(By.LINK_TEXT, "Get started").click()
    # The click returns before the page is there.
    WebDriverWait(browser, _SECONDS, ignored_exceptions=[StaleElementReferenceException]).until(
        lambda driver: driver.find_element(By.TAG_NAME, "h1").text.startswith("Get started")
    )


def test_search(browser: Chrome, address: str) -> None:
    open_page(browser, address, "search.html?q=StdRegProv")
    WebDriverWait(browser, _SECONDS).until(
        lambda driver: "How it works" in driver.find_element(By.ID, "search-results").text
    )


@pytest.mark.parametrize("page", ["index.html", "use_machine_id_module.html", "use_machine_id_role.html", *GUIDES])
def test_screenshot(browser: Chrome, address: str, page: str) -> None:
    """For a person to look at, in the folder of the site."""
    open_page(browser, address, page)
    height = browser.execute_script("return document.documentElement.scrollHeight")
    browser.set_window_size(WIDE[0], min(height + 150, 8000))
    file = SITE.parent / "screenshots" / f"{Path(page).stem}.png"
    file.parent.mkdir(exist_ok=True)
    assert browser.save_screenshot(str(file))
    assert file.stat().st_size > 20_000
