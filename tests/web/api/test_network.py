"""Network, name and time zone over the API, with stand-ins of the services on a private bus."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from tests.web.fakes import FakeDevice, parts_of
from tests.web.host.bus import Services, services
from web.api.mount import mount
from web.api.network import network
from web.host.host import Host
from web.problems import install_problems


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Services]:
    async with services(tmp_path) as found:
        yield found


@pytest.fixture
def client(there: Services, tmp_path: Path) -> Client:
    app = Quart(__name__)
    install_problems(app)
    parts = dataclasses.replace(parts_of(FakeDevice(tmp_path)), host=Host(there.address))
    app.register_blueprint(mount(network(parts)))
    return app.test_client()


async def test_a_wifi_is_joined_once_it_is_confirmed(client: Client, there: Services) -> None:
    seen = await (await client.get("/api/v1/network")).get_json()
    assert [wifi["name"] for wifi in seen["wifi"]] == ["Garden", "Home", "Café"]
    order = {"name": "Home", "password": "not the one", "confirm": True}
    refused = await client.put("/api/v1/network/wifi", json=order)
    assert (refused.status_code, there.air.joined) == (422, "Garden")
    assert "Home refuses the password" in (await refused.get_json())["detail"]
    order["password"] = there.air.password
    joined = await client.put("/api/v1/network/wifi", json=order)
    assert (joined.status_code, there.air.joined) == (200, "Home")
    assert there.air.password not in await joined.get_data(as_text=True)


async def test_an_address_that_would_cut_off_the_page_asks_first(
    client: Client, there: Services
) -> None:
    order: dict[str, object] = {"interface": "eth0", "address": "10.0.0.9/24"}
    here = {"server": ("10.0.0.5", 80)}
    first = await client.put("/api/v1/network/address", json=order, scope_base=here)
    assert (first.status_code, (await first.get_json())["code"]) == (409, "interrupts")
    order["confirm"] = True
    done = await client.put("/api/v1/network/address", json=order, scope_base=here)
    assert (await done.get_json())["interfaces"][0]["automatic"] is False


async def test_name_and_time_zone_are_changed(client: Client, there: Services) -> None:
    renamed = await client.put("/api/v1/hostname", json={"name": "birdhouse"})
    assert (await renamed.get_json())["name"] == there.hostname.static == "birdhouse"
    moved = await client.put("/api/v1/timezone", json={"zone": "Europe/Berlin"})
    assert (await moved.get_json())["zone"] == there.timedate.zone == "Europe/Berlin"
    assert (await client.get("/api/v1/timezone")).status_code == 200
    there.hostname.allows = False
    refused = await client.put("/api/v1/hostname", json={"name": "other"})
    assert (refused.status_code, (await refused.get_json())["code"]) == (409, "not-possible")
