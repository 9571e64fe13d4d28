"""Dash's background callbacks in real browsers, on a real server process."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import WAIT_S
from tests.browser.visiting import enter, shows, visit

pytestmark = pytest.mark.browser


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Where the application is; it works in the test's folder."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.browser.background_app", str(port), str(tmp_path)]
    with subprocess.Popen(command) as process:
        try:
            until_accepting(port)
            yield f"http://127.0.0.1:{port}/"
        finally:
            (tmp_path / "go").touch()
            process.terminate()
            process.wait(WAIT_S)


def until_accepting(port: int) -> None:
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "the application does not start"
            time.sleep(0.05)
        else:
            return


def test_a_background_callback_tells_its_progress_and_its_result_over_http(
    pages: list[Page], url: str, tmp_path: Path
) -> None:
    asked: list[str] = []
    pages[0].on("request", lambda r: asked.append(urlsplit(r.url).path))
    visit(pages, url)
    pages[0].click("#work")
    expect(pages[0].locator("#work")).to_be_disabled()
    shows(pages[:1], "progress", "working on 1")
    enter(pages[1], "a", "y")  # nothing waits for it
    shows(pages, "a-is", "a y")
    (tmp_path / "go").touch()
    shows(pages[:1], "text", "done 1")
    expect(pages[0].locator("#work")).to_be_enabled()
    shows(pages[:1], "progress", "no progress")
    expect(pages[1].locator("#text")).to_be_empty()
    assert "/_dash-update-component" in asked


def test_a_background_callback_can_be_cancelled_and_started_again(
    pages: list[Page], url: str, tmp_path: Path
) -> None:
    page = pages[0]
    visit(pages, url)
    page.click("#work")
    shows(pages[:1], "progress", "working on 1")
    page.click("#stop")
    expect(page.locator("#work")).to_be_enabled()
    expect(page.locator("#stop")).to_be_disabled()
    expect(page.locator("#text")).to_be_empty()
    page.click("#work")
    shows(pages[:1], "progress", "working on 2")
    (tmp_path / "go").touch()
    shows(pages[:1], "text", "done 2")
