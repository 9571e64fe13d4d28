"""How much a real browser has to load, the first time and the next."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.waiting import at_rest

pytestmark = pytest.mark.browser

KIB = 1024


@dataclass
class Load:
    """What one navigation brought over the wire: bytes with headers, and statuses, by address."""

    sizes: dict[str, int] = field(default_factory=dict[str, int])
    statuses: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def size(self) -> int:
        """All bytes."""
        return sum(self.sizes.values())


class Meter:
    """Counts what a tab loads, as the browser's network stack does."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._load = Load()
        self._urls: dict[str, str] = {}
        self._session.on("Network.responseReceived", self._received)
        self._session.on("Network.loadingFinished", self._finished)
        self._session.send("Network.enable")

    def next(self) -> Load:
        """Return what was loaded since, and begin anew."""
        load, self._load, self._urls = self._load, Load(), {}
        return load

    def _received(self, event: dict[str, Any]) -> None:
        response = event["response"]
        if response.get("fromDiskCache") or response["url"].startswith(("data:", "about:")):
            return  # kept from before: nothing was asked
        self._urls[event["requestId"]] = response["url"]
        self._load.statuses[response["url"]] = response["status"]

    def _finished(self, event: dict[str, Any]) -> None:
        url, size = self._urls.get(event["requestId"]), int(event["encodedDataLength"])
        if url and size:  # nothing comes over the wire for what the tab has in memory
            self._load.sizes[url] = size


@contextlib.contextmanager
def program(name: str, cache: Path) -> Iterator[str]:
    """Run one of `light_app`'s programs; the address where it is served."""
    module = "tests.browser.light_app"
    command = [sys.executable, "-m", module, name, str(cache)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            address = process.stdout.readline().strip()
            assert address, f"{module} {name} did not start"
            yield address
        finally:
            process.terminate()
            process.wait(15)


@contextlib.contextmanager
def visits(chromium: Browser, name: str, cache: Path) -> Iterator[Callable[..., Load]]:
    """Serve a program to one browser; navigating returns what that has loaded."""
    context = chromium.new_context()
    page = context.new_page()
    meter = Meter(page)

    def visit(selector: str) -> Load:
        page.goto("about:blank")
        meter.next()
        page.goto(url)
        page.get_by_text("20 degrees").wait_for()
        page.locator(selector).wait_for()
        at_rest(page)
        page.wait_for_load_state("networkidle")
        return meter.next()

    try:
        with program(name, cache) as url:
            yield visit
            page.close()
    finally:
        context.close()


def test_a_page_without_graphs_is_light_at_first_and_almost_nothing_the_next_time(
    chromium: Browser, tmp_path: Path
) -> None:
    with visits(chromium, "form", tmp_path / "cache") as visit:
        first = visit("[role=slider]")
        second = visit("[role=slider]")
    assert len(first.sizes) >= 10
    assert set(first.statuses.values()) == {200}
    assert first.size <= 300 * KIB, first.sizes
    assert second.size < 20 * KIB, second.sizes
    asked = {url.rpartition("/")[2]: second.statuses[url] for url in second.sizes}
    assert asked == {"": 200, "async-slider.js": 304}  # the page itself nobody keeps


def test_plotly_is_loaded_compressed_and_only_once(chromium: Browser, tmp_path: Path) -> None:
    with visits(chromium, "graph", tmp_path / "cache") as visit:
        first = visit(".js-plotly-plot .main-svg >> nth=0")
        second = visit(".js-plotly-plot .main-svg >> nth=0")
    (plotly,) = (url for url in first.sizes if "plotly.min.js" in url)
    assert 1000 * KIB < first.sizes[plotly] < 1600 * KIB
    assert second.size < 20 * KIB, second.sizes
