"""The Sensors page on a whole Vizy: a desktop and a phone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import until
from tests.system.processes import VizyProcesses

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
CHART = """[...document.querySelectorAll('.js-plotly-plot')].find((plot) =>
    plot.closest('section').querySelector('h2').textContent === 'Processor')"""
LENGTH = f"({CHART}).data[0].x.length"


def drawn(page: Page) -> None:
    """Wait until every chart has lines."""
    until(
        page,
        """(() => {
            const plots = [...document.querySelectorAll('.js-plotly-plot')];
            return plots.length >= 3 && plots.every((plot) => plot.data && plot.data.length);
        })()""",
    )


def test_charts_grow_by_the_newest_and_nothing_is_sent_again(
    open_page: Open, vizy: VizyProcesses
) -> None:
    loaded: list[str] = []
    received: list[int] = []
    page = open_page(vizy.url, width=390, height=844)
    page.on("request", lambda request: loaded.append(request.url))
    page.reload()
    expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
    assert not [url for url in loaded if "plotly" in url or "graph" in url]

    def count(socket: Any) -> None:
        socket.on("framereceived", lambda payload: received.append(len(payload)))

    page.on("websocket", count)
    page.goto(f"{vizy.url}/sensors")
    drawn(page)
    assert [url for url in loaded if "plotly" in url]
    expect(page.locator(".vz-big .vz-value").first).to_have_text(re.compile(r"^\d+"))
    expect(page.locator(".vz-reach").first).to_contain_text("in the last hour")

    page.get_by_text("5 min", exact=True).click()
    expect(page.locator(".vz-reach").first).to_contain_text("in the last 5 minutes")
    drawn(page)
    before = page.evaluate(LENGTH)
    page.wait_for_timeout(300)
    received.clear()
    until(page, f"{LENGTH} >= {before} + 2")
    assert max(received, default=0) < 8000
    newest = page.evaluate(f"{CHART}.data.map((trace) => trace.y.at(-1))")
    low, high, middle = newest[:3]
    assert low <= middle <= high
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_while_the_camera_is_away_the_charts_stand_still_and_then_go_on(
    open_page: Open, vizy_processes: VizyProcesses
) -> None:
    page = open_page(f"{vizy_processes.url}/sensors")
    drawn(page)
    page.get_by_text("5 min", exact=True).click()
    expect(page.locator(".vz-reach").first).to_contain_text("in the last 5 minutes")
    vizy_processes.kill("hardware")
    expect(page.locator("#device-state")).to_have_attribute("data-state", "away")
    stands = page.evaluate(LENGTH)
    page.wait_for_timeout(2500)
    assert page.evaluate(LENGTH) == stands
    vizy_processes.start("hardware")
    expect(page.locator("#device-state")).to_have_attribute("data-state", "ready")
    until(page, f"{CHART}.layout.meta.now_ms > Date.now() - 60000 && {LENGTH} > 2")
    expect(page.locator(".vz-big .vz-value").first).to_have_text(re.compile(r"^\d+"))
