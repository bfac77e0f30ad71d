# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page in a Chromium: it can be sorted and filtered, by keyboard too, and nothing runs, loads or sticks out."""

from __future__ import annotations

import itertools
import json
import typing as t
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

FLEETS = ("everything", "hostile", "large", "all_bad")
WIDTHS = (390, 1280)
#: To wait for the browser on a busy machine.
_SECONDS = 60

SHOWN = (
    "return [...document.querySelectorAll('#table tbody tr')].filter(r => !r.hidden).map(r => r.cells[{}].innerText)"
)
STICKS_OUT = """
const width = document.documentElement.clientWidth;
return [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().right > width + 1 && !e.closest('.scroll'))
  .map(e => e.tagName + ': ' + e.textContent.slice(0, 60));
"""
#: Relative luminance and contrast as WCAG 2.2 defines them, for each text of the page on the background behind it.
CONTRAST = """
const parse = c => c.match(/[\\d.]+/g).map(Number);
const lum = c => { const [r, g, b] = parse(c).map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b; };
const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
  const p = parse(c); if (p.length < 4 || p[3] > 0) return c; } return 'rgb(255, 255, 255)'; };
return [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.closest('svg, option, .skip'))
  .map(e => { const a = lum(getComputedStyle(e).color), b = lum(behind(e));
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.outerHTML.slice(0, 80)]; })
  .filter(([ratio]) => ratio < 4.5);
"""


@pytest.fixture(autouse=True)
def as_usual(browser: Chrome) -> Iterator[None]:
    yield
    for command in ("Emulation.clearDeviceMetricsOverride", "Emulation.setEmulatedMedia"):
        browser.execute_cdp_cmd(command, {})


def open_report(browser: Chrome, reports: Path, name: str, width: int = 1280, scheme: str = "light") -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get((reports / name / "report.html").as_uri())
    WebDriverWait(browser, _SECONDS).until(lambda b: b.find_element(By.ID, "shown").text)


def column(browser: Chrome, number: int) -> list[str]:
    """The texts of a column, of the rows that are shown."""
    return t.cast("list[str]", browser.execute_script(SHOWN.format(number)))


def wait_for(browser: Chrome, shown: str) -> None:
    WebDriverWait(browser, _SECONDS).until(lambda b: b.find_element(By.ID, "shown").text == shown)


def head(browser: Chrome, name: str) -> t.Any:
    return next(h for h in browser.find_elements(By.CSS_SELECTOR, "#table thead th") if h.text.startswith(name))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", FLEETS)
