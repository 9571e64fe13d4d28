"""The page over https in a real browser that was told to go on: in, live, a picture."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.system import people
from tests.system.processes import VizyProcesses

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def vizy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VizyProcesses]:
    folder = tmp_path_factory.mktemp("vizy")
    with VizyProcesses(folder, {"VIZY_TLS": "self-signed"}) as processes:
        yield processes


def test_one_signs_in_sees_the_live_picture_takes_one_and_compares_the_certificate(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = open_page("about:blank", role=None, ignore_https_errors=True)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(vizy.url)
    page.fill("#name", people.NAMES["admin"])
    page.fill("#password", people.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#connection-state")).to_have_text("Connected")
    expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
    assert len(sockets) >= 2
    assert {url.partition(":")[0] for url in sockets} == {"wss"}
    assert [each.get("secure") for each in page.context.cookies()] == [True]
    page.click("#capture")
    expect(page.locator("#filmstrip img")).to_have_count(1)

    told = vizy["web"].until_line(r"certificate: sha256 (\S+)")[1]
    page.goto(f"{vizy.url}/system")
    expect(page.locator("#system-facts")).to_contain_text(told)
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
