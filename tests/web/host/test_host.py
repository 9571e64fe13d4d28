"""Name, time zone and network of the machine: read, changed, refused, and without services."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.host.bus import Services, private_bus, services
from vizy.errors import InterruptsError, InvalidValueError, NotFoundError, NotPossibleError
from web.host import network
from web.host.host import Host


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Services]:
    async with services(tmp_path) as found:
        yield found


@pytest.fixture
def host(there: Services) -> Host:
    return Host(there.address)


async def test_the_name_is_told_and_changed_for_good(there: Services, host: Host) -> None:
    assert (await host.hostname()).name == "vizy"
    assert (await host.set_hostname("birdhouse")).name == "birdhouse"
    assert there.hostname.transient == "birdhouse"
    for bad in ("", "-x", "x-", "a b", "x" * 64, "ü", "a.b"):
        with pytest.raises(InvalidValueError, match="1 to 63 letters, digits and hyphens"):
            await host.set_hostname(bad)
    there.hostname.allows = False
    with pytest.raises(NotPossibleError, match="add a polkit rule"):
        await host.set_hostname("other")


async def test_the_time_zone_is_told_and_changed(there: Services, host: Host) -> None:
    view = await host.timezone()
    assert (view.zone, view.synchronised, view.can_change) == ("Etc/UTC", True, True)
    assert "Europe/Berlin" in view.zones
    assert (await host.set_timezone("Europe/Berlin")).zone == "Europe/Berlin"
    with pytest.raises(InvalidValueError, match="write it as Europe/Berlin"):
        await host.set_timezone("Mars/Olympus")


async def test_the_network_is_told_with_the_strongest_wifi_first(host: Host) -> None:
    view = await host.network()
    assert view.can_change
    wired, wifi = view.interfaces
    assert (wired.name, wired.kind, wired.network) == ("eth0", "ethernet", "Wired")
    assert (wifi.name, wifi.addresses, wifi.gateway) == ("wlan0", ("192.168.7.5/24",), "10.0.0.1")
    assert wifi.automatic
    assert [(each.name, each.signal, each.secured, each.joined) for each in view.wifi] == [
        ("Garden", 40, True, True),
        ("Home", 90, True, False),
        ("Café", 20, False, False),
    ]


async def test_a_wifi_is_joined_with_its_password(there: Services, host: Host) -> None:
    view = await host.join("Home", "correct horse", asked_at="10.0.0.5", confirmed=False)
    assert there.air.joined == "Home"
    assert view.interfaces[1].network == "Home"
    await host.join("Café", "", asked_at="10.0.0.5", confirmed=False)
    assert there.air.joined == "Café"


async def test_a_wifi_that_refuses_is_told_forgotten_and_the_one_before_comes_back(
    there: Services, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = set(there.air.profiles)

    async def refused(error: type[Exception], text: str, name: str, password: str) -> None:
        with pytest.raises(error, match=text):
            await network.join(there.address, name, password, join_s=0.5)
        assert set(there.air.profiles) == kept
        assert there.air.joined == "Garden"

    await refused(InvalidValueError, "has 8 to 63 characters: this one has 5", "Home", "short")
    await refused(NotFoundError, "no Wi-Fi named 'Nowhere' is seen", "Nowhere", "long enough")
    assert there.air.tried == []
    await refused(InvalidValueError, "Home refuses the password", "Home", "wrong password")
    there.air.address = False
    await refused(NotPossibleError, "Home gives no address", "Home", "correct horse")
    there.air.answers = False
    await refused(NotPossibleError, "did not let Vizy in within 0.5 s", "Home", "correct horse")


async def test_what_would_cut_off_who_asks_says_so_first(there: Services, host: Host) -> None:
    for asked_at in ("192.168.7.5", None):
        with pytest.raises(InterruptsError, match=r"you are here over wlan0 \(Garden\)"):
            await host.join("Home", "correct horse", asked_at=asked_at, confirmed=False)
    with pytest.raises(InterruptsError, match="over eth0"):
        await host.set_address("eth0", None, asked_at="10.0.0.5", confirmed=False)
    assert there.air.tried == []
    await host.join("Home", "correct horse", asked_at="192.168.7.5", confirmed=True)
    assert there.air.joined == "Home"


async def test_an_address_is_fixed_and_automatic_again_and_no_secret_is_lost(
    there: Services, host: Host
) -> None:
    garden = next(each for each in there.air.profiles.values() if each.called == "Garden")
    view = await host.set_address(
        "wlan0",
        "192.168.7.9/24",
        gateway="192.168.7.1",
        dns=("9.9.9.9",),
        asked_at="10.0.0.5",
        confirmed=False,
    )
    assert view.interfaces[1].automatic is False
    ipv4 = garden.settings["ipv4"]
    assert ipv4["address-data"].value[0]["address"].value == "192.168.7.9"
    assert (ipv4["gateway"].value, ipv4["dns-data"].value) == ("192.168.7.1", ["9.9.9.9"])
    assert garden.psk.value == "roses are red"
    back = await host.set_address("wlan0", None, asked_at="10.0.0.5", confirmed=False)
    assert back.interfaces[1].automatic
    for fixed, gateway in (("192.168.7.9", ""), ("x/24", ""), ("192.168.7.9/24", "10.0.0.1")):
        with pytest.raises(InvalidValueError, match=r"192\.168\.1\.5/24"):
            await host.set_address("wlan0", fixed, gateway=gateway, asked_at="", confirmed=True)
    with pytest.raises(NotFoundError, match="usb0 is not connected: there are eth0, wlan0"):
        await host.set_address("usb0", None, asked_at="", confirmed=True)


@pytest.mark.parametrize("has_bus", [True, False])
async def test_without_the_services_the_system_is_read_and_the_reason_told(
    tmp_path: Path, has_bus: bool
) -> None:
    async with private_bus(tmp_path) as address:
        host = Host(address if has_bus else f"unix:path={tmp_path}/nothing")
        views = [await host.hostname(), await host.timezone(), await host.network()]
        why = "does not run org.freedesktop" if has_bus else "no D-Bus that can be reached"
        assert [view.can_change for view in views] == [False] * 3
        assert all(why in view.reason for view in views)
        assert views[0].name
        assert views[1].zone
        with pytest.raises(NotPossibleError, match="the network cannot be changed here"):
            await host.join("Home", "correct horse", asked_at=None, confirmed=True)
