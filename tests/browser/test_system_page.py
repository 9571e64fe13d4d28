"""The System page on a whole Vizy: what it says, its log, a restart, and what is not possible."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.system.processes import READY, SupervisedVizy, VizyProcesses

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


@pytest.fixture
def kept(state_dir: Path) -> Iterator[VizyProcesses]:
    """A Vizy that `vizy run` keeps."""
    with SupervisedVizy(state_dir) as vizy:
        vizy["run"].until_line(READY["hardware"])
        yield vizy


def test_health_the_log_the_bundle_and_a_restart_that_is_followed_until_all_is_back(
    open_page: Open, kept: VizyProcesses
) -> None:
    page = open_page(f"{kept.url}/system")
    expect(page.locator(".vz-verdict")).to_have_text(re.compile(r"\S.*\."))
    expect(page.locator(".vz-system-cards")).to_contain_text("Version of Vizy")
    lines = page.locator("#log-lines > div")
    expect(lines.filter(has_text="listening on")).not_to_have_count(0)
    page.locator("#log-process").get_by_text("Camera").click()
    expect(lines.filter(has_text="listening on")).to_have_count(0)
    expect(lines.filter(has_text="hardware")).not_to_have_count(0)
    page.locator("#log-level").get_by_text("Errors").click()
    expect(lines).to_have_count(0)
    page.locator("#log-level").get_by_text("All").click()
    expect(lines).not_to_have_count(0)

    with page.expect_download() as downloading:
        page.get_by_role("link", name="Support bundle").click()
    with zipfile.ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes())) as bundle:
        assert bundle.testzip() is None

    with kept.client() as client:
        before = client.get("/api/v1/system").json()["hardware"]["process"]["pid"]
        page.locator("#restart-hardware").click()
        said = page.locator("#system-progress")
        expect(said).to_have_text(re.compile("Restarting: "))
        expect(said).to_have_text("Restarted: everything is back.", timeout=30_000)
        assert client.get("/api/v1/system").json()["hardware"]["process"]["pid"] != before
    expect(page.locator("#device-state")).to_have_attribute("data-state", "ready")


def test_what_is_not_possible_here_is_said_before_it_is_tried(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = open_page(f"{vizy.url}/system", width=390, height=844)
    expect(page.locator("#power-help")).to_contain_text("Not possible here: it takes systemd")
    for control in ("input#power-word", "#power-go", "#restart-hardware", "#restart-all"):
        expect(page.locator(control)).to_be_disabled()
    expect(page.locator(".vz-switches")).to_contain_text("started by hand: use `vizy run`")
    expect(page.locator("#log-note")).to_contain_text(re.compile(r"\S"))
    with vizy.client() as client:
        refused = client.post("/api/v1/system/poweroff", json={"confirm": "POWER OFF"})
        assert refused.status_code == 409
        assert "it takes systemd" in refused.json()["detail"]

    viewer = open_page(f"{vizy.url}/system", role="operator")
    expect(viewer.get_by_text("This page is for those with the role admin")).to_be_visible()
