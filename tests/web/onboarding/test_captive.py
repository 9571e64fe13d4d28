"""What a phone finds over the access point: sent on, a page, a form; and what is as otherwise."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.web.host.bus import Services
from tests.web.onboarding.opening import opened
from web.beside import to_https
from web.guard import Guard
from web.onboarding.captive import captive
from web.onboarding.onboarding import Onboarding
from web.onboarding.pages import pages
from web.onboarding.probes import PROBES

HERE = "http://10.42.0.1"


async def vizy(scope: Any, receive: Any, send: Any) -> None:
    """Stands for all of Vizy."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"vizy " + scope["path"].encode()})


def client_of(app: Any, base: str = HERE, own: str = "10.42.0.23") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(own, 50000))
    return httpx.AsyncClient(transport=transport, base_url=base)


@pytest.fixture
async def phone(there: Services, onboarding: Onboarding) -> AsyncIterator[httpx.AsyncClient]:
    await opened(there, onboarding)
    setup = Guard(pages(onboarding))
    async with client_of(captive(Guard(vizy), setup, onboarding)) as client:
        yield client


def token(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


async def form(phone: httpx.AsyncClient, **fields: str) -> httpx.Response:
    """Fill in the page's form and send it."""
    page = await phone.get("/setup")
    return await phone.post("/setup", data={"token": token(page.text), **fields})


@pytest.mark.parametrize("path", [*PROBES, "/", "/some/page?a=b"])
async def test_every_foreign_name_leads_to_the_page(phone: httpx.AsyncClient, path: str) -> None:
    answer = await phone.get(path, headers={"Host": "captive.example"})
    assert (answer.status_code, answer.headers["location"]) == (302, f"{HERE}/setup")
    assert answer.headers["cache-control"] == "no-store"


async def test_the_front_door_leads_to_the_page_and_all_else_is_vizy_itself(
    phone: httpx.AsyncClient,
) -> None:
    for host in ("10.42.0.1", "localhost"):
        answer = await phone.get("/", headers={"Host": host})
        assert (answer.status_code, answer.headers["location"]) == (302, f"{HERE}/setup")
    assert (await phone.get("/login")).text == "vizy /login"
    assert (await phone.get("/setups")).text == "vizy /setups"


async def test_who_wants_no_network_finds_vizy_and_hears_that_all_is_well(
    phone: httpx.AsyncClient,
) -> None:
    answer = await phone.post("/setup/later")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await phone.get("/")).text == "vizy /"
    for path, liked in PROBES.items():
        heard = await phone.get(path, headers={"Host": "captive.example"})
        assert (heard.status_code, heard.content) == (liked.status, liked.body)


async def test_the_page_lists_the_networks_for_eyes_and_ears(phone: httpx.AsyncClient) -> None:
    answer = await phone.get("/setup")
    names = re.findall(r'name="network" value="([^"]*)"( checked)?', answer.text)
    assert names == [("Home", " checked"), ("Garden", ""), ("Café", "")]
    assert re.findall(r"signal ([a-z ]+),</span> (locked|open)", answer.text) == [
        ("very good", "locked"),
        ("weak", "locked"),
        ("very weak", "open"),
    ]
    assert 'id="another" value="">' in answer.text
    assert "Vizy-1A2B" in answer.text
    assert "default-src" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_names_of_networks_are_no_markup(
    phone: httpx.AsyncClient, there: Services, onboarding: Onboarding
) -> None:
    await form(phone, network="", name='<b>"x', password="wrong password")
    await onboarding.turn()
    page = (await phone.get("/setup")).text
    assert "<b>" not in page
    assert 'value="&lt;b&gt;&quot;x"' in page


async def test_a_choice_is_answered_first_and_then_joined(
    phone: httpx.AsyncClient, there: Services, onboarding: Onboarding
) -> None:
    answer = await form(phone, network="Home", password="correct horse")
    assert answer.status_code == 200
    assert "Vizy now joins Home" in answer.text
    assert there.manager.open_point == "vizy-setup"
    assert "Vizy now joins Home" in (await phone.get("/setup")).text
    await onboarding.turn()
    assert there.air.joined == "Home"
    assert (await phone.get("/setup")).text == "vizy /setup"


