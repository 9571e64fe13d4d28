"""`vizy run` as a person has it: settings that wait for a restart, and what dies beside a page."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.system.processes import SupervisedVizy
from tests.system.waiting import until

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def process_ids(client: httpx.Client) -> tuple[int | None, int | None]:
    """Return the numbers of hardware and web process; None for one that does not answer now."""
    try:
        found = client.get("/api/v1/system")
    except httpx.TransportError:
        return None, None
    answer: dict[str, Any] = found.json()
    if found.status_code == 503:  # it is just ending
        return None, None
    hardware = answer["hardware"]
    return hardware and hardware["process"]["pid"], answer["web"]["pid"]


def until_new(client: httpx.Client, before: tuple[int | None, int | None], *which: int) -> None:
    """Wait until another process answers in the place of one."""

    def is_new() -> bool:
        now = process_ids(client)
        return None not in now and all(now[index] != before[index] for index in which)

    until(is_new, timeout_s=40)


def test_a_setting_that_waits_is_there_after_a_restart_and_pages_come_back(
    open_page: Open, state_dir: Path
) -> None:
    with SupervisedVizy(state_dir) as vizy, vizy.client() as client:
        page = open_page(f"{vizy.url}/settings")
        rate = page.get_by_label("Frame rate")
        expect(rate).to_have_value("30 pictures/s")
        page.evaluate("window.stayed = true")

        changed = client.patch("/api/v1/settings", json={"camera.fps": 12})
        assert changed.json()["items"]["camera.fps"]["next"] == 12
        expect(page.get_by_text("After a restart; until then 30 pictures/s")).to_be_visible()
        for index, what in enumerate(("hardware", "web")):
            before = process_ids(client)
            answer = client.post("/api/v1/system/restart", json={"what": what})
            assert answer.status_code == 202
            until_new(client, before, index)
            item = client.get("/api/v1/settings").json()["items"]["camera.fps"]
            assert item["value"] == 12
            expect(rate).to_have_value("12 pictures/s", timeout=20_000)
            expect(page.get_by_text("After a restart; until then")).to_be_hidden()
        expect(page.locator("#connection-state")).to_have_text("Connected", timeout=20_000)

        before = process_ids(client)
        for number in before:
            assert number
            os.kill(number, signal.SIGKILL)
        until_new(client, before, 0, 1)
        expect(page.locator("#connection-state")).to_have_text("Connected", timeout=20_000)
        expect(page.locator("#device-state")).to_have_attribute(
            "data-state", "ready", timeout=20_000
        )
        assert page.url == f"{vizy.url}/settings"
        assert page.evaluate("window.stayed")