def test_no_complaint_nothing_loaded_nothing_sticks_out(
    browser: Chrome, reports: Path, name: str, width: int, scheme: str
) -> None:
    open_report(browser, reports, name, width, scheme)
    assert browser.get_log("browser") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert browser.execute_script("return document.documentElement.scrollWidth") == width
    assert browser.execute_script(STICKS_OUT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(browser: Chrome, reports: Path, scheme: str) -> None:
    open_report(browser, reports, "everything", scheme=scheme)
    background = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(251, 250, 248)", "dark": "rgb(20, 22, 26)"}[scheme]
    assert browser.execute_script(CONTRAST) == []


def test_it_opens_worst_first_and_sorts_both_ways(browser: Chrome, reports: Path) -> None:
    open_report(browser, reports, "everything")
    hosts = [record["host"] for record in json.loads((reports / "everything" / "report.json").read_text())["hosts"]]
    assert [text.split()[0] for text in column(browser, 0)] == hosts
    assert head(browser, "Attention").get_attribute("aria-sort") == "ascending"
    for direction in ("ascending", "descending"):
        head(browser, "Host").find_element(By.TAG_NAME, "button").click()
        assert head(browser, "Host").get_attribute("aria-sort") == direction
        assert head(browser, "Attention").get_attribute("aria-sort") is None
        names = [text.split()[0] for text in column(browser, 0)]
        assert names == sorted(hosts, reverse=direction == "descending")
    head(browser, "Verdict").find_element(By.TAG_NAME, "button").click()
    verdicts = column(browser, 2)
    assert verdicts == sorted(
        verdicts,
        key=["compliant", "not compliant", "unknown", "not applicable", "unreachable", "failed", "not tried"].index,
    )


def test_filters(browser: Chrome, reports: Path) -> None:
    open_report(browser, reports, "everything")
    Select(browser.find_element(By.ID, "f-verdict")).select_by_visible_text("not compliant")
    wait_for(browser, "Showing 6 of 13")
    assert {*column(browser, 2)} == {"not compliant"}
    Select(browser.find_element(By.ID, "f-release")).select_by_visible_text("Windows Server 2008 R2")
    wait_for(browser, "Showing 1 of 13")
    assert [text.split()[0] for text in column(browser, 0)] == ["srv2008r2"]
    browser.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    wait_for(browser, "Showing 13 of 13")
    browser.find_element(By.ID, "f-text").send_keys("REG_sz 2012")
    assert [text.split()[0] for text in column(browser, 0)] == ["srv2012r2"]
    browser.find_element(By.ID, "f-text").send_keys(" nothing like this")
    assert column(browser, 0) == []
    assert browser.find_element(By.ID, "shown").text == "Showing 0 of 13"


def test_a_reason_leads_to_its_hosts(browser: Chrome, reports: Path) -> None:
    open_report(browser, reports, "everything")
    browser.find_element(By.CSS_SELECTOR, "[data-show=could_not_look]").click()
    assert [text.split()[0] for text in column(browser, 0)] == ["denied", "gone", "spared"]
    assert browser.switch_to.active_element.get_attribute("id") == "hosts"


def press(browser: Chrome, *keys: str) -> None:
    for key in keys:
        browser.switch_to.active_element.send_keys(key)


def test_all_of_it_by_keyboard(browser: Chrome, reports: Path) -> None:
    open_report(browser, reports, "everything")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to the hosts"
    press(browser, Keys.ENTER, Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("id") == "f-text"
    press(browser, "win1", Keys.TAB)
    assert [text.split()[0] for text in column(browser, 0)] == ["win10", "win11"]
    press(browser, Keys.TAB, "c", Keys.TAB)
    assert [text.split()[0] for text in column(browser, 0)] == ["win11"]
    press(browser, Keys.TAB)
    assert browser.switch_to.active_element.text == "Reset"
    press(browser, Keys.ENTER, Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("role") == "region"
    press(browser, Keys.TAB, Keys.ENTER)
    assert head(browser, "Host").get_attribute("aria-sort") == "ascending"
    press(browser, Keys.SPACE)
    assert head(browser, "Host").get_attribute("aria-sort") == "descending"
    assert column(browser, 0)[0].startswith("win11")


def test_nothing_that_a_host_says_runs(browser: Chrome, reports: Path) -> None:
    from .fleets import HOSTILE

    open_report(browser, reports, "hostile")
    assert browser.title.endswith("NTLM identity of Local System")
    assert len(browser.find_elements(By.TAG_NAME, "script")) == 1
    names = [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, "#table tbody th bdi")]
    for text in HOSTILE:
        assert text.replace("\u202e", r"\u202e").replace("\x00\ud800", r"\x00\ud800") in names
    browser.find_element(By.ID, "f-text").send_keys("<script>")
    for name in ("Host", "UseMachineId", "Reason"):
        head(browser, name).find_element(By.TAG_NAME, "button").click()
    assert column(browser, 0)
    assert browser.get_log("browser") == []


def test_for_a_screen_reader(browser: Chrome, reports: Path) -> None:
    """Landmarks, headings in order, names for all controls, and nothing by color alone."""
    open_report(browser, reports, "everything")
    levels = [int(e.tag_name[1]) for e in browser.find_elements(By.CSS_SELECTOR, "h1, h2, h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    controls = browser.find_elements(By.CSS_SELECTOR, "input, select, button, section, [role=region]")
    assert [control.get_attribute("outerHTML") for control in controls if not control.accessible_name] == []
    assert browser.find_element(By.ID, "shown").get_attribute("role") == "status"
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
    assert not browser.find_elements(By.CSS_SELECTOR, ".mark:empty, .dot:empty, svg:not([aria-hidden])")


def test_on_paper(browser: Chrome, reports: Path) -> None:
    open_report(browser, reports, "everything", scheme="dark")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not browser.find_element(By.CSS_SELECTOR, ".filters").is_displayed()
    assert browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(browser.print_page()) > 20_000


def seconds(browser: Chrome) -> float:
    """Return the CPU time of the page since it began to load. Other load on the machine does not count."""
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


@pytest.mark.parametrize("name", ["large", "all_bad"])
def test_ten_thousand_hosts(browser: Chrome, reports: Path, name: str) -> None:
    """Small, and through with its first interaction within two seconds."""
    page = reports / name / "report.html"
    assert page.stat().st_size < 3_000_000
    browser.get("about:blank")
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    start = seconds(browser)
    open_report(browser, reports, name)
    listed = browser.find_element(By.ID, "shown").text
    browser.find_element(By.ID, "f-text").send_keys("7")
    assert browser.find_element(By.ID, "shown").text != listed
    spent = seconds(browser) - start
    print(f"{name}: {page.stat().st_size} bytes, {spent:.2f} s of CPU time to the first interaction")
    assert spent < 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_screenshot(browser: Chrome, reports: Path, width: int, scheme: str) -> None:
    """For a person to look at, in the temporary folder of the session.

    docs/docsite/rst/images/report.png is the top of 1280-light.png, with a palette of 48 colors.
    """
    open_report(browser, reports, "everything", width, scheme)
    height = browser.execute_script("return document.documentElement.scrollHeight")
    size = {"width": width, "height": min(height, 8000), "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    file = reports / f"{width}-{scheme}.png"
    assert browser.save_screenshot(str(file))
    assert file.stat().st_size > 20_000