async def test_the_reason_is_told_and_the_fields_are_filled_but_for_the_password(
    phone: httpx.AsyncClient, there: Services, onboarding: Onboarding
) -> None:
    await form(phone, network="Garden", password="wrong password")
    await onboarding.turn()
    page = (await phone.get("/setup")).text
    assert 'role="alert">Garden refuses the password' in page
    assert 'value="Garden" checked' in page
    assert "wrong password" not in page
    await form(phone, network="", name="Attic", password="wrong password")
    await onboarding.turn()
    page = (await phone.get("/setup")).text
    assert 'id="another" value="" checked' in page
    assert 'name="name" maxlength="32" value="Attic"' in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"network": "Home", "password": "short"}, "8 to 63 characters"),
        ({"network": "", "name": " "}, "The name of a network has 1 to 32"),
        ({"network": "", "name": "ü" * 17}, "The name of a network has 1 to 32"),
        ({"network": "Home", "password": "correct horse", "token": "x"}, "an old one"),
    ],
)
async def test_what_cannot_be_is_said_at_once(
    phone: httpx.AsyncClient, onboarding: Onboarding, fields: dict[str, str], said: str
) -> None:
    answer = await form(phone, **fields)
    assert said in answer.text
    assert onboarding.joining == ""


async def test_pages_of_other_sites_choose_no_network(
    phone: httpx.AsyncClient, onboarding: Onboarding
) -> None:
    data = {"token": token((await phone.get("/setup")).text), "network": "Café"}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await phone.post("/setup", data=data, headers=headers)
        assert answer.status_code == 403
    assert onboarding.joining == ""


async def test_a_look_around_goes_back_to_the_page(
    phone: httpx.AsyncClient, there: Services, onboarding: Onboarding
) -> None:
    await onboarding.turn()
    page = await phone.get("/setup")
    turning = asyncio.create_task(onboarding.run())
    try:
        answer = await phone.post("/setup/look", data={"token": token(page.text)})
    finally:
        turning.cancel()
    assert (answer.status_code, answer.headers["location"]) == (303, "/setup")
    assert there.air.scans == 2


async def test_from_elsewhere_and_while_it_is_closed_nothing_is_different(
    phone: httpx.AsyncClient, there: Services, onboarding: Onboarding
) -> None:
    app = captive(Guard(vizy), Guard(pages(onboarding)), onboarding)
    async with client_of(app, "http://10.0.0.5") as elsewhere:
        assert (await elsewhere.get("/")).text == "vizy /"
        assert (await elsewhere.post("/setup")).text == "vizy /setup"
        foreign = await elsewhere.get("/", headers={"Host": "captive.example"})
        assert foreign.status_code == 421
    async with client_of(app, own="10.0.0.6") as neighbour:  # at the cable, by a route of its own
        assert (await neighbour.post("/setup")).text == "vizy /setup"
    there.manager.plug_in()
    await onboarding.turn()
    assert (await phone.get("/")).text == "vizy /"
    assert (await phone.get("/setup")).text == "vizy /setup"


async def test_with_https_the_page_stays_at_http_and_all_else_is_sent_on(
    phone: httpx.AsyncClient, onboarding: Onboarding
) -> None:
    setup = Guard(pages(onboarding))
    async with client_of(captive(to_https, setup, onboarding)) as plain:
        foreign = await plain.get("/generate_204", headers={"Host": "captive.example"})
        assert foreign.headers["location"] == f"{HERE}/setup"
        assert "Choose a Wi-Fi network" in (await plain.get("/setup")).text
        assert (await plain.get("/login")).headers["location"] == "https://10.42.0.1/login"
    async with client_of(captive(Guard(vizy), setup, onboarding), "https://10.42.0.1") as secure:
        assert (await secure.get("/")).headers["location"] == f"{HERE}/setup"
